"""Brings into a running service the rows that changed in the database since the last time.

Changes are sent as a catalogue sends them, so that the service keeps them in its journal and
propagates them into the documents that repeat them. Documents that agree already are not sent. The
time is recorded entity by entity, after the commit: a run that was interrupted is started again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analyzers import Units
from search_service.catalogue import lookup
from search_service.catalogue.document_limits import DocumentLimits
from search_service.client.index_client import IndexClient
from search_service.client.operations import Refused
from search_service.runtime.sync_file import SyncRun
from search_service.sources.sql.reader import SqlSource
from search_service.sync.sender import SendCounts, Sender, Target, TooManyDeletions
from search_service.sync.state import SyncState


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """Which entities are updated, and since when."""

    entities: Sequence[str]
    overlap: timedelta  # the update starts this long before the last time
    since: datetime | None = None  # instead of the last time
    counts: bool = True  # whether ids that only one side has are looked for by counting
    delete_many: bool = False  # also where more than half of an entity would go


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """The result for one entity, in documents. ``left``: why it is left for the next time."""

    entity: str
    updated: int = 0
    added: int = 0  # of those updated
    deleted: int = 0
    unfit: int = 0  # rows that no document can be made of
    left: str = ""


def update_index(
    source: SqlSource,
    target: Target,
    index: IndexClient,
    units: Units,
    limits: DocumentLimits,
    options: UpdateOptions,
    state: SyncState,
) -> Iterator[UpdateResult]:
    """Update related entities first, then those with documents. Raises SourceFailed, CannotSync."""
    work = _Update(source, target, index, units, limits, options, state)
    target.commit()  # changes that the catalogue sent and nobody sees yet would be sent again
    for related in work.related:
        yield work.send_related(related)
    for entity in options.entities:
        yield work.send_documents(entity)


class _Update:
    def __init__(
        self,
        source: SqlSource,
        target: Target,
        index: IndexClient,
        units: Units,
        limits: DocumentLimits,
        options: UpdateOptions,
        state: SyncState,
    ) -> None:
        changed = source.changed()
        self._target = target
        self._sender = Sender(source, changed, target, index, units, limits)
        self._options = options
        self._state = state
        self._began = changed.now()
        self.related = [
            related
            for related in changed.related
            if any(each.entity in options.entities for each in lookup.propagations(related))
        ]

    def send_related(self, related: str) -> UpdateResult:
        since = self._since(related)
        if since is None:
            # Documents that are compared as a whole hold the fields that they repeat. From then on
            # the related entity is followed, even where some of the documents were left.
            self._state.record(related, self._began)
            return UpdateResult(related)
        return self._send(related, lambda counts: self._sender.send_related(related, since, counts))

    def send_documents(self, entity: str) -> UpdateResult:
        def send(counts: SendCounts) -> None:
            since = self._since(entity)
            if since is None:
                self._sender.send_all_that_differ(entity, counts)
            else:
                self._sender.send_changed(entity, since, counts)
            if self._options.counts:
                self._target.commit()  # only committed documents are counted
                self._sender.send_id_differences(
                    entity, counts, delete_many=self._options.delete_many
                )

        return self._send(entity, send)

    def _send(self, entity: str, send: Callable[[SendCounts], None]) -> UpdateResult:
        locked = self._target.locked()
        repeating = [each.entity for each in lookup.propagations(entity)]
        if busy := [name for name in (entity, *repeating) if name in locked]:
            return UpdateResult(entity, left=f"{busy[0]} is being populated")
        counts = SendCounts()
        try:
            send(counts)
            self._target.commit()
        except (Refused, TooManyDeletions) as error:
            return UpdateResult(entity, left=str(error))
        run: SyncRun | None = None
        if lookup.find_entity(entity) is not None:
            changed = counts.updated - counts.added
            run = SyncRun(datetime.now(UTC), counts.added, changed, counts.deleted)
        self._state.record(entity, self._began, run)
        return UpdateResult(entity, counts.updated, counts.added, counts.deleted, counts.unfit)

    def _since(self, entity: str) -> datetime | None:
        """From when on rows are sent; None: every row is compared."""
        if self._options.since is not None:
            return self._options.since
        last = self._state.since(entity)
        return None if last is None else last - self._options.overlap
