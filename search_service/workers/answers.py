"""An answer on its way to the caller: status, body and headers; of an error, its sentence.

``refusal`` is the only place that makes an answer of an error, in the front and in the workers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

from search_service.errors import (
    AddressRefused,
    EngineUnavailable,
    MethodNotAllowed,
    ServiceError,
    TokenMissing,
    TokenOfOtherKind,
    TokenUnknown,
    TooBusy,
    TooManyBytes,
    TooManyConnections,
    TurnLost,
    UnreadableText,
)

JSON = b"application/json"
Facts = Mapping[str, object]
PROCESSOR_SECONDS = "processor_seconds"  # a fact of an answer, of its worker
STEPS = "steps"  # a fact of an answer: seconds by what its worker did
TIMES = "times"  # a fact of an answer: when its worker did all of it, then when each step
QUEUE_SECONDS = "queue_seconds"  # a fact of an answer: until a worker had the search
# A fact of an answer that everybody may see: until when it holds, in epoch milliseconds; None: for
# ever, as long as nothing is committed.
PUBLIC_UNTIL = "public_until"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers: status, body (JSON unless ``content_type`` differs), headers.

    ``facts`` are for the log and the metrics, the caller does not see them.
    """

    status: int = HTTPStatus.OK
    body: bytes | bytearray = b""
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()
    facts: Facts = field(default_factory=dict)


NOTHING = Answer(HTTPStatus.NO_CONTENT)


def json_answer(value: object) -> Answer:
    """A value as JSON, with status 200. Raises TypeError for what JSON has not."""
    return Answer(body=orjson.dumps(value))


def refusal(error: ServiceError) -> Answer:
    """The answer to a caller whose request raised the error: its status, code and sentence."""
    body = orjson.dumps({"code": error.code, "message": error.message})
    headers: tuple[tuple[bytes, bytes], ...] = ()
    match error:
        case MethodNotAllowed():
            headers = ((b"allow", error.allowed.encode()),)
        case TooBusy() | EngineUnavailable() | TurnLost() | TooManyBytes() | TooManyConnections():
            headers = ((b"retry-after", str(error.retry_after).encode()),)
        case AddressRefused() | TokenMissing():
            headers = (_challenge(),)
        case TokenUnknown():
            headers = (_challenge('error="invalid_token"'),)
        case TokenOfOtherKind():
            headers = (_challenge('error="insufficient_scope"', f'scope="{error.kind}"'),)
        case _:
            pass
    return Answer(error.status, body, headers=headers, facts=_facts(error))


def _challenge(*attributes: str) -> tuple[bytes, bytes]:
    """What would open the door, as RFC 6750 says it."""
    value = ", ".join(('Bearer realm="icat-search"', *attributes))
    return (b"www-authenticate", value.encode())


def _facts(error: ServiceError) -> Facts:
    """For the log, of an error: more than the caller needs to know."""
    why = error.message
    detail = error.detail if isinstance(error, UnreadableText) else str(error.__cause__ or "")
    if detail and detail not in why:
        why = f"{why}: {detail}"
    return {"error": error.code, "why": why}
