"""Bulk loads: an entity is locked, filled by ``add`` and published as a whole by ``unlock``.

A locked entity without an index of its own is no error, as ``modify`` ignores it too; nothing is
kept of it. Not here: changes in the meantime, see ``changes``.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from search_service.catalogue import lookup
from search_service.engines.base import Document, Writer
from search_service.errors import RangeOccupied
from search_service.service.indexing.additions import add_taken, repeated_by
from search_service.service.indexing.locks import Locks
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import RefusedOperations

log = logging.getLogger(__name__)


class Populations:
    """``lock`` and ``unlock`` are called by one thread at a time, ``add`` by many."""

    def __init__(
        self,
        writer: Writer,
        locks: Locks,
        propagated_states: PropagatedStates,
        refused_operations: RefusedOperations,
        settle: Callable[[str], None],
    ) -> None:
        """``settle`` commits the pending changes of an entity."""
        self._writer = writer
        self._locks = locks
        self._propagated_states = propagated_states
        self._refused_operations = refused_operations
        self._settle = settle

    def lock(self, written: str, low: int | None, high: int | None, *, delete: bool) -> None:
        """Begin a population. Raises AlreadyLocked, StorageFailed.

        Raises RangeOccupied where documents have ``low`` < id <= ``high``, unless ``delete``.
        """
        found = lookup.find_entity(written)
        name = found.name if found else written
        with self._locks.state:
            self._locks.refuse_second(name, written)
        if found is None:
            log.warning("locked an entity that has no index", extra={"entity": written})
            self._locks.take(name)
            self._locks.open(name)
            return
        self._take(name, low, high, delete=delete)
        try:
            self._writer.begin(name, delete=delete)
            # Its documents come from elsewhere, so the fields that they repeat are unknown.
            self._propagated_states.forget(repeated_by(name))
        except BaseException:
            self._locks.free(name)
            raise
        self._locks.open(name)
        log.info("population begun", extra={"entity": name, "delete": delete})

    def unlock(self, written: str) -> None:
        """Publish a population. Raises NotLocked; StorageFailed, and then it is undone."""
        found = lookup.find_entity(written)
        name = found.name if found else written
        self._locks.end(name, written)
        try:
            if found is not None:
                self._writer.end(name)
                log.info("population ended", extra={"entity": name})
        finally:
            self._locks.free(name)

    def abandon(self, written: str) -> None:
        """Undo a population: the documents before it stay. Raises NotLocked."""
        found = lookup.find_entity(written)
        name = found.name if found else written
        self._locks.end(name, written)
        try:
            if found is not None:
                self._writer.abandon(name)
                log.warning("population abandoned", extra={"entity": name})
        finally:
            self._locks.free(name)

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> bool:
        """Add to the population of an entity; False when there is none. Raises StorageFailed."""
        with self._locks.adding(entity) as populating:
            if populating:
                add_taken(
                    partial(self._writer.add, entity), entity, documents, self._refused_operations
                )
            return populating

    def _take(self, name: str, low: int | None, high: int | None, *, delete: bool) -> None:
        self._settle(name)
        with self._locks.state:
            # Changes that came during the commit; none can come until the lock is taken.
            self._settle(name)
            if not delete:
                highest = self._writer.highest_id(name, low, high)
                if highest is not None:
                    raise RangeOccupied(highest)
            self._locks.take(name)
