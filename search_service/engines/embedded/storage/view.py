"""What readers are to open: the shards as of one publication.

A writer publishes a new view when something changed; a reader that holds an older one goes on
reading what that one showed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from search_service.errors import ShardDamaged


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
class DamagedShard:
    """A shard that is not read, and what is damaged."""

    path: str
    what: str

    def error(self) -> ShardDamaged:
        """What is told to those who need it."""
        return ShardDamaged(Path(self.path), self.what)


@dataclass(frozen=True, slots=True)
class View:
    """``version`` grows with each publication; an entity without documents may be missing.

    ``damaged``: entities that cannot be searched, each with a shard that is damaged.
    """

    version: int
    generation: int
    shards: Mapping[str, tuple[ShardView, ...]] = field(default_factory=dict)
    damaged: Mapping[str, DamagedShard] = field(default_factory=dict)

    def of(self, entity: str) -> tuple[ShardView, ...]:
        """The shards of an entity, by their lowest id."""
        return self.shards.get(entity, ())
