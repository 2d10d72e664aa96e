"""What readers are to open: the shards as of one publication.

A writer publishes a new view when something changed; a reader that holds an older one goes on
reading what that one showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ShardView:
    """One shard: the directory of its index and the ids it holds, ``high`` not among them.

    ``stamp`` changes with each change that readers should see: the same path with the same stamp
    need not be opened again.
    """

    path: str
    low: int
    high: int
    stamp: int


@dataclass(frozen=True, slots=True)
class View:
    """``version`` grows with each publication; an entity without documents may be missing."""

    version: int
    generation: int
    shards: Mapping[str, tuple[ShardView, ...]] = field(default_factory=dict)

    def of(self, entity: str) -> tuple[ShardView, ...]:
        """The shards of an entity, by their lowest id."""
        return self.shards.get(entity, ())
