"""Where to cut a range of ids so that each piece has about equally many documents.

Counting billions of rows takes hours, so a few ids are counted in each of many cells of the range.
Small ranges are counted whole, and cut exactly but for what lies inside a cell.
"""

from collections.abc import Callable
from itertools import accumulate, pairwise

from search_service.reindex.source import Bounds

CELLS_OF_A_PIECE = 16
FEWEST_CELLS, MOST_CELLS = 256, 4_096
COUNTED_OF_A_CELL = 1_000  # ids

CountBetween = Callable[[int, int], int]


def cut(bounds: Bounds, pieces: int, count_between: CountBetween) -> list[int]:
    """At most ``pieces - 1`` ids, ascending; ``count_between`` counts low <= id < high."""
    span = bounds.high - bounds.low + 1
    if pieces < 2 or span < 2:
        return []
    cells = min(span, max(FEWEST_CELLS, min(MOST_CELLS, pieces * CELLS_OF_A_PIECE)))
    edges = [bounds.low + span * cell // cells for cell in range(cells + 1)]
    weights = [_weight(low, high, count_between) for low, high in pairwise(edges)]
    if not any(weights):  # so few documents that none was met
        weights = [1.0] * cells
    return _edges(edges, weights, pieces)


def _weight(low: int, high: int, count_between: CountBetween) -> float:
    counted = min(high - low, COUNTED_OF_A_CELL)
    start = low + (high - low - counted) // 2
    return count_between(start, start + counted) * (high - low) / counted


def _edges(edges: list[int], weights: list[float], pieces: int) -> list[int]:
    before = [0.0, *accumulate(weights)]
    total, cell, found = before[-1], 0, set[int]()
    for piece in range(1, pieces):
        wanted = total * piece / pieces
        while before[cell + 1] < wanted:
            cell += 1
        part = (wanted - before[cell]) / weights[cell] if weights[cell] else 0.0
        found.add(edges[cell] + round(part * (edges[cell + 1] - edges[cell])))
    return sorted(found - {edges[0], edges[-1]})
