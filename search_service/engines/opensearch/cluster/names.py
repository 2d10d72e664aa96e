"""The names of what the engine keeps in a cluster, which other applications may use as well.

All begin with the prefix of the settings. Not here: which index an alias is for, the control index
says so.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexName:
    """An index of documents: of one entity, in one generation.

    ``edition``: grows with each population of the entity, which makes another index.
    """

    generation: int
    entity: str  # in lower case, as the names of indices are
    edition: int


def written(index: str) -> str:
    """The alias by which an index is written, so that a late write never makes an index."""
    return f"{index}-write"


@dataclass(frozen=True, slots=True)
class Names:
    """The names under one prefix."""

    prefix: str

    def searched(self, entity: str) -> str:
        """The alias that searches of an entity read."""
        return f"{self.prefix}-{entity.lower()}"

    def index(self, generation: int, entity: str, edition: int = 1) -> str:
        """An index of documents."""
        return f"{self.prefix}-{generation:06d}-{entity.lower()}-{edition}"

    def written(self, index: str) -> str:
        """The alias by which an index is written."""
        return written(index)

    def of_generation(self, generation: int) -> str:
        """A pattern for all indices of a generation, and their aliases."""
        return f"{self.prefix}-{generation:06d}-*"

    def parsed(self, index: str) -> IndexName | None:
        """What the name of an index says; None when it is none of documents under this prefix."""
        found = re.fullmatch(rf"{re.escape(self.prefix)}-(\d{{6,}})-([a-z]+)-(\d+)", index)
        return None if found is None else IndexName(int(found[1]), found[2], int(found[3]))

    @property
    def control(self) -> str:
        """The index of what all services agree on."""
        return f"{self.prefix}-control"

    @property
    def journal(self) -> str:
        """The index of acknowledged changes."""
        return f"{self.prefix}-journal"

    @property
    def states(self) -> str:
        """The index of related entities as they were propagated last."""
        return f"{self.prefix}-states"
