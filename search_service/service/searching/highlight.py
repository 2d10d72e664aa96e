"""Highlights: the values of a hit in pieces, plain ones and matches by turns.

There is no markup: a client shows each piece as text, so nothing that is stored can act in a page.
A long value is cut to the part with the most matches.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from search_service.query.highlight.part_spans import Span
from search_service.query.highlight.spans import Marker

WHOLE, SHOWN, BEFORE = 300, 240, 60  # characters: of a value that is not cut, of a cut one
CUT = "…"


class Piece(NamedTuple):
    """Text of a value; ``marked``: it matches the query."""

    text: str
    marked: bool


Highlights = Mapping[str, Sequence[Piece]]  # by field


def highlights(marker: Marker, document: dict[str, object]) -> Highlights:
    """The pieces of each field of a document that has a match."""
    found = marker.marks(document)
    return {name: list(_pieces(str(document[name]), spans)) for name, spans in found.items()}


def _pieces(value: str, spans: Sequence[Span]) -> Iterator[Piece]:
    low, high = _window(value, spans)
    at = low
    before = CUT if low > 0 else ""
    for start, end in spans:
        if start < low or end > high:
            continue
        if before or start > at:
            yield Piece(before + value[at:start], False)
        before = ""
        yield Piece(value[start:end], True)
        at = end
    after = value[at:high] + (CUT if high < len(value) else "")
    if before or after:
        yield Piece(before + after, False)


def _window(value: str, spans: Sequence[Span]) -> Span:
    """The part of a value that is shown, from low up to high: the first with the most matches."""
    if len(value) <= WHOLE:
        return 0, len(value)
    best, most = spans[0], 0
    ends = [end for _, end in spans]
    for place, span in enumerate(spans):  # in order, and none within another
        within = bisect_right(ends, span[0] + SHOWN - BEFORE) - place
        if within > most:
            best, most = span, within
    low = max(0, best[0] - BEFORE)
    high = min(len(value), max(low + SHOWN, best[1]))
    return _after_blank(value, low, best[0]), _before_blank(value, high, best[1])


def _after_blank(value: str, low: int, most: int) -> int:
    at = value.find(" ", low, most) if low else -1
    return low if at < 0 else at + 1


def _before_blank(value: str, high: int, least: int) -> int:
    at = value.rfind(" ", least, high) if high < len(value) else -1
    return high if at < 0 else at
