"""Sends rows of the database that the index has otherwise, and deletes what has gone.

Not here: since when, in which order, and what is noted of it, see ``run``.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from analyzers import Units
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER, Document
from search_service.client.index_client import IndexClient
from search_service.sources.base import Source
from search_service.sources.sql.changed import SIZE_FIELDS, Changed
from search_service.sync.cells import Cell, counted, edges, narrowed
from search_service.sync.check import sides
from search_service.sync.compare import differences, kept

_BATCH = 1_000
_MANY = 100  # documents: where more than half go, and so many, the source may be the wrong one

T = TypeVar("T")


class TooMany(Exception):
    """So much has gone that the source may be the wrong one."""


class Target(Protocol):
    """The service that takes the changes."""

    def modify(self, operations: Sequence[Any]) -> None:
        """Raises Refused when an entity is locked."""
        ...

    def commit(self) -> None:
        """What was acknowledged is seen."""
        ...

    def locked(self) -> Collection[str]:
        """Entities that are being populated."""
        ...


@dataclass
class Sent:
    """How much was sent so far; ``unfit`` are rows that the index would refuse."""

    updated: int = 0
    deleted: int = 0
    unfit: int = 0


class Sending:
    """From one source to one service."""

    def __init__(
        self, source: Source, changed: Changed, target: Target, index: IndexClient, units: Units
    ) -> None:
        self._source = source
        self._changed = changed
        self._target = target
        self._index = index
        self._units = units

    def related(self, related: str, since: datetime, sent: Sent) -> None:
        """Rows that documents repeat, all that changed: the service knows which differ."""
        rows = self._changed.rows(related, since)
        while some := list(islice(rows, _BATCH)):
            self._target.modify([_update(related, *row) for row in some])
            sent.updated += len(some)

    def changed_since(self, entity: str, since: datetime, sent: Sent) -> None:
        """Rows that changed, and those whose sizes did."""
        for ids in self._changed.ids(entity, since):
            self._send_if_different(entity, ids, sent)
        if self._changed.has_sizes(entity):
            self._send_if_different(entity, self._with_other_sizes(entity), sent)

    def all_that_differ(self, entity: str, sent: Sent) -> None:
        """Every row is compared."""
        for block in self._source.read(entity, LOWEST_INTEGER, HIGHEST_INTEGER):
            for rows in _batches(block):
                self._send_rows(entity, rows, sent)

    def _send_if_different(self, entity: str, ids: Iterable[int], sent: Sent) -> None:
        for some in _batches(ids):
            rows = self._source.pick(entity, some)
            self._send_rows(entity, rows, sent)

    def _send_rows(self, entity: str, rows: Sequence[tuple[int, Document]], sent: Sent) -> None:
        held = self._index.documents(entity, [id_ for id_, _ in rows])
        operations: list[object] = []
        moved: list[int] = []
        for id_, document in rows:
            wanted = kept(entity, (id_, document), self._units)
            if isinstance(wanted, str):
                sent.unfit += 1
                continue
            differing = differences(wanted, held[id_]) if id_ in held else []
            if differing or id_ not in held:
                operations.append(_update(entity, id_, document))
            if any(one.name.endswith(".id") for one in differing):
                moved.append(id_)
        # First: once this row agrees, nothing tells any more that those below it do not.
        for child, ids in self._changed.children(entity, moved) if moved else ():
            self._send_if_different(child, ids, sent)
        if operations:
            self._target.modify(operations)
            sent.updated += len(operations)

    def _with_other_sizes(self, entity: str) -> Iterator[int]:
        held = self._index.walk(entity, LOWEST_INTEGER, HIGHEST_INTEGER, SIZE_FIELDS)
        there = self._changed.sizes(entity, LOWEST_INTEGER, HIGHEST_INTEGER)
        return different(there, held)

    def apart(self, entity: str, sent: Sent, *, delete_many: bool) -> None:
        """What only one side has, found by counting. Raises TooMany."""
        bounds = self._source.bounds(entity)
        at = edges(None if bounds is None else (bounds.low, bounds.high))
        both = sides(self._source, self._index, entity)
        cells = counted(at, *both)
        if not delete_many:
            _refuse_many(cells)
        for cell in cells:
            if not cell.differs:
                continue
            for apart in narrowed(cell, *both):
                self._send_if_different(entity, apart.missing, sent)
                for some in _batches(apart.extra):
                    self._target.modify([_delete(entity, id_) for id_ in some])
                    sent.deleted += len(some)


def _refuse_many(cells: Sequence[Cell]) -> None:
    there = sum(cell.in_source for cell in cells)
    here = sum(cell.in_index for cell in cells)
    gone = here - there
    if gone >= _MANY and gone > here // 2:
        raise TooMany(
            f"the source has {there:,} rows and the index {here:,} documents; if that is right, "
            "they are deleted with --delete-many"
        )


def different(
    there: Iterator[tuple[int, Document]], held: Iterator[tuple[int, Document]]
) -> Iterator[int]:
    """Ids that both have, with other fields. Both ascend."""
    other = next(held, None)
    for id_, fields in there:
        while other is not None and other[0] < id_:
            other = next(held, None)
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
