"""What an answer is worth: right, a clear refusal, wrong, or a failure.

A refusal is clear when it says so by its status and tells what helps. Not here: whether the content
of an answer is right, see ``checks``.
"""

import json
from enum import StrEnum

from load_tests.client import Answer

BUSY = (429, 503)
OVER_ITS_TIME = "Search cancelled for exceeding"
LOCKED = 406
LARGE = (408, 413, 414, 431)


class Outcome(StrEnum):
    """What became of a request."""

    RIGHT = "right"
    REFUSED = "refused"
    WRONG = "wrong"
    FAILED = "failed"


def refusal(answer: Answer) -> Outcome:
    """What an answer with an error is, to a caller that asked for nothing odd."""
    if answer.status in BUSY and answer.header("retry-after"):
        return Outcome.REFUSED
    code, message = sentence(answer)
    if answer.status == 504 and message.startswith(OVER_ITS_TIME):
        return Outcome.REFUSED
    if answer.status == LOCKED and code:
        return Outcome.REFUSED
    return Outcome.FAILED


def hostile(answer: Answer) -> Outcome:
    """What any answer is, to a caller that asks for what it should not get.

    It may be answered, as long as that is bounded, or refused, as long as it is told why.
    """
    if answer.status < 400:
        return Outcome.RIGHT
    if answer.status in LARGE or (answer.status < 500 and all(sentence(answer))):
        return Outcome.REFUSED
    return refusal(answer)


def sentence(answer: Answer) -> tuple[str, str]:
    """Code and message of an error; empty ones where it has none."""
    try:
        content = json.loads(answer.body)
        return str(content["code"]), str(content["message"])
    except (ValueError, KeyError, TypeError):
        return "", ""
