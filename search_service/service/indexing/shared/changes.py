"""Takes changes as the catalogue sends them, into the journal of an index that is shared.

An operation is acknowledged when its record is durable in the index and no population began or
ended meanwhile; then it is in the next commit, whichever service makes that. Not here: commits, see
``commits``; bulk loads, see ``populations``.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from threading import Lock

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import Document, Operation
from search_service.catalogue.relations import PROPAGATIONS
from search_service.engines.shared import SharedIndex, SharedState
from search_service.errors import EntityLocked, TurnLost
from search_service.service.indexing.changes import ChangesStatus
from search_service.service.indexing.committer import Committer, NoDeferrals
from search_service.service.indexing.limits import CommitLimits
from search_service.service.indexing.locks import changed_by
from search_service.service.indexing.pending import Pending, Step
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.shared.appended import Appended
from search_service.service.indexing.shared.commits import Commits
from search_service.service.indexing.shared.hand_over import HandOver
from search_service.service.indexing.shared.populations import (
    Populations,
    refuse_during_reindex,
    refuse_locked,
)
from search_service.service.indexing.steps import StepReader, add_record, modify_record

log = logging.getLogger(__name__)

_TRIES = 3  # to commit, while other services take over
# A commit, or a population that begins or ends, which has not ended after so long is looked after.
# Who does so waits for its turn, and so for whoever is at work.
_LOOK_AFTER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Unended:
    committed: int
    locks_version: int


class SharedChanges:
    """For several threads, beside other services. Nothing is kept that others need."""

    def __init__(
        self,
        index: SharedIndex,
        units: Units,
        *,
        refused_operations: RefusedOperations,
        facetable: Collection[str] = (),
        limits: CommitLimits | None = None,
        check_fit: Callable[[int], None] = lambda generation: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``facetable``: fields whose values are also indexed as a whole.

        ``check_fit`` raises when this service must not write into a generation. ``monotonic``:
        seconds, by a clock that nobody sets.
        """
        self._index = index
        self._limits = limits or CommitLimits()
        self._monotonic = monotonic
        self._steps = StepReader(units)
        turns = count()
        self._committer = Committer(
            NoDeferrals(),
            refused_operations,
            self._steps,
            units,
            exact=frozenset(facetable),
            new_pending=lambda: Pending(turns),
            is_full=lambda pending: self._limits.are_reached(pending.operations, pending.size),
        )
        self._commits = Commits(index, self._committer, lambda: Pending(turns), check_fit)
        self._populations = Populations(index, self._commits, refused_operations)
        self._appended = Appended()
        # One thread of this service waits for the turn, or has it; the others wait for that one.
        self._changing = Lock()
        self._unended: tuple[_Unended, float] | None = None
        # Whoever committed last has another clock: what counts is when it was seen by ours.
        self._last_commit: tuple[float | None, float | None] = None, None
        self._known: SharedState | None = None  # as it was when a record was appended last

    # ── changes ────────────────────────────────────────────────────────────────────────────────

    def modify(self, operations: Sequence[Operation]) -> None:
        """Accept operations, in order; they are durable on return.

        Raises BadRequest, EntityLocked, StorageFailed.
        """
        steps = [self._steps.step(operation) for operation in operations]
        self._accept(
            [step for step in steps if step is not None],
            lambda: modify_record(operations),
            lambda state: _refuse_locked(state, operations),
        )

    def add_now(self, entity: str, documents: Sequence[Document]) -> None:
        """Add documents, to the population of a locked entity too.

        Raises BadRequest, StorageFailed.
        """
        found = lookup.find_entity(entity)
        if found is None:
            log.warning("documents of an entity that has no index", extra={"entity": entity})
            return
        prepared = self._steps.prepared(found, documents)
        steps: Sequence[Step] | None = None
        name = found.name
        while not self._populations.add(name, prepared):
            steps = steps or self._steps.added(found, prepared)
            if self._appended_unlocked(steps, add_record(name, documents), name):
                return

    def commit(self) -> None:
        """Make all acknowledged changes visible, whichever service acknowledged them.

        But for those of populations. Raises StorageFailed.
        """
        for tried in range(1, _TRIES + 1):
            try:
                self._commit()
                return
            except TurnLost:
                if tried == _TRIES:
                    raise

    # ── populations ────────────────────────────────────────────────────────────────────────────

    def lock(self, entity: str, low: int | None, high: int | None, *, delete: bool) -> None:
        """Begin a population. Raises AlreadyLocked, BeingReindexed.

        Raises RangeOccupied where documents have ``low`` < id <= ``high``, unless ``delete``.
        """
        with self._changing, self._index.turn() as turn:
            self._populations.lock(turn, entity, low, high, delete=delete)

    def unlock(self, entity: str) -> None:
        """End a population. Raises NotLocked."""
        with self._changing, self._index.turn() as turn:
            self._populations.unlock(turn, entity)

    def abandon(self, entity: str) -> None:
        """Undo a population. Raises NotLocked."""
        with self._changing, self._index.turn() as turn:
            self._populations.abandon(turn, entity)

    def clear(self) -> None:
        """Remove all documents and changes. Raises BeingReindexed, StorageFailed."""
        with self._changing, self._index.turn() as turn:
            state = turn.state()
            refuse_during_reindex(state)
            turn.propagated_states(state.generation).forget(PROPAGATIONS)
            turn.clear(self._index.last())
        log.info("cleared")

    # ── generations ────────────────────────────────────────────────────────────────────────────

    def hand_over(self) -> HandOver:
        """What lets another generation be searched."""
        return HandOver(self._index, self._commits, self._committer)

    # ── what is done now and then ──────────────────────────────────────────────────────────────

    def tend(self) -> None:
        """Commit when it is time; end what another service began and left. Called now and then."""
        state = self._index.state()
        self._appended.note_committed(state.committed, self._index.last())
        if self._limits.is_time(self._since_last_commit(state)):
            self.commit()
        elif self._is_left(state):
            with self._changing, self._index.turn() as turn:
                if turn.state().in_doubt:
                    self._commits.commit(turn)

    def _since_last_commit(self, state: SharedState) -> float | None:
        last_commit, seen = self._last_commit
        if state.last_commit != last_commit:
            last_commit, seen = self._last_commit = state.last_commit, self._monotonic()
        return None if seen is None else self._monotonic() - seen

    def _is_left(self, state: SharedState) -> bool:
        """Whether something was begun some seconds ago that has not ended."""
        if not state.in_doubt and all(each.is_open for each in state.populations.values()):
            self._unended = None
            return False
        unended = _Unended(state.committed, state.locks_version)
        if self._unended is None or self._unended[0] != unended:
            self._unended = unended, self._monotonic()
        return self._monotonic() - self._unended[1] >= _LOOK_AFTER_SECONDS

    def status(self) -> ChangesStatus:
        """The state now. It takes two requests."""
        state = self._index.state()
        self._appended.note_committed(state.committed, self._index.last())
        return ChangesStatus(
            locked={name: each.since for name, each in state.populations.items()},
            pending_operations=self._appended.operations,
            pending_size=self._appended.size,
            last_commit=state.last_commit,
            replayed=0,
            pending_since=self._appended.since,
        )

    def close(self) -> None:
        """Let go of the index. What is not committed is there for the other services."""
        self._index.close()

    # ── from request to record ─────────────────────────────────────────────────────────────────

    def _accept(
        self,
        steps: Sequence[Step],
        record: Callable[[], bytes],
        refuse: Callable[[SharedState], None],
    ) -> None:
        self._commit_when_due()
        if not steps:
            refuse(self._index.state())
            return
        content = record()
        state = self._unlocked(refuse)
        while True:
            before, state = state, self._append(content, len(steps))
            if state.locks_version == before.locks_version:
                return
            # A commit may have passed over the record, or not: once more does no harm.
            refuse(state)

    def _unlocked(self, refuse: Callable[[SharedState], None]) -> SharedState:
        """A state of now or before, in which nothing is locked that is changed.

        If no population begins or ends from then until a record is appended, there was no lock.
        """
        known = self._known
        if known is not None:
            try:
                refuse(known)
            except EntityLocked:
                pass  # it may be unlocked by now
            else:
                return known
        state = self._known = self._index.state()
        refuse(state)
        return state

    def _appended_unlocked(self, steps: Sequence[Step], content: bytes, entity: str) -> bool:
        """Append additions; False when their entity is, or may have been, locked meanwhile."""
        self._commit_when_due()
        before = self._index.state()
        if entity in before.populations:
            return False
        return not steps or (
            self._append(content, len(steps)).locks_version == before.locks_version
        )

    def _append(self, content: bytes, operations: int) -> SharedState:
        """Append a record. Returns the state after."""
        number = self._index.append(content)
        state = self._known = self._index.state()
        self._appended.note_committed(state.committed)
        self._appended.note(number, operations, len(content))
        return state

    def _commit_when_due(self) -> None:
        if self._limits.are_reached(self._appended.operations, self._appended.size):
            self.commit()

    def _commit(self) -> None:
        # In this order: what was acknowledged before the call is at or below the last record.
        last = self._index.last()
        if self._is_committed(last):
            return
        with self._changing:
            if self._is_committed(last):
                return  # by another thread, or another service
            with self._index.turn() as turn:
                self._appended.note_committed(self._commits.commit(turn).committed)

    def _is_committed(self, last: int) -> bool:
        committed = self._index.state().committed
        self._appended.note_committed(committed, last)
        return committed >= last


def _refuse_locked(state: SharedState, operations: Iterable[Operation]) -> None:
    for entity in changed_by(operations):
        refuse_locked(state, entity)
