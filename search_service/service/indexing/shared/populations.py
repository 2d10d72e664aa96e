"""Bulk loads of an index that several services change: any of them begins, fills or ends one.

A population belongs to the index: it goes on when the service ends that began it. Not here: changes
in the meantime, see ``changes``.
"""

import logging
from collections.abc import Mapping, Sequence

from search_service.catalogue import lookup
from search_service.engines.base import Document
from search_service.engines.shared import Population, SharedIndex, SharedState, Turn
from search_service.errors import (
    AlreadyLocked,
    BeingReindexed,
    EntityLocked,
    NotLocked,
    RangeOccupied,
)
from search_service.service.indexing.additions import add_taken, repeated_by
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.shared.commits import Commits

log = logging.getLogger(__name__)


class Populations:
    """For several threads."""

    def __init__(
        self, index: SharedIndex, commits: Commits, refused_operations: RefusedOperations
    ) -> None:
        self._index = index
        self._commits = commits
        self._refused_operations = refused_operations

    def lock(
        self, turn: Turn, written: str, low: int | None, high: int | None, *, delete: bool
    ) -> None:
        """Begin a population. Raises AlreadyLocked, BeingReindexed.

        Raises RangeOccupied where documents have ``low`` < id <= ``high``, unless ``delete``.
        """
        name = _name(written)
        state = turn.state()
        refuse_during_reindex(state)
        if name_locked(state.populations, name) is not None:
            raise AlreadyLocked(written)
        turn.lock(name)
        try:
            if lookup.find_entity(name) is None:
                log.warning("locked an entity that has no index", extra={"entity": written})
            else:
                self._prepare(turn, name, low, high, delete=delete)
            turn.begin_population(name, delete=delete)
        except Exception:
            turn.abandon_population(name)
            raise
        log.info("population begun", extra={"entity": name, "delete": delete})

    def _prepare(
        self, turn: Turn, name: str, low: int | None, high: int | None, *, delete: bool
    ) -> None:
        # What others acknowledge from now on, they acknowledge without a change of this entity.
        self._commits.settle(turn, name)
        if not delete:
            highest = turn.writer().reader().highest_id(name, low, high)
            if highest is not None:
                raise RangeOccupied(highest)
        # Its documents come from elsewhere, so the fields that they repeat are unknown.
        turn.propagated_states(turn.state().generation).forget(repeated_by(name))

    def unlock(self, turn: Turn, written: str) -> None:
        """Publish a population. Raises NotLocked; StorageFailed, and then it goes on."""
        name = self._locked(turn, written)
        turn.end_population(name)
        log.info("population ended", extra={"entity": name})

    def abandon(self, turn: Turn, written: str) -> None:
        """Undo a population: the documents before it stay. Raises NotLocked."""
        name = self._locked(turn, written)
        turn.abandon_population(name)
        log.warning("population abandoned", extra={"entity": name})

    def _locked(self, turn: Turn, written: str) -> str:
        name = name_locked(turn.state().populations, written)
        if name is None:
            raise NotLocked(written)
        self._commits.settle_refused(turn)
        return name

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> bool:
        """Add to the population of an entity; False when there is none. Raises StorageFailed."""
        while (population := self._index.state().populations.get(entity)) is not None:
            if population.is_open and self._add(entity, documents):
                return True
            if not population.is_open:
                with self._index.turn():
                    pass  # whoever begins or ends it has done so then, or has left it
        return False

    def _add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> bool:
        is_open = True

        def add(some: Sequence[tuple[int, Document]]) -> None:
            nonlocal is_open
            is_open = self._index.add(entity, some) and is_open

        add_taken(add, entity, documents, self._refused_operations)
        return is_open


def refuse_during_reindex(state: SharedState) -> None:
    """Raises BeingReindexed while a generation is built."""
    if state.kept_after is not None:
        raise BeingReindexed()


def refuse_locked(state: SharedState, entity: str) -> None:
    """Raises EntityLocked, which names the entity as it was written."""
    if name_locked(state.populations, entity) is not None:
        raise EntityLocked(entity)


def name_locked(populations: Mapping[str, Population], written: str) -> str | None:
    """The name of an entity that is locked, however it is written; None: it is not locked."""
    wanted = written.lower()
    return next((name for name in populations if name.lower() == wanted), None)


def _name(written: str) -> str:
    found = lookup.find_entity(written)
    return found.name if found else written
