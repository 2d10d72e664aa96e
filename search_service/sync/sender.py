"""Sends the rows of the database whose documents differ, and deletes documents without a row.

Not here: since when, in which order, and which time is recorded, see ``update``.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from analyzers import Units
from search_service.catalogue.document_limits import DocumentLimits
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER, Document
from search_service.client.index_client import IndexClient
from search_service.errors import LimitExceeded
from search_service.sources.base import Source
from search_service.sources.sql.changed import SIZE_FIELDS, Changed
from search_service.sync.check import sides
from search_service.sync.compare import differences, indexed_document
from search_service.sync.id_ranges import IdRange, count_ranges, edges, narrow

_BATCH = 1_000  # rows
# Documents: where so many go, and more than half, the source may be the wrong one.
_MANY = 100

T = TypeVar("T")


class TooManyDeletions(Exception):
    """So many documents would go that the source may be the wrong one."""


class Target(Protocol):
    """The service that takes the changes."""

    def modify(self, operations: Sequence[Any]) -> None:
        """Send operations as a catalogue does. Raises Refused when an entity is locked."""
        ...

    def commit(self) -> None:
        """Make all acknowledged operations visible."""
        ...

    def locked(self) -> Collection[str]:
        """The entities that are being populated."""
        ...


@dataclass
class SendCounts:
    """How many documents were sent so far for an entity."""

    updated: int = 0
    added: int = 0  # of those updated: the index had none with this id
    deleted: int = 0
    unfit: int = 0  # rows that the index would refuse


class Sender:
    """Sends from one source to one service, and adds to the counts that it is given."""

    def __init__(
        self,
        source: Source,
        changed: Changed,
        target: Target,
        index: IndexClient,
        units: Units,
        limits: DocumentLimits,
    ) -> None:
        self._source = source
        self._changed = changed
        self._target = target
        self._index = index
        self._units = units
        self._limits = limits

    def send_related(self, related: str, since: datetime, counts: SendCounts) -> None:
        """Send all changed rows of a related entity: the service knows which differ."""
        rows = self._changed.rows(related, since)
        while some := list(islice(rows, _BATCH)):
            kept = [row for row in some if self._is_taken(related, *row)]
            counts.unfit += len(some) - len(kept)
            if kept:
                self._target.modify([_update(related, *row) for row in kept])
            counts.updated += len(kept)

    def _is_taken(self, entity: str, id_: int, document: Document) -> bool:
        """Whether a document is no larger than the service takes."""
        try:
            self._limits.check(entity, id_, document)
        except LimitExceeded:
            return False
        return True

    def send_changed(self, entity: str, since: datetime, counts: SendCounts) -> None:
        """Send the rows that changed since, and those whose sizes differ."""
        for ids in self._changed.ids(entity, since):
            self._send_if_different(entity, ids, counts)
        if self._changed.has_sizes(entity):
            self._send_if_different(entity, self._with_other_sizes(entity), counts)

    def send_all_that_differ(self, entity: str, counts: SendCounts) -> None:
        """Compare every row, and send those that differ."""
        for block in self._source.read(entity, LOWEST_INTEGER, HIGHEST_INTEGER):
            for rows in _batches(block):
                self._send_rows(entity, rows, counts)

    def _send_if_different(self, entity: str, ids: Iterable[int], counts: SendCounts) -> None:
        for some in _batches(ids):
            rows = self._source.pick(entity, some)
            self._send_rows(entity, rows, counts)

    def _send_rows(
        self, entity: str, rows: Sequence[tuple[int, Document]], counts: SendCounts
    ) -> None:
        indexed = self._index.documents(entity, [id_ for id_, _ in rows])
        operations: list[object] = []
        moved: list[int] = []
        for id_, document in rows:
            wanted = indexed_document(entity, (id_, document), self._units, self._limits)
            if isinstance(wanted, str):
                counts.unfit += 1
                continue
            differing = differences(wanted, indexed[id_]) if id_ in indexed else []
            counts.added += id_ not in indexed
            if differing or id_ not in indexed:
                operations.append(_update(entity, id_, document))
            if any(field.name.endswith(".id") for field in differing):
                moved.append(id_)
        # First: once this row agrees, nothing tells any more that those below it do not.
        for child, ids in self._changed.children(entity, moved) if moved else ():
            self._send_if_different(child, ids, counts)
        if operations:
            self._target.modify(operations)
            counts.updated += len(operations)

    def _with_other_sizes(self, entity: str) -> Iterator[int]:
        in_index = self._index.walk(entity, LOWEST_INTEGER, HIGHEST_INTEGER, SIZE_FIELDS)
        in_source = self._changed.sizes(entity, LOWEST_INTEGER, HIGHEST_INTEGER)
        return ids_with_other_fields(in_source, in_index)

    def send_id_differences(self, entity: str, counts: SendCounts, *, delete_many: bool) -> None:
        """Send missing documents and delete extra ones, which are found by counting.

        Raises TooManyDeletions, unless ``delete_many``.
        """
        bounds = self._source.bounds(entity)
        at = edges(None if bounds is None else (bounds.low, bounds.high))
        both = sides(self._source, self._index, entity)
        ranges = count_ranges(at, *both)
        if not delete_many:
            _refuse_many(ranges)
        for each in ranges:
            if not each.differs:
                continue
            for difference in narrow(each, *both):
                self._send_if_different(entity, difference.missing, counts)
                for some in _batches(difference.extra):
                    self._target.modify([_delete(entity, id_) for id_ in some])
                    counts.deleted += len(some)


def _refuse_many(ranges: Sequence[IdRange]) -> None:
    in_source = sum(each.in_source for each in ranges)
    in_index = sum(each.in_index for each in ranges)
    gone = in_index - in_source
    if gone >= _MANY and gone > in_index // 2:
        raise TooManyDeletions(
            f"the source has {in_source:,} rows and the index {in_index:,} documents; if that is "
            "right, they are deleted with --delete-many"
        )


def ids_with_other_fields(
    in_source: Iterator[tuple[int, Document]], in_index: Iterator[tuple[int, Document]]
) -> Iterator[int]:
    """The ids that both sides have with different fields, ascending. Both sides ascend by id."""
    other = next(in_index, None)
    for id_, fields in in_source:
        while other is not None and other[0] < id_:
            other = next(in_index, None)
        if other is not None and other[0] == id_ and other[1] != fields:
            yield id_


def _update(entity: str, id_: int, document: Document) -> object:
    return {"update": {"_index": entity, "_id": id_, "doc": document}}


def _delete(entity: str, id_: int) -> object:
    return {"delete": {"_index": entity, "_id": id_}}


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    walk = iter(values)
    while some := list(islice(walk, _BATCH)):
        yield some
