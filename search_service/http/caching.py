"""What caches between a front end and the service may keep of an answer under `/v1`.

An answer that everybody may see has an `ETag`, which is that of its content, and may be repeated
for some seconds. A `GET` that names it is answered with 304 where it is still the answer. A `POST`
is not: by RFC 9110 no cache answers one, and what a front end keeps of it by itself is its own
affair. What a user may see is not to be kept, as ``gate`` says of all answers. Not here: what the
service keeps itself, see ``workers.shared_answers``.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from search_service.workers.answers import PUBLIC_UNTIL, Answer

_TAG = re.compile(rb'(?:W/)?("[^"]*")')


def cacheable(answer: Answer, seconds: int, asked_for: bytes, now: Callable[[], int]) -> Answer:
    """The answer, with what caches are told; a 304 if one of the tags ``asked_for`` is its own.

    ``seconds``: how long it may be repeated. ``asked_for``: the value of `If-None-Match`, empty
    where it does not count. ``now``: in epoch milliseconds.
    """
    if PUBLIC_UNTIL not in answer.facts:
        return answer
    facts = {name: fact for name, fact in answer.facts.items() if name != PUBLIC_UNTIL}
    until = answer.facts[PUBLIC_UNTIL]
    if isinstance(until, int):
        seconds = max(0, min(seconds, (until - now()) // 1000))
    kept = f"public, max-age={seconds}" if seconds else "no-cache"
    headers = (*answer.headers, (b"cache-control", kept.encode()))
    tag = next((value for name, value in headers if name == b"etag"), b"")
    if tag in _TAG.findall(asked_for) or asked_for.strip() == b"*":
        return Answer(HTTPStatus.NOT_MODIFIED, headers=headers, facts=facts)
    return replace(answer, headers=headers, facts=facts)
