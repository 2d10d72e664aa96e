"""Cuts a range of ids into pieces with about equally many documents.

Counting billions of rows takes hours, so the range is cut into many cells, each is narrowed to the
ids that it has, and a few of these are counted. Small ranges are counted whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from search_service.sources.base import Bounds

CELLS_OF_A_PIECE = 16
FEWEST_CELLS, MOST_CELLS = 256, 4_096
COUNTED_OF_A_CELL = 1_000  # ids

# Both take low and high, and look at low <= id < high.
EndsBetween = Callable[[int, int], tuple[int, int] | None]  # the lowest and the highest id
CountBetween = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the range: its first id, the id after its last, and about how many ids it has."""

    low: int
    high: int
    weight: float


def cut(
    bounds: Bounds, pieces: int, ends_between: EndsBetween, count_between: CountBetween
) -> list[int]:
    """At most ``pieces - 1`` ids, ascending: where all pieces but the first begin."""
    span = bounds.high - bounds.low + 1
    if pieces < 2 or span < 2:
        return []
    number = min(span, max(FEWEST_CELLS, min(MOST_CELLS, pieces * CELLS_OF_A_PIECE)))
    edges = [bounds.low + span * cell // number for cell in range(number + 1)]
    cells = [
        _cell(ends[0], ends[1] + 1, count_between)
        for low, high in pairwise(edges)
        if (ends := ends_between(low, high)) is not None
    ]
    return sorted(_cuts(cells, pieces) - {bounds.low})


def _cell(low: int, high: int, count_between: CountBetween) -> Cell:
    counted = min(high - low, COUNTED_OF_A_CELL)
    start = low + (high - low - counted) // 2
    share = count_between(start, start + counted) / counted
    # Both ends are there, whatever the sample in the middle has met.
    return Cell(low, high, max(share * (high - low), 2.0 if high - low > 1 else 1.0))


def _cuts(cells: list[Cell], pieces: int) -> set[int]:
    before = [0.0, *accumulate(cell.weight for cell in cells)]
    place, found = 0, set[int]()
    for piece in range(1, pieces):
        wanted = before[-1] * piece / pieces
        while before[place + 1] < wanted and place + 1 < len(cells):
            place += 1
        cell = cells[place]
        part = min((wanted - before[place]) / cell.weight, 1.0)
        found.add(cell.low + round(part * (cell.high - cell.low)))
    return {id_ for id_ in found if id_ < cells[-1].high}
