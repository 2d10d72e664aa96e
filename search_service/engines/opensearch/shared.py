"""The index as several services change it: turns, the journal, documents of populations.

Not here: what is done in a turn, see ``turn``; how state and journal are kept, see ``control``.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from search_service.engines.base import Document, IndexStatus, Put, Reader
from search_service.engines.fit import check_fit
from search_service.engines.opensearch.cluster.checks import ending_start
from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.control.journal import Journal
from search_service.engines.opensearch.control.state import IndexState, Phase
from search_service.engines.opensearch.counting import figures_of
from search_service.engines.opensearch.parts import Parts
from search_service.engines.opensearch.turn import ClusterTurn
from search_service.engines.shared import SharedState
from search_service.errors import NotNow

log = logging.getLogger(__name__)


class ClusterSharedIndex:
    """As in ``SharedIndex``."""

    def __init__(
        self, parts: Parts, check: Callable[[], None], status: Callable[[], IndexStatus]
    ) -> None:
        """``check`` raises what is wrong with the cluster; ``status`` gives that of the index."""
        self._parts = parts
        self._check = check
        self._status = status
        self._journal = Journal(parts.journal, parts.state.read)
        self._one = threading.Lock()  # one thread of this process waits for the turn, or has it

    def open(self, *, create: bool) -> bool:
        """As in ``SharedIndex``."""
        with ending_start():
            return self._opened(create=create)

    def _opened(self, *, create: bool) -> bool:
        self._check()
        parts = self._parts
        is_made = False
        if not parts.control.exists():
            if not create:
                raise parts.state.missing()
            parts.make_control_indices()
        found = parts.state.find()
        if found is None or not found.generation:
            if not create:
                raise parts.state.missing()
            is_made = self._make()
        elif create:
            self._make_removed()
        state = parts.state.read()
        check_fit(parts.place, parts.known.read(state.generation).fit, parts.fit)
        parts.remove_places()
        return is_made

    def _make(self) -> bool:
        """Make the index, if no other service does so meanwhile. Returns whether this one did."""
        parts = self._parts
        parts.make_control_indices()
        parts.state.make(IndexState(uuid.uuid4().hex))
        with self._turn(None) as turn:
            if turn.is_made:
                return False
            turn.make()
            return True

    def _make_removed(self) -> None:
        """Make those indices anew that somebody removed, which would end every commit."""
        parts = self._parts
        if not parts.journal.exists():
            log.error(
                "the index of the journal was removed, and with it what was acknowledged and not "
                "committed; bring that in by icat-search sync",
                extra={"index": parts.journal.index},
            )
        elif not parts.states.exists():
            log.error(
                "the index of propagated states was removed: the next change of each related "
                "entity is propagated whole",
                extra={"index": parts.states.index},
            )
        else:
            return
        parts.make_control_indices()

    def state(self) -> SharedState:
        """As in ``SharedIndex``."""
        state = self._parts.state.read()
        self._journal.note(state)
        return state.shared()

    # ── turns ────────────────────────────────────────────────────────────────────────────────────

    def turn(self, wait_seconds: float | None = None) -> AbstractContextManager[ClusterTurn]:
        """As in ``SharedIndex``."""
        return self._turn(wait_seconds)

    @contextmanager
    def _turn(self, wait_seconds: float | None) -> Iterator[ClusterTurn]:
        if not self._one.acquire(timeout=-1 if wait_seconds is None else max(0.0, wait_seconds)):
            raise _busy()
        try:
            lease = self._parts.state.lease(self._parts.cluster_options.lease_seconds)
            held = lease.take(wait_seconds)
            if held is None:
                raise _busy()
            try:
                turn = ClusterTurn(self._parts, HeldState(held), self._journal)
            except BaseException:
                held.give_back()  # else nobody could have a turn for as long as this process lives
                raise
            try:
                turn.end_what_was_left(by_a_crash=held.took_over)
                yield turn
            finally:
                turn.give_back()
        finally:
            self._one.release()

    # ── the journal ──────────────────────────────────────────────────────────────────────────────

    def append(self, record: bytes) -> int:
        """As in ``SharedIndex``."""
        return self._journal.append(record)

    def last(self) -> int:
        """As in ``SharedIndex``."""
        return self._journal.last()

    def records(self, after: int, up_to: int) -> Iterator[bytes]:
        """As in ``SharedIndex``."""
        return self._journal.records(after, up_to)

    def journal_size(self) -> int:
        """As in ``SharedIndex``: as the cluster has it on its disks."""
        index = self._parts.names.journal
        return figures_of(self._parts.cluster, [index])[index].size

    # ── populations and figures ──────────────────────────────────────────────────────────────────

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> bool:
        """As in ``SharedIndex``.

        Documents that come too late for a population are added otherwise, by who is told False.
        """
        population = self._parts.state.read().populations.get(entity)
        if population is None or population.phase is not Phase.OPEN or population.index is None:
            return False
        index = self._parts.names.written(population.index)
        puts = [Put(id_, document) for id_, document in documents]
        if not self._parts.kinds.bulk(entity, index, puts, population.version):
            return False
        # One that ends meanwhile may have been made visible without some of them.
        return self._parts.state.read().populations.get(entity) == population

    def reader(self) -> Reader:
        """As in ``SharedIndex``."""
        reader = self._parts.kinds.reader(None)
        reader.renew()
        return reader

    def status(self) -> IndexStatus:
        """As in ``SharedIndex``."""
        return self._status()

    def close(self) -> None:
        """As in ``SharedIndex``."""
        self._parts.kinds.close()
        self._parts.cluster.close()


def _busy() -> NotNow:
    return NotNow(
        "Another change of the index has not ended in time; see what the services of this index "
        "do, then send the request again"
    )
