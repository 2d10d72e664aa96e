"""When what was found once may be found otherwise: numbers that grow with each commit.

Not here: who counts them, which is whoever changes the index.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SeenState:
    """What a reader has seen: a view. ``commits``: by entity, another number after a change."""

    version: int = 0
    generation: int = 0
    commits: Mapping[str, int] = field(default_factory=dict)

    def stamp(self, entity: str) -> Hashable:
        """Another value when documents of an entity may have changed."""
        return self.generation, self.commits.get(entity, 0)


class States(Protocol):
    """Where the state of the index is read."""

    def seen(self) -> SeenState:
        """The state now: one realtime request."""
        ...
