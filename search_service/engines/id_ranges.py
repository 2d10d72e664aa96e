"""Ranges of ids, half open: the lower bound is in, the upper bound is not.

An entity is partitioned by ids, so the id alone tells which piece a document belongs to: a shard,
and the work of a re-index.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

LOWEST_ID = -(2**63)
HIGHEST_ID = 2**63 - 1
DEFAULT_WIDTH = 50_000_000


@dataclass(frozen=True, slots=True)
class IdRange:
    """The ids ``low`` <= id < ``high``; None is an open end."""

    low: int | None = None
    high: int | None = None

    def overlaps(self, low: int, high: int) -> bool:
        """Whether any id of ``low`` <= id < ``high`` is in the range."""
        return (self.high is None or low < self.high) and (self.low is None or high > self.low)


@dataclass(frozen=True, slots=True)
class Partition:
    """Where the pieces of an entity begin.

    ``boundaries`` are the beginnings that a re-index planned, ascending; from the last one on, and
    below the first, a new piece begins every ``width`` ids.
    """

    width: int = DEFAULT_WIDTH
    boundaries: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError("a shard holds at least one id")
        if any(low >= high for low, high in pairwise(self.boundaries)):
            raise ValueError("the boundaries of shards ascend")

    def low_of(self, id_: int) -> int:
        """The lowest id of the piece that ``id_`` belongs to."""
        boundaries = self.boundaries
        if not boundaries:
            return id_ // self.width * self.width
        if id_ < boundaries[0]:
            # Counted down from the first boundary, so that the piece below ends where it begins.
            return boundaries[0] - -((id_ - boundaries[0]) // self.width) * self.width
        if id_ < boundaries[-1]:
            return boundaries[bisect_right(boundaries, id_) - 1]
        return boundaries[-1] + (id_ - boundaries[-1]) // self.width * self.width

    def high_of(self, low: int) -> int:
        """The first id after the piece that begins at ``low``."""
        boundaries = self.boundaries
        if boundaries and boundaries[0] <= low < boundaries[-1]:
            return boundaries[bisect_right(boundaries, low)]
        return low + self.width
