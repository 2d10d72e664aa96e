"""Which shard an id belongs to: shards are ranges of ids, and the id alone tells which.

Ranges are half open: ``low`` is in, ``high`` is the next one's ``low``.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

LOWEST_ID = -(2**63)
HIGHEST_ID = 2**63 - 1
DEFAULT_WIDTH = 50_000_000


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where the shards of an entity begin.

    ``boundaries`` are the beginnings that a re-index planned, ascending; from the last one on, and
    below the first, a new shard begins every ``width`` ids.
    """

    width: int = DEFAULT_WIDTH
    boundaries: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError("a shard holds at least one id")
        if any(low >= high for low, high in pairwise(self.boundaries)):
            raise ValueError("the boundaries of shards ascend")

    def low_of(self, id_: int) -> int:
        """The lowest id of the shard that ``id_`` belongs to."""
        boundaries = self.boundaries
        if not boundaries:
            return id_ // self.width * self.width
        if id_ < boundaries[0]:
            # Counted down from the first boundary, so that the shard below ends where it begins.
            return boundaries[0] - -((id_ - boundaries[0]) // self.width) * self.width
        if id_ < boundaries[-1]:
            return boundaries[bisect_right(boundaries, id_) - 1]
        return boundaries[-1] + (id_ - boundaries[-1]) // self.width * self.width

    def high_of(self, low: int) -> int:
        """The first id after the shard that begins at ``low``."""
        boundaries = self.boundaries
        if boundaries and boundaries[0] <= low < boundaries[-1]:
            return boundaries[bisect_right(boundaries, low)]
        return low + self.width

    def by_shard(self, ids: Iterable[int]) -> dict[int, list[int]]:
        """The ids by the lowest id of their shard, in the order given."""
        shards: dict[int, list[int]] = {}
        for id_ in ids:
            shards.setdefault(self.low_of(id_), []).append(id_)
        return shards


def directory_name(low: int) -> str:
    """The name of a shard's directory: names in order are ids in order, negative ones aside."""
    return f"{low:020d}"
