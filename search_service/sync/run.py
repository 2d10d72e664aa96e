"""Brings into a running service what changed in the database since the last time.

Changes go there as a catalogue sends them, so that the service keeps them in its journal and
propagates them into the documents that repeat them. What is right already is not sent. The time is
noted entity by entity, after the commit: a run that is ended at any place is simply begun again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analyzers import Units
from search_service.catalogue import lookup
from search_service.client.index_client import IndexClient
from search_service.client.operations import Refused
from search_service.sources.sql.reader import SqlSource
from search_service.sync.sending import Sending, Sent, Target, TooMany
from search_service.sync.state import State


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
    source: SqlSource,
    target: Target,
    index: IndexClient,
    units: Units,
    wanted: Wanted,
    state: State,
) -> Iterator[Synced]:
    """Related entities first, then those with documents. Raises SourceFailed, CannotSync."""
    work = _Sync(source, target, index, units, wanted, state)
    target.commit()  # what the catalogue sent and nobody sees yet would be sent again
    for related in work.related:
        yield work.send_related(related)
    for entity in wanted.entities:
        yield work.send_documents(entity)


class _Sync:
    def __init__(
        self,
        source: SqlSource,
        target: Target,
        index: IndexClient,
        units: Units,
        wanted: Wanted,
        state: State,
    ) -> None:
        changed = source.changed()
        self._target = target
        self._sending = Sending(source, changed, target, index, units)
        self._wanted = wanted
        self._state = state
        self._began = changed.now()
        self.related = [
            related
            for related in changed.related
            if any(one.entity in wanted.entities for one in lookup.propagations(related))
        ]

    def send_related(self, related: str) -> Synced:
        since = self._since(related)
        if since is None:
            # Documents that are compared as a whole say themselves what they repeat. From then on
            # it is followed, whichever of them had to be left.
            self._state.note(related, self._began)
            return Synced(related)
        return self._done(related, lambda sent: self._sending.related(related, since, sent))

    def send_documents(self, entity: str) -> Synced:
        def send(sent: Sent) -> None:
            since = self._since(entity)
            if since is None:
                self._sending.all_that_differ(entity, sent)
            else:
                self._sending.changed_since(entity, since, sent)
            if self._wanted.counts:
                self._target.commit()  # counts are of what is seen
                self._sending.apart(entity, sent, delete_many=self._wanted.delete_many)

        return self._done(entity, send)

    def _done(self, entity: str, send: Callable[[Sent], None]) -> Synced:
        locked = self._target.locked()
        repeating = [one.entity for one in lookup.propagations(entity)]
        if busy := [name for name in (entity, *repeating) if name in locked]:
            return Synced(entity, left=f"{busy[0]} is being populated")
        sent = Sent()
        try:
            send(sent)
            self._target.commit()
        except (Refused, TooMany) as error:
            return Synced(entity, left=str(error))
        self._state.note(entity, self._began)
        return Synced(entity, sent.updated, sent.deleted, sent.unfit)

    def _since(self, entity: str) -> datetime | None:
        """None: everything is compared."""
        if self._wanted.since is not None:
            return self._wanted.since
        last = self._state.since(entity)
        return None if last is None else last - self._wanted.overlap
