"""Where two lists of ids differ, found by counting: ranges whose counts differ are cut further.

Counts do not tell one id that is missing and another that is too many in the same range: that
needs the documents themselves. The index is always asked before the source: an id that the source
does not know by then is gone, as ids do not come back.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER

FEWEST_CELLS, MOST_CELLS = 64, 4_096
IDS_OF_A_CELL = 5_000_000
PIECES = 16
LISTED = 5_000  # ids: so few are compared one by one


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: counts from each edge to the next, and all ids from low up to high."""

    counts: Callable[[Sequence[int]], Sequence[int]]
    ids: Callable[[int, int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Cell:
    """The ids low <= id < high, and how many each side has of them."""

    low: int
    high: int
    in_source: int
    in_index: int

    @property
    def differs(self) -> bool:
        """Whether one side has more."""
        return self.in_source != self.in_index


@dataclass(frozen=True, slots=True)
class Apart:
    """Ids that only one side has."""

    missing: Sequence[int]  # in the index
    extra: Sequence[int]  # in the index, not in the source


def edges(ends: tuple[int, int] | None) -> list[int]:
    """Where cells begin: some between the source's lowest and highest id, and all outside them."""
    if ends is None:
        return [LOWEST_INTEGER, HIGHEST_INTEGER]
    low, high = ends
    span = high + 1 - low
    cells = min(span, max(FEWEST_CELLS, min(MOST_CELLS, span // IDS_OF_A_CELL)))
    inner = (low + span * cell // cells for cell in range(cells + 1))
    return sorted({LOWEST_INTEGER, *inner, HIGHEST_INTEGER})


def counted(at: Sequence[int], source: Side, index: Side) -> list[Cell]:
    """The cells between these edges with their counts."""
    in_index = index.counts(at)
    in_source = source.counts(at)
    return [Cell(*of) for of in zip(at[:-1], at[1:], in_source, in_index, strict=True)]


def narrowed(cell: Cell, source: Side, index: Side) -> Iterator[Apart]:
    """The ids that make a cell differ, some at a time."""
    if max(cell.in_source, cell.in_index) <= LISTED:
        held, there = index.ids(cell.low, cell.high), source.ids(cell.low, cell.high)
        missing, extra = sorted(set(there) - set(held)), sorted(set(held) - set(there))
        if missing or extra:
            yield Apart(missing, extra)
        return
    span = cell.high - cell.low
    at = sorted({cell.low + span * piece // PIECES for piece in range(PIECES + 1)})
    for piece in counted(at, source, index):
        if piece.differs:
            yield from narrowed(piece, source, index)
