"""Brings into a running service what changed in the database since the last time.

Changes go there as a catalogue sends them, so that the service keeps them in its journal and
carries them into the documents that repeat them. What is right already is not sent. The time is
noted entity by entity, after the commit: a run that is ended at any place is simply begun again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from analyzers import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER, Document
from search_service.reindex.calling import Refused
from search_service.reindex.cells import Cell, counted, edges, narrowed
from search_service.reindex.changed import SIZE_FIELDS, Changed
from search_service.reindex.check import sides
from search_service.reindex.compare import differences, kept
from search_service.reindex.held import Held
from search_service.reindex.sql import SqlSource
from search_service.reindex.sync_state import State

_BATCH = 1_000
_MANY = 100  # documents: where more than half go, and so many, the source may be the wrong one

T = TypeVar("T")


class _TooMany(Exception):
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be synced, and since when."""

    entities: Sequence[str]
    overlap: timedelta  # so much before the last time it begins
    since: datetime | None = None  # instead of the last time
    counts: bool = True  # whether what has gone, or was never seen, is looked for
    delete_many: bool = False


@dataclass(frozen=True, slots=True)
class Synced:
    """What was done for one entity. ``left``: why it is left for the next time."""

    entity: str
    updated: int = 0
    deleted: int = 0
    unfit: int = 0
    left: str = ""


def told(synced: Synced) -> str:
    """A line for a person."""
    if synced.left:
        return f"{synced.entity}: left for the next time, because {synced.left}"
    unfit = f", {synced.unfit:,} left out" if synced.unfit else ""
    return f"{synced.entity}: {synced.updated:,} updated, {synced.deleted:,} deleted{unfit}"


def sync(
    source: SqlSource, target: Target, held: Held, units: Units, wanted: Wanted, state: State
) -> Iterator[Synced]:
    """Related entities first, then those with documents. Raises SourceFailed, CannotSync."""
    work = _Sync(source, target, held, units, wanted, state)
    target.commit()  # what the catalogue sent and nobody sees yet would be sent again
    for related in work.related:
        yield work.of(related, work.send_related)
    for entity in wanted.entities:
        yield work.of(entity, work.send_documents)


class _Sync:
    def __init__(
        self,
        source: SqlSource,
        target: Target,
        held: Held,
        units: Units,
        wanted: Wanted,
        state: State,
    ) -> None:
        self._source = source
        self._changed: Changed = source.changed()
        self._target = target
        self._held = held
        self._units = units
        self._wanted = wanted
        self._state = state
        self._began = self._changed.now()

    @property
    def related(self) -> list[str]:
        return [
            related
            for related in self._changed.related
            if any(one.entity in self._wanted.entities for one in lookup.carriers(related))
        ]

    def of(self, entity: str, send: Callable[[str, datetime | None], "_Sent"]) -> Synced:
        locked = self._target.locked()
        carrying = [one.entity for one in lookup.carriers(entity)]
        if busy := [name for name in (entity, *carrying) if name in locked]:
            return Synced(entity, left=f"{busy[0]} is being populated")
        try:
            sent = send(entity, self._since(entity))
            self._target.commit()
        except (Refused, _TooMany) as error:
            return Synced(entity, left=str(error))
        self._state.note(entity, self._began)
        return Synced(entity, sent.updated, sent.deleted, sent.unfit)

    def _since(self, entity: str) -> datetime | None:
        """None: everything is compared."""
        last = self._wanted.since or self._state.since(entity)
        if last is None or self._wanted.since is not None:
            return last
        return last - self._wanted.overlap

    def send_related(self, related: str, since: datetime | None) -> "_Sent":
        """Nothing when everything is compared: each document says what it repeats."""
        sent = _Sent()
        if since is not None:
            rows = self._changed.rows(related, since)
            while some := list(islice(rows, _BATCH)):
                self._target.modify([_update(related, *row) for row in some])
                sent.updated += len(some)
        return sent

    def send_documents(self, entity: str, since: datetime | None) -> "_Sent":
        sent = _Sent()
        if since is None:
            self._send_all(entity, sent)
        else:
            for ids in self._changed.ids(entity, since):
                self._send_if_different(entity, ids, sent)
            if self._changed.has_sizes(entity):
                self._send_if_different(entity, self._with_other_sizes(entity), sent)
        if self._wanted.counts:
            self._target.commit()  # counts are of what is seen
            self._send_apart(entity, sent)
        return sent

    def _send_all(self, entity: str, sent: "_Sent") -> None:
        for block in self._source.read(entity, LOWEST_INTEGER, HIGHEST_INTEGER):
            for rows in _batches(block):
                self._send_rows(entity, rows, sent)

    def _send_if_different(self, entity: str, ids: Iterable[int], sent: "_Sent") -> None:
        for some in _batches(ids):
            rows = self._source.pick(entity, some)
            self._send_rows(entity, rows, sent)

    def _send_rows(self, entity: str, rows: Sequence[tuple[int, Document]], sent: "_Sent") -> None:
        held = self._held.documents(entity, [id_ for id_, _ in rows])
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
        held = self._held.walk(entity, LOWEST_INTEGER, HIGHEST_INTEGER, SIZE_FIELDS)
        there = self._changed.sizes(entity, LOWEST_INTEGER, HIGHEST_INTEGER)
        return different(there, held)

    def _refuse_many(self, cells: Sequence[Cell]) -> None:
        there, here = (
            sum(cell.in_source for cell in cells),
            sum(cell.in_index for cell in cells),
        )
        gone = here - there
        if gone >= _MANY and gone > here // 2 and not self._wanted.delete_many:
            raise _TooMany(
                f"the source has {there:,} rows and the index {here:,} documents; if that is "
                "right, they are deleted with --delete-many"
            )

    def _send_apart(self, entity: str, sent: "_Sent") -> None:
        bounds = self._source.bounds(entity)
        at = edges(None if bounds is None else (bounds.low, bounds.high))
        both = sides(self._source, self._held, entity)
        cells = counted(at, *both)
        self._refuse_many(cells)
        for cell in cells:
            if not cell.differs:
                continue
            for apart in narrowed(cell, *both):
                self._send_if_different(entity, apart.missing, sent)
                for some in _batches(apart.extra):
                    self._target.modify([_delete(entity, id_) for id_ in some])
                    sent.deleted += len(some)


@dataclass
class _Sent:
    updated: int = 0
    deleted: int = 0
    unfit: int = 0


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
