"""Finds the ids that only one of two sides has, by counting: ranges whose counts differ are split.

Counts do not show that one id is missing and another is too many in the same range: that needs the
documents themselves. The index is always asked before the source: an id that the source does not
have by then is gone, as ids do not come back.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER

FEWEST_RANGES, MOST_RANGES = 64, 4_096
IDS_OF_A_RANGE = 5_000_000
PARTS = 16  # that a range is split into
MOST_LISTED = 5_000  # ids of a range that are compared one by one


@dataclass(frozen=True, slots=True)
class Side:
    """The source or the index: how its ids are counted and listed.

    ``counts`` takes ascending edges and returns how many ids lie from each edge up to the next;
    ``ids`` takes low and high and returns all ids with low <= id < high.
    """

    counts: Callable[[Sequence[int]], Sequence[int]]
    ids: Callable[[int, int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class IdRange:
    """The ids with low <= id < high, and how many of them each side has."""

    low: int
    high: int
    in_source: int
    in_index: int

    @property
    def differs(self) -> bool:
        """Whether the counts differ."""
        return self.in_source != self.in_index


@dataclass(frozen=True, slots=True)
class IdDifference:
    """Ids that only one side has, ascending."""

    missing: Sequence[int]  # in the source, not in the index
    extra: Sequence[int]  # in the index, not in the source


def edges(bounds: tuple[int, int] | None) -> list[int]:
    """The edges of ranges that cover all ids, ascending.

    ``bounds``: the lowest and the highest id of the source, None when it has none. The span between
    them is cut into equal ranges; one range below and one above hold all other ids.
    """
    if bounds is None:
        return [LOWEST_INTEGER, HIGHEST_INTEGER]
    low, high = bounds
    span = high + 1 - low
    ranges = min(span, max(FEWEST_RANGES, min(MOST_RANGES, span // IDS_OF_A_RANGE)))
    inner = (low + span * place // ranges for place in range(ranges + 1))
    return sorted({LOWEST_INTEGER, *inner, HIGHEST_INTEGER})


def count_ranges(at: Sequence[int], source: Side, index: Side) -> list[IdRange]:
    """The ranges between ascending edges, with their counts on both sides."""
    in_index = index.counts(at)
    in_source = source.counts(at)
    return [IdRange(*counts) for counts in zip(at[:-1], at[1:], in_source, in_index, strict=True)]


def narrow(differing: IdRange, source: Side, index: Side) -> Iterator[IdDifference]:
    """The ids that make a range differ, at most ``MOST_LISTED`` of a side at a time."""
    if max(differing.in_source, differing.in_index) <= MOST_LISTED:
        in_index = set(index.ids(differing.low, differing.high))
        in_source = set(source.ids(differing.low, differing.high))
        missing, extra = sorted(in_source - in_index), sorted(in_index - in_source)
        if missing or extra:
            yield IdDifference(missing, extra)
        return
    span = differing.high - differing.low
    at = sorted({differing.low + span * part // PARTS for part in range(PARTS + 1)})
    for part in count_ranges(at, source, index):
        if part.differs:
            yield from narrow(part, source, index)
