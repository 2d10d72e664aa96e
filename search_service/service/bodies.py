"""Large JSON arrays of a request, parsed piece by piece.

The parser holds Python's lock until it is done: while 60 MB were parsed at once nobody else was
answered. And JSON takes up to 25 times its bytes as objects, so values are counted before any is
made. Not here: what the elements should be, see ``wire``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from search_service.catalogue.document_limits import DocumentLimits
from search_service.errors import BadRequest, LimitExceeded
from search_service.query.request.values import a_list, decoded

Body = bytes | bytearray | memoryview

PIECE = 1 << 20  # bytes that are parsed at once, which takes some 8 ms
_COUNTED_AT_ONCE = 1 << 22  # bytes
_BEGIN = re.compile(rb"[ \t\r\n]*\[")
_BETWEEN = re.compile(rb"\}[ \t\r\n]*,")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What a request that changes documents may hold. ``values``: of its JSON, all together."""

    values: int = 8_000_000
    documents: DocumentLimits = field(default_factory=DocumentLimits)


def elements(body: Body, limits: BodyLimits, piece: int = PIECE) -> Iterator[object]:
    """The elements of a body that is an array. Raises BadRequest: LimitExceeded."""
    if not body:
        raise BadRequest("The request has no body; it should be JSON")
    if len(body) <= 2 * piece:
        yield from a_list(decoded(body, "The body"), "The body")
        return
    content = bytes(body)  # the same object, where it is one
    _count(content, limits.values)
    begin = _BEGIN.match(content)
    if begin is None:
        yield from a_list(decoded(content, "The body"), "The body")
        return
    yield from _pieces(content, begin.end(), piece)


def _count(content: bytes, most: int) -> None:
    """Raises LimitExceeded: each value but the first of an array or object follows a sign."""
    values = 0
    for at in range(0, len(content), _COUNTED_AT_ONCE):
        end = at + _COUNTED_AT_ONCE
        values += sum(content.count(sign, at, end) for sign in (b",", b"[", b"{"))
        if values > most:
            raise LimitExceeded(
                f"The body has more than {most:,} commas, arrays and objects",
                most,
                "max_body_values",
            )


def _pieces(content: bytes, start: int, piece: int) -> Iterator[object]:
    """The elements from ``start`` on, where the first begins.

    A piece that ends behind an object and parses as an array ends at the array's own level: within
    an element or a string its brackets or quotes would not be closed.
    """
    length = piece
    while (between := _BETWEEN.search(content, start + length)) is not None:
        try:
            found = orjson.loads(b"[%b]" % content[start : between.start() + 1])
        except orjson.JSONDecodeError:
            length *= 2  # so that all attempts take twice as long as one of all
            continue
        yield from found
        start, length = between.end(), piece
    last = decoded(b"[%b" % content[start:], "The body", start - 1)
    if start > length and not last:
        raise BadRequest("The body is not JSON: a comma before the end of the array")
    yield from a_list(last, "The body")
