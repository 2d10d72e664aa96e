"""What an engine promises, in two halves: readers find, a writer changes.

An engine knows entities, fields and analysed trees. It does not know the wire, users, units,
related entities or locks. Not promised: that a change is seen before ``commit``, any order of
equal hits but the one asked for, any field that was not asked for.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from search_service.query.id_set import IdSet
from search_service.query.order import Cursor, Order, Value
from search_service.query.tree import Query
from search_service.query.vocabulary import Vocabulary

Document = dict[str, Any]


class Hit(NamedTuple):  # made by the thousand: twice as quick to make as a dataclass
    """One document of a page."""

    id: int
    score: float | None  # None unless by relevance
    values: tuple[Value, ...]  # of the sort keys
    address: object  # where the engine finds the document again, until its reader sees another view


class Sources(NamedTuple):
    """Documents as UTF-8 JSON objects, in the order of the hits that they were fetched for."""

    documents: Sequence[bytes]
    undeclared: Collection[int] = ()  # places of those that may have fields the table lacks


@dataclass(frozen=True, slots=True)
class Terms:
    """Count the values of a facetable field."""

    field: str


@dataclass(frozen=True, slots=True)
class Range:
    """One bucket of numbers; None is an open end."""

    key: str
    low: int | float | None  # inclusive
    high: int | float | None  # exclusive


@dataclass(frozen=True, slots=True)
class Ranges:
    """Count the numbers of a field by buckets."""

    field: str
    ranges: tuple[Range, ...]


Dimension = Terms | Ranges
Buckets = list[tuple[str, int]]


class View(Protocol):
    """What readers are to read: a writer publishes one, a reader sees it, in whatever process.

    It can be sent to other processes, and holds nothing that is of use but to the engine.
    """

    @property
    def version(self) -> int:
        """Grows with each publication."""
        ...

    @property
    def generation(self) -> int:
        """Of the index."""
        ...


class Reader(Vocabulary, Protocol):
    """Finds documents as of the view that it saw last. One caller at a time.

    A tree may have joins; see ``query.tree`` for what each node finds and scores. Every method
    raises EngineFailed for what cannot be read, ShardDamaged where that is known of the entity, and
    BadRequest for a tree with a pattern or a range of words that is too large to be carried out.
    """

    def see(self, view: View) -> None:
        """Read from now on what a view shows."""
        ...

    def renew(self) -> View | None:
        """See what any process committed before the call; the view, if that changed something.

        None for an engine whose writer publishes views, which then come by ``see``.
        """
        ...

    def close(self) -> None:
        """Give back what it holds on this machine; nothing is asked of it any more."""
        ...

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        """The first ``limit`` hits after the cursor, in order."""
        ...

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        """The documents of hits, as they were put; an address is good until the next ``see``."""
        ...

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        """The values of an integer field, in the order of the hits; None where there is none."""
        ...

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        """The documents with these ids, those that exist."""
        ...

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        """For each key the documents whose field ``by`` equals it, with these fields at least.

        By id, at most ``limit`` for a key. A key without documents may be missing.
        """
        ...

    def values(self, entity: str, query: Query, field: str) -> IdSet:
        """The values of an integer field over all matching documents."""
        ...

    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        """Labels with counts over all matching documents, by field; highest count first.

        Ranges keep their order, zeros included.
        """
        ...

    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        """Matching documents by id, ascending: what a walk over many of them takes."""
        ...

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        """The highest id with ``low`` < id <= ``high``; None when there is none."""
        ...

    def count(self, entity: str) -> int:
        """How many documents there are."""
        ...

    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        """How many documents match. Counting stops at ``up_to``: that many, or more."""
        ...

    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        """Words of a text field that begin so, in how many matching documents; highest first.

        Without a query a word may be among them that no document has any more. An engine need not
        know those of a field that suggests no words (see ``catalogue.model.Completion``).
        """
        ...

    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        """Some matching documents, in no order: those that are found most quickly."""
        ...

    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        """Some matching documents whose sortable text begins so, in no order; case counts."""
        ...

    def stamp(self, entity: str) -> Hashable:
        """Another value when documents of an entity may have changed."""
        ...


@dataclass(frozen=True, slots=True)
class Put:
    """Create a document or replace it."""

    id: int
    document: Document


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a document, if there is one."""

    id: int


Change = Put | Delete


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What an operator asks about an index."""

    generation: int
    documents: Mapping[str, int]  # by entity, those that searches see
    shards: Mapping[str, int]
    interrupted: Mapping[str, str]  # populations that were undone: entity → when that was seen
    damaged: Mapping[str, str]  # entity → what is damaged, and how to go on
    # Where the engine has such: by entity, parts that a search goes through one by one, and
    # documents in them that were deleted or replaced.
    segments: Mapping[str, int] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a process maps that reads all of an index: files, and bytes of them."""

    files: int
    bytes: int


class ChangeWriter(Protocol):
    """Changes documents: all that a commit needs. One thread at a time for an entity.

    What cannot be written is a StorageFailed; where that comes of damage, a ShardDamaged.
    """

    @property
    def damaged(self) -> Collection[str]:
        """Entities that can be neither read nor changed, as files of theirs are damaged."""
        ...

    def look_for_damage(self, goes_on: Callable[[], bool] = lambda: True) -> bool:
        """Compare everything with its checksums; whether anything is damaged.

        It ends when ``goes_on`` does not hold any more.
        """
        ...

    def reader(self) -> Reader:
        """What was committed last; for the thread that commits, until it asks for it again."""
        ...

    def apply(self, entity: str, changes: Iterable[Change]) -> None:
        """Put (create or replace) and delete, in order; seen after ``commit``."""
        ...

    def commit(self, entities: Iterable[str]) -> None:
        """Everything applied to these is durable, and seen by readers opened from now on."""
        ...

    def undo(self) -> None:
        """Forget what was applied and not committed; populations go on."""
        ...


class Writer(ChangeWriter, Protocol):
    """Changes the index of one process. One thread at a time for an entity, but for ``add``."""

    @property
    def generation(self) -> int:
        """Grows with each ``clear``."""
        ...

    @property
    def view(self) -> View:
        """What readers should read from now on."""
        ...

    def status(self) -> IndexStatus:
        """What the index holds. Counted in files, so not for every request."""
        ...

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        """As in ``Reader``, of what was committed last; for any thread."""
        ...

    def clear(self) -> None:
        """Remove every document of every entity, as one step; populations end."""
        ...

    def begin(self, entity: str, *, delete: bool) -> None:
        """Start a population: readers go on seeing the entity as it is now until ``end``.

        ``delete``: it starts from no documents. A crash before ``end`` undoes it.
        """
        ...

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> None:
        """Put documents into the population of an entity; many threads may."""
        ...

    def end(self, entity: str) -> None:
        """Commit the population: readers see it as a whole. When it fails it is undone."""
        ...

    def abandon(self, entity: str) -> None:
        """Undo a population."""
        ...

    def tend(self) -> None:
        """Give back what is not needed any more; called now and then."""
        ...

    def close(self) -> None:
        """Commit what was applied, and end; populations are undone."""
        ...

    def lose(self) -> None:
        """End as a crash would: what was not committed is gone, populations stay unfinished."""
        ...
