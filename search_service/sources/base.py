"""The interface of a source: documents by entity and id, of a database, a file or an index."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from search_service.catalogue.documents import Document
from search_service.catalogue.origin import Origin

Row = tuple[int, Document]  # the id, and the document as the catalogue would send it

OnRejected = Callable[[str, int | None, str], None]
"""Called for each row that no document can be made of: the row is left out, the reading goes on.

Takes the entity ("" when it is unknown), the id (None when there is none) and the reason.
"""


def ignore_rejected(_entity: str, _id: int | None, _reason: str) -> None:
    """An ``OnRejected`` that does nothing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest id of an entity, and about how many documents it has."""

    low: int
    high: int  # inclusive
    count: int


class Source(Protocol):
    """One connection, for one thread or process."""

    @property
    def checked(self) -> bool:
        """Whether values are already checked against the kinds of their fields."""
        ...

    def origin(self, named: Origin) -> Origin:
        """Which catalogue the documents come from: ``named``, and what the source itself knows.

        ``named`` is what options and settings say. Raises SourceFailed.
        """
        ...

    def bounds(self, entity: str) -> Bounds | None:
        """The ids of an entity; None when it has no documents."""
        ...

    def boundaries(self, entity: str, pieces: int) -> Sequence[int]:
        """At most ``pieces - 1`` ids that cut an entity into about equal pieces, ascending."""
        ...

    def read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        """Documents with low <= id < high, ascending by id, in blocks.

        Raises SourceLost, after which a new connection may succeed.
        """
        ...

    def count(self, entity: str, low: int, high: int) -> int:
        """The exact number of rows with low <= id < high."""
        ...

    def ids(self, entity: str, low: int, high: int, limit: int) -> Sequence[int]:
        """The first ``limit`` ids with low <= id < high, ascending."""
        ...

    def pick(self, entity: str, ids: Sequence[int]) -> Sequence[Row]:
        """The documents with these ids that the source has, ascending by id."""
        ...

    def releases(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Ids of investigations, low <= id < high, with their release dates, ascending by id.

        Dates are in epoch milliseconds. Investigations without one are left out.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
