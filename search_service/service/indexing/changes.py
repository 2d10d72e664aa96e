"""Takes changes as the catalogue sends them, and hands them over to the next generation.

Changes are applied in order, all of a request or none; they are durable when acknowledged, and
visible after a commit. Not here: operations as steps and as records, see ``steps``; commits that
fail, see ``committer``; bulk loads, see ``population``.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import Document, Operation
from search_service.engines.base import Writer
from search_service.errors import (
    BeingReindexed,
    CannotReindex,
    EntityLocked,
    StorageFailed,
)
from search_service.files import NotDurable, is_full
from search_service.service.indexing.committer import Committer, Generation
from search_service.service.indexing.journal.journal import Journal
from search_service.service.indexing.last_commit import LastCommit
from search_service.service.indexing.limits import CommitLimits
from search_service.service.indexing.locks import Locks, changed_by
from search_service.service.indexing.pending import Pending, Step
from search_service.service.indexing.population import Populations
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.steps import StepReader, add_record, modify_record

log = logging.getLogger(__name__)

# The next generation catches up in rounds, while changes go on; for the last few they wait.
_FEW = 500  # operations
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class ChangesStatus:
    """The state of changes, for operators. Times are in seconds since 1970."""

    locked: Mapping[str, float]  # entity → since when
    pending_operations: int
    pending_size: int  # bytes
    last_commit: float | None
    replayed: int  # operations found in the journal at the start
    waiting: frozenset[str] = frozenset()  # entities whose changes wait for damaged files
    pending_since: float | None = None  # when the oldest that is not committed was acknowledged


class Changes:
    """Safe for several threads. Only additions to populations run beside each other."""

    def __init__(
        self,
        writer: Writer,
        journal: Journal,
        propagated_states: PropagatedStates,
        units: Units,
        *,
        refused_operations: RefusedOperations,
        last_commit: LastCommit,
        facetable: Collection[str] = (),
        limits: CommitLimits | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``facetable``: fields whose values are also indexed as a whole; clocks: in seconds.

        ``clock`` tells people when, ``monotonic`` how long ago.
        """
        self._refused_operations = refused_operations
        self._writer = writer
        self._journal = journal
        self._propagated_states = propagated_states
        self._limits = limits or CommitLimits()
        self._clock = clock
        self._monotonic = monotonic
        self._locks = Locks(clock)
        self._populations = Populations(
            writer, self._locks, propagated_states, refused_operations, self._settle
        )
        self._committing = threading.RLock()  # held by commit, lock, unlock and clear
        self._turns = count()
        self._pending = self._new_pending()
        self._pending_since: float | None = None  # of the first of them
        self._steps = StepReader(units)
        self._committer = Committer(
            journal,
            refused_operations,
            self._steps,
            units,
            exact=frozenset(facetable),
            new_pending=self._new_pending,
            is_full=self._is_full,
        )
        self._noted_commit = last_commit
        self._last_commit = last_commit.find()
        # The same by the clock that nobody sets; None: not since the start.
        self._committed: float | None = None
        self._replayed = 0

    # ── changes ────────────────────────────────────────────────────────────────────────────────

    def modify(self, operations: Sequence[Operation]) -> None:
        """Accept operations, in order; they are durable on return.

        Raises BadRequest, EntityLocked, StorageFailed.
        """
        steps = [self._steps.step(operation) for operation in operations]
        self._accept(
            [step for step in steps if step is not None],
            lambda: modify_record(operations),
            lambda: self._refuse_locked(operations),
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
        while not self._populations.add(found.name, prepared):
            steps = steps or self._steps.added(found, prepared)
            try:
                self._accept(
                    steps,
                    lambda: add_record(found.name, documents),
                    lambda: self._locks.refuse_locked(found.name, entity),
                )
            except EntityLocked:
                continue  # locked since it was asked
            return

    def commit(self) -> None:
        """Make all acknowledged changes visible, except those of populations.

        Raises StorageFailed.
        """
        with self._committing, _storage_named():
            self._commit()

    # ── populations ────────────────────────────────────────────────────────────────────────────

    def lock(self, entity: str, low: int | None, high: int | None, *, delete: bool) -> None:
        """Begin a population. Raises AlreadyLocked, BeingReindexed.

        Raises RangeOccupied where documents have ``low`` < id <= ``high``, unless ``delete``.
        """
        with self._committing, _storage_named():
            self._refuse_during_reindex()
            self._populations.lock(entity, low, high, delete=delete)

    def unlock(self, entity: str) -> None:
        """End a population. Raises NotLocked."""
        with self._committing, _storage_named():
            try:
                self._populations.unlock(entity)
            except NotDurable as error:
                raise self._stopped(error) from error

    def abandon(self, entity: str) -> None:
        """Undo a population. Raises NotLocked."""
        with self._committing, _storage_named():
            self._populations.abandon(entity)

    def clear(self) -> None:
        """Remove all documents and changes. Raises BeingReindexed, StorageFailed."""
        with self._committing, self._locks.state:
            self._refuse_during_reindex()
            self._locks.end_all()
            try:
                try:
                    self._writer.clear()
                except NotDurable as error:
                    self._pending = self._new_pending()
                    raise self._stopped(error) from error
                except OSError as error:
                    raise StorageFailed(f"Nothing could be cleared: {error}") from error
                self._pending = self._new_pending()
                self._journal.restart(self._writer.generation)
                self._propagated_states.restart(self._writer.generation)
            finally:
                self._locks.free_all()
        log.info("cleared")

    # ── the next generation ────────────────────────────────────────────────────────────────────

    def hold(self) -> None:
        """Keep all changes not committed by now for the next generation, over restarts too.

        Until ``hand_over`` or ``release`` populations and ``clear`` are refused. Raises
        CannotReindex while there is a population.
        """
        with self._committing, self._locks.state:
            for entity in self._locks.since():
                raise CannotReindex(
                    f"{entity} is being populated; wait until it is unlocked, then begin again"
                )
            if not self._journal.is_held:
                self._journal.hold()

    def release(self) -> None:
        """Stop keeping the journal for a re-index."""
        with self._committing:
            self._journal.release()

    def hand_over(
        self, writer: Writer, propagated_states: PropagatedStates, switch: Callable[[], None]
    ) -> int:
        """Let the next generation take all changes since ``hold``, then go on with that generation.

        ``writer`` and ``propagated_states`` are those of the next generation; ``switch`` closes
        them and makes it the current one. Returns how many operations were taken.
        """
        following = Generation(writer, propagated_states)
        done = taken = 0
        for _ in range(_ROUNDS):
            self.commit()
            up_to = self._journal.committed
            operations = self._catch_up(following, done, up_to)
            done, taken = up_to, taken + operations
            if operations <= _FEW:
                break
        with self._committing:
            self._commit()
            taken += self._catch_up(following, done, self._journal.committed)
            self._go_on_with(switch)
        return taken

    def change_generation(self, switch: Callable[[], None]) -> None:
        """Go on with an earlier generation, which takes none of the changes since it was replaced.

        Raises BeingReindexed, EntityLocked, StorageFailed.
        """
        with self._committing:
            self._refuse_during_reindex()
            with self._locks.state:
                for entity in self._locks.since():
                    raise EntityLocked(entity)
            self._commit()
            self._go_on_with(switch)

    # ── a backup ───────────────────────────────────────────────────────────────────────────────

    def at_rest(self, copied_journal: Path, link: Callable[[], object]) -> float:
        """Copy the journal into a directory, and have ``link`` take the index of the same moment.

        All that is acknowledged is in one of them. Changes are taken while the index is linked, and
        not committed. Returns the moment, in seconds since 1970. Raises StorageFailed, OSError.
        """
        with self._committing:
            with self._locks.state:
                self._journal.turn()
                moment = self._clock()
                self._journal.copy(copied_journal)
            link()
        return moment

    def _go_on_with(self, switch: Callable[[], None]) -> None:
        try:
            switch()
        except NotDurable as error:
            raise self._stopped(error) from error
        finish = [
            lambda: self._propagated_states.restart(self._writer.generation),
            self._journal.release,
            self._commit,  # what had waited until damaged files are replaced
        ]
        for step in finish:
            # The switch is done, even if a step after it fails: the next start repeats that.
            try:
                step()
            except StorageFailed as error:
                log.warning("left for the next start", extra={"why": str(error)})

    def _stopped(self, error: NotDurable) -> StorageFailed:
        # Either way what was acknowledged is there, indexed or in the journal, and whatever is
        # current at the next start is right, as long as nothing is added to one of them alone.
        self._journal.stop(error.error)
        return StorageFailed(
            f"What is searched was exchanged, but the disk has not confirmed it ({error}), so no "
            "change is accepted; start the service again when the disk is well"
        )

    def _catch_up(self, following: Generation, after: int, up_to: int) -> int:
        """Commit the held records of segments, after < number <= up_to, to the next generation."""
        return self._committer.commit_records(self._journal.held_records(after, up_to), following)

    def _refuse_during_reindex(self) -> None:
        if self._journal.is_held:
            raise BeingReindexed()

    # ── start, end and what is done now and then ───────────────────────────────────────────────

    def replay(self) -> None:
        """Commit the records of the journal; to be called once, before anything else.

        Raises JournalDamaged; StorageFailed, but not for a full disk.
        """
        self._pending_since = self._clock()  # when they came is not recorded
        for record in self._journal.records():
            steps = self._committer.read(record.content)
            self._pending.doubtful = self._pending.doubtful or record.begun
            self._pending.add(steps, len(record.content))
            self._replayed += len(steps)
        if self._replayed:
            log.info("journal replayed", extra={"operations": self._replayed})
        try:
            self.commit()
        except StorageFailed as error:
            if not is_full(error):
                raise
            # Searches go on as of the last commit; changes are refused until there is room.
            log.warning("journal not committed for want of room", extra={"why": str(error)})

    def tend(self) -> None:
        """Commit when it is time, and let the writer release resources; called now and then."""
        if self._committing.acquire(blocking=False):
            try:
                is_time = self._limits.is_time(
                    None if self._committed is None else self._monotonic() - self._committed
                )
                if is_time or self._journal.deferred - frozenset(self._writer.damaged):
                    self._commit()
                self._writer.tend()
            finally:
                self._committing.release()

    def status(self) -> ChangesStatus:
        """The state now. It is cheap: nothing is counted."""
        with self._locks.state:
            return ChangesStatus(
                locked=self._locks.since(),
                pending_operations=self._pending.operations,
                pending_size=self._pending.size,
                last_commit=self._last_commit,
                replayed=self._replayed,
                waiting=self._journal.deferred,
                pending_since=self._pending_since if self._pending.operations else None,
            )

    def close(self) -> None:
        """Commit and end; populations are undone."""
        with self._committing:
            try:
                self._commit()
            finally:
                self._writer.close()
                self._journal.close()
                self._propagated_states.close()

    # ── from request to pending ────────────────────────────────────────────────────────────────

    def _accept(
        self, steps: Sequence[Step], record: Callable[[], bytes], refuse: Callable[[], None]
    ) -> None:
        if self._is_full(self._pending):
            self.commit()
        content = record() if steps else b""
        with self._locks.state:
            refuse()
            if not steps:
                return
            written = self._journal.append(content)
            if not self._pending.operations:
                self._pending_since = self._clock()
            self._pending.add(steps, len(content))
        self._journal.settle(written)

    def _refuse_locked(self, operations: Iterable[Operation]) -> None:
        for entity in changed_by(operations):
            self._locks.refuse_locked(entity, entity)

    def _new_pending(self) -> Pending:
        return Pending(self._turns)

    def _is_full(self, pending: Pending) -> bool:
        return self._limits.are_reached(pending.operations, pending.size)

    # ── from pending to the engine ─────────────────────────────────────────────────────────────

    def _settle(self, entity: str) -> None:
        if self._pending.touches(entity):
            self._commit()

    def _commit(self) -> None:
        started = time.monotonic()
        current = Generation(self._writer, self._propagated_states)
        sound = self._journal.deferred - frozenset(self._writer.damaged)
        with self._locks.state:
            frozen, since = self._pending, self._pending_since
            if not frozen and not sound:
                return
            covered = self._journal.turn()
            self._pending = self._new_pending()
        try:
            if sound:
                self._committer.make_up(sound, current, covered)
            self._committer.commit(frozen, current)
            self._journal.drop(covered)
        except BaseException:
            with self._locks.state:
                if frozen.operations:
                    self._pending_since = since
                self._pending = frozen.followed_by(self._pending)
            raise
        self._last_commit = self._clock()
        self._noted_commit.note(self._last_commit)
        self._committed = self._monotonic()
        log.info(
            "committed",
            extra={"operations": frozen.operations, "seconds": time.monotonic() - started},
        )


@contextmanager
def _storage_named() -> Iterator[None]:
    """What the system refuses, where nobody below expects it, is no defect of the service."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"The data directory cannot be read or written: {error}") from error
