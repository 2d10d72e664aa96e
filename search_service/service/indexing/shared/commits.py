"""Commits what all services acknowledged, under the turn.

Records of the journal that change a locked entity are passed over: whoever appended one saw the
lock, and refused it. Not here: when a commit is, see ``changes``; how operations are applied, see
``search_service.service.indexing.committer``.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from search_service.engines.shared import Population, SharedIndex, SharedState, Turn
from search_service.service.indexing.committer import Committer, Generation
from search_service.service.indexing.locks import changed_by
from search_service.service.indexing.pending import Pending, Step

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Uncommitted:
    last: int  # number of the last record
    pending: Pending
    refused: int  # records that are passed over


class Commits:
    """One thread at a time. Each method raises StorageFailed and, for a defect, EngineFailed."""

    def __init__(
        self,
        index: SharedIndex,
        committer: Committer,
        new_pending: Callable[[], Pending],
        check_fit: Callable[[int], None],
    ) -> None:
        """``check_fit`` raises when this service must not write into a generation."""
        self._index = index
        self._committer = committer
        self._new_pending = new_pending
        self._check_fit = check_fit

    def commit(self, turn: Turn) -> SharedState:
        """Commit everything that was acknowledged before the call. Returns the state after."""
        state = turn.state()
        self._commit(turn, state, self._uncommitted(state, state.populations))
        return turn.state()

    def settle(self, turn: Turn, entity: str) -> None:
        """Commit what was acknowledged before the entity was locked, if that changes it."""
        state = turn.state()
        others = {name: each for name, each in state.populations.items() if name != entity}
        found = self._uncommitted(state, others)
        if found.pending.touches(entity):
            self._commit(turn, state, found)

    def settle_refused(self, turn: Turn) -> None:
        """Let what was refused not be committed when its entity is locked no more."""
        state = turn.state()
        found = self._uncommitted(state, state.populations)
        if found.refused:
            self._commit(turn, state, found)

    def _uncommitted(self, state: SharedState, locked: Mapping[str, Population]) -> _Uncommitted:
        last, refused = self._index.last(), 0
        pending = self._new_pending()
        pending.doubtful = state.in_doubt
        for record in self._index.records(state.committed, last):
            steps = self._committer.read(record)
            if changes(steps, locked):
                refused += 1
            else:
                pending.add(steps, len(record))
        return _Uncommitted(last, pending, refused)

    def _commit(self, turn: Turn, state: SharedState, found: _Uncommitted) -> None:
        if found.last <= state.committed:
            return
        started = time.monotonic()
        self._check_fit(state.generation)
        if found.pending:
            turn.begin_commit()
            states = turn.propagated_states(state.generation)
            self._committer.commit(found.pending, Generation(turn.writer(), states))
        turn.end_commit(found.last)
        log.info(
            "committed",
            extra={
                "operations": found.pending.operations,
                "records": found.last - state.committed,
                "seconds": time.monotonic() - started,
            },
        )


def changes(steps: Iterable[Step], locked: Mapping[str, Population]) -> bool:
    """Whether any of these entities is changed."""
    if not locked:
        return False
    names = {entity.lower() for entity in locked}
    return any(
        entity.lower() in names
        for step in steps
        for entity in (
            changed_by([step.operation]) if step.propagates else (step.operation.entity,)
        )
    )
