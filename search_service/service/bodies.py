"""Large JSON arrays of a request, parsed piece by piece.

The parser holds Python's lock until it is done: while 60 MB were parsed at once nobody else was
answered. And JSON takes up to 25 times its bytes as objects, so values are counted before any is
made, and an element that is larger than a document may be is not parsed at all: what is parsed at
once holds up everybody. Not here: what the elements should be, see ``wire``.
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
_COMMA = re.compile(rb"[ \t\r\n]*,")
_SIGN = re.compile(rb'["\[\]{}]')
_IN_STRING = re.compile(rb'\\.|"', re.DOTALL)
_QUOTE = 0x22


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
        raise BadRequest("The body should be an array, but it does not begin as one")
    yield from _pieces(content, begin.end(), limits.documents.size, piece)


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


def _pieces(content: bytes, start: int, most: int, piece: int) -> Iterator[object]:
    """The elements from ``start`` on, where the first begins; none of more than ``most`` bytes.

    A piece that ends behind an object and parses as an array ends at the array's own level: within
    an element or a string its brackets or quotes would not be closed.
    """
    first = start
    while (between := _BETWEEN.search(content, start + piece)) is not None:
        end, following = between.start() + 1, between.end()
        found = _parsed(content[start:end]) if end - start <= most + piece else None
        if found is None:
            end = _end_of_element(content, start, start + piece, start + most + piece)
            comma = _COMMA.match(content, end)
            if comma is None:
                break  # it is the last, or nothing that is right
            _refuse_larger(end - start, most, piece)
            found = a_list(decoded(b"[%b]" % content[start:end], "The body", start - 1), "The body")
            following = comma.end()
        yield from found
        start = following
    _refuse_larger(len(content) - start, most, piece)
    last = decoded(b"[%b" % content[start:], "The body", start - 1)
    if start > first and not last:
        raise BadRequest("The body is not JSON: a comma before the end of the array")
    yield from a_list(last, "The body")


def _parsed(elements: bytes) -> list[object] | None:
    try:
        found: list[object] = orjson.loads(b"[%b]" % elements)
    except orjson.JSONDecodeError:
        return None
    return found


def _end_of_element(content: bytes, start: int, least: int, most: int) -> int:
    """Where an element ends, at ``least`` or behind that; some place behind ``most`` if none does.

    Sign by sign, so that others have their turn meanwhile: an element may be all of a body.
    """
    depth, at = 0, start
    while at <= most and (sign := _SIGN.search(content, at)) is not None:
        at = sign.end()
        match content[sign.start()]:
            case 0x5B | 0x7B:  # [ {
                depth += 1
            case 0x5D | 0x7D:  # ] }
                depth -= 1
                if depth == 0 and at >= least:
                    return at
            case _:
                at = _end_of_string(content, at, most)
    return len(content)


def _end_of_string(content: bytes, start: int, most: int) -> int:
    at = start
    while at <= most and (sign := _IN_STRING.search(content, at)) is not None:
        at = sign.end()
        if content[sign.start()] == _QUOTE:
            return at
    return len(content)


def _refuse_larger(size: int, most: int, piece: int) -> None:
    """Raises LimitExceeded for an element that is larger: before it is parsed, in one go.

    ``size``: of it, and of a piece of others before it.
    """
    if size > most + piece:
        raise LimitExceeded(
            f"An element of the body has {size >> 20:,} MB or so", most >> 20, "max_document"
        )
