"""Changes documents of a generation, for who has the turn.

What is applied is sent when there is enough of it, and when it is committed; no search finds it
before the refresh at the commit. Each change has the token of the turn as its version, so one that
arrives late loses. Not here: how changes become requests, see ``encoded_changes``.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from search_service.engines.base import Change, Reader
from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.write.indices import Indices
from search_service.errors import EngineFailed, EngineUnavailable

log = logging.getLogger(__name__)

SENT_AT_ONCE = 10_000  # changes


class Bulk(Protocol):
    """Sends changes to an index."""

    def __call__(self, entity: str, index: str, changes: Sequence[Change], version: int) -> bool:
        """Carry out changes, but not those of documents that a later turn has written.

        ``index``: the alias by which it is written. Returns False when there is none (any more).
        """
        ...


class ClusterChangeWriter:
    """As in ``ChangeWriter``. ``committed`` is told which entities changed."""

    def __init__(
        self,
        held: HeldState,
        indices: Indices,
        of_entities: Mapping[str, str],
        bulk: Bulk,
        reader: Callable[[], Reader],
        committed: Callable[[Collection[str]], None],
    ) -> None:
        self._held = held
        self._indices = indices
        self._of_entities = of_entities
        self._bulk = bulk
        self._new_reader = reader
        self._committed = committed
        self._reader: Reader | None = None
        self._applied: dict[str, dict[int, Change]] = {}
        self._sent: set[str] = set()

    @property
    def damaged(self) -> Collection[str]:
        """As in ``ChangeWriter``: what is missing in a cluster is an error that ends by itself."""
        return ()

    def look_for_damage(self, goes_on: Callable[[], bool] = lambda: True) -> bool:
        """As in ``ChangeWriter``: the cluster looks for itself."""
        return False

    def reader(self) -> Reader:
        """As in ``ChangeWriter``."""
        if self._reader is None:
            self._reader = self._new_reader()
            self._reader.renew()
        return self._reader

    def apply(self, entity: str, changes: Iterable[Change]) -> None:
        """As in ``ChangeWriter``."""
        applied = self._applied.setdefault(entity, {})
        for change in changes:
            applied[change.id] = change  # the last one of a document counts
            if len(applied) >= SENT_AT_ONCE:
                self._send(entity)
                applied = self._applied.setdefault(entity, {})

    def _send(self, entity: str) -> None:
        changes = list(self._applied.pop(entity, {}).values())
        if changes:
            self._held.check()
            self._sent.add(entity)
            index = self._indices.names.written(self._of_entities[entity])
            try:
                is_there = self._bulk(entity, index, changes, self._held.token)
            except (EngineUnavailable, EngineFailed) as error:
                if self._unblocked(self._of_entities[entity]):
                    raise EngineUnavailable(
                        f"The index of {entity} was blocked and is not any more; try again"
                    ) from error
                raise
            if not is_there:
                self._held.check()
                raise EngineUnavailable(
                    f"The index of {entity} is missing; restore it from a snapshot, or clear the "
                    "index (POST /icat.lucene/clear) and build it anew by `icat-search reindex`"
                )

    def _unblocked(self, index: str) -> bool:
        """Let an index be written that a holder blocked who was too late to know that it is not.

        Returns whether it was.
        """
        self._held.check()
        if not self._indices.is_blocked(index):
            return False
        self._held.check()
        log.warning("an index was blocked", extra={"index": index})
        self._indices.block([index], is_blocked=False)
        return True

    def commit(self, entities: Iterable[str]) -> None:
        """As in ``ChangeWriter``."""
        names = list(entities)
        for entity in names:
            self._send(entity)
        changed = sorted(self._sent.intersection(names))
        if changed:
            self._held.check()
            self._indices.refresh([self._of_entities[entity] for entity in changed])
            self._committed(changed)
            self._sent.difference_update(changed)
            self.close()  # a new one remembers nothing of before

    def undo(self) -> None:
        """As in ``ChangeWriter``: what was sent is sent again by whoever commits it."""
        self._applied.clear()

    def close(self) -> None:
        """Give back the reader."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
