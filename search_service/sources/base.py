"""Where a re-index reads from: documents by entity and id, whatever they are kept in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from search_service.catalogue.documents import Document
from search_service.catalogue.origin import Facility

Row = tuple[int, Document]  # the id, and the document as the catalogue would send it


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ids of an entity: the lowest, the highest, about how many."""

    low: int
    high: int  # inclusive
    count: int


class Source(Protocol):
    """One connection, for one thread or process."""

    @property
    def checked(self) -> bool:
        """Whether values are of the kinds of their fields, so that nobody needs to look again."""
        ...

    def facilities(self) -> Sequence[Facility]:
        """Those of the catalogue; none where they are not known."""
        ...

    def bounds(self, entity: str) -> Bounds | None:
        """None when there are no documents."""
        ...

    def boundaries(self, entity: str, pieces: int) -> Sequence[int]:
        """Ids that cut the entity into about equally many documents, ascending.

        Without both ends.
        """
        ...

    def read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        """Documents with low <= id < high, ascending, in blocks.

        Raises SourceLost, which a new connection may cure.
        """
        ...

    def count(self, entity: str, low: int, high: int) -> int:
        """How many rows have low <= id < high, counted."""
        ...

    def ids(self, entity: str, low: int, high: int, limit: int) -> Sequence[int]:
        """The first ids with low <= id < high, ascending."""
        ...

    def pick(self, entity: str, ids: Sequence[int]) -> Sequence[Row]:
        """The documents with these ids, those that there are, ascending."""
        ...

    def releases(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """When investigations are released: those with low <= id < high that say so, by id.

        In epoch milliseconds.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
