"""Changes as the catalogue sends them: applied in order, all of a request or nothing, durable when
acknowledged, visible after a commit.

Not here: how a related entity's change reaches other documents, see ``propagation``;
bulk loads, see ``population``.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, starmap
from typing import Any

import orjson

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.changes import Operation
from search_service.catalogue.documents import Document, id_of, prepare, repeated_fields
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity
from search_service.engines.base import Writer
from search_service.errors import (
    BadRequest,
    BeingReindexed,
    CannotReindex,
    EngineFailed,
    EntityLocked,
    ShardDamaged,
    StorageFailed,
)
from search_service.files import NotDurable, is_full
from search_service.service.indexing.apply import apply_and_commit
from search_service.service.indexing.journal import Journal
from search_service.service.indexing.locks import Locks
from search_service.service.indexing.pending import Pending, Step
from search_service.service.indexing.population import Populations
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import (
    RefusedOperation,
    RefusedOperations,
    apply_by_halves,
    is_of_storage,
    reason_of,
)

log = logging.getLogger(__name__)

# The next generation takes what came in rounds, beside changes; with so few left, all wait for it.
_FEW = 500
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """When what is pending is committed unasked. ``seconds``: this often; 0: never for time."""

    operations: int = 100_000
    size: int = 64_000_000  # bytes
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChangesStatus:
    """What an operator asks about changes. Times are seconds since 1970."""

    locked: Mapping[str, float]  # entity → since when
    pending_operations: int
    pending_size: int
    last_commit: float | None
    replayed: int  # operations found in the journal at the start
    waiting: frozenset[str] = frozenset()  # entities whose changes wait for damaged files


_OPERATION = re.compile(rb'\["(?:create|update|delete)",')
_DOCUMENT = re.compile(rb'\{"id":')


def operations_in(torn: bytes) -> int:
    """How many operations a record may have had that cannot be read: more, rather than fewer."""
    operations = len(_OPERATION.findall(torn))
    if not operations or b'["add",' in torn:
        operations += len(_DOCUMENT.findall(torn))
    return max(1, operations)


class Changes:
    """For several threads. Only ``add_now`` into a locked entity runs beside others of its kind."""

    def __init__(
        self,
        writer: Writer,
        journal: Journal,
        propagated_states: PropagatedStates,
        units: Units,
        *,
        refused_operations: RefusedOperations,
        facetable: Collection[str] = (),
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``facetable``: fields whose values are also held as a whole."""
        self._refused_operations = refused_operations
        self._writer = writer
        self._journal = journal
        self._propagated_states = propagated_states
        self._units = units
        self._exact = frozenset(facetable)
        self._limits = limits or Limits()
        self._clock = clock
        self._locks = Locks(clock)
        self._populations = Populations(
            writer, self._locks, propagated_states, refused_operations, self._settle
        )
        self._committing = threading.RLock()  # held by commit, lock, unlock and clear
        self._turns = count()
        self._pending = Pending(self._turns)
        self._last_commit: float | None = None
        self._replayed = 0

    # ── changes ────────────────────────────────────────────────────────────────────────────────

    def modify(self, operations: Sequence[Operation]) -> None:
        """Apply in order; durable on return. Raises BadRequest, EntityLocked."""
        steps = [self._step(operation) for operation in operations]
        record = ["modify", [[o.kind, o.entity, o.id, o.document] for o in operations]]
        self._accept(
            [step for step in steps if step is not None],
            record,
            lambda: self._refuse_locked(operations),
        )

    def add_now(self, entity: str, documents: Sequence[Document]) -> None:
        """Put documents, into the population of a locked entity too. Raises BadRequest."""
        found = lookup.find_entity(entity)
        if found is None:
            log.warning("documents of an entity that has no index", extra={"entity": entity})
            return
        kept = self._kept(found, documents)
        steps: Sequence[Step] | None = None
        while not self._populations.add(found.name, kept):
            steps = steps or self._added(found, kept)
            try:
                self._accept(
                    steps,
                    ["add", found.name, documents],
                    lambda: self._locks.refuse_locked(found.name, entity),
                )
            except EntityLocked:
                continue  # locked since it was asked
            return

    def commit(self) -> None:
        """Everything acknowledged so far is visible on return, of locked entities apart."""
        with self._committing:
            self._commit()

    # ── populations ────────────────────────────────────────────────────────────────────────────

    def lock(self, entity: str, low: int | None, high: int | None, *, delete: bool) -> None:
        """Begin a population. Raises AlreadyLocked; RangeOccupied for ``low`` < id <= ``high``."""
        with self._committing:
            self._refuse_during_reindex()
            self._populations.lock(entity, low, high, delete=delete)

    def unlock(self, entity: str) -> None:
        """End a population. Raises NotLocked."""
        with self._committing:
            try:
                self._populations.unlock(entity)
            except NotDurable as error:
                raise self._stopped(error) from error

    def abandon(self, entity: str) -> None:
        """Undo a population. Raises NotLocked."""
        with self._committing:
            self._populations.abandon(entity)

    def clear(self) -> None:
        """Remove everything; the service is then as new."""
        with self._committing, self._locks.state:
            self._refuse_during_reindex()
            self._locks.end_all()
            try:
                try:
                    self._writer.clear()
                except NotDurable as error:
                    self._pending = Pending(self._turns)
                    raise self._stopped(error) from error
                except OSError as error:
                    raise StorageFailed(f"Nothing could be cleared: {error}") from error
                self._pending = Pending(self._turns)
                self._journal.restart(self._writer.generation)
                self._propagated_states.restart(self._writer.generation)
            finally:
                self._locks.free_all()
        log.info("cleared")

    # ── the next generation ────────────────────────────────────────────────────────────────────

    def hold(self) -> None:
        """Keep what is acknowledged from now on for the next generation, over restarts too.

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
        """There will be no next generation, or there is one."""
        with self._committing:
            self._journal.release()

    def hand_over(
        self, writer: Writer, propagated_states: PropagatedStates, switch: Callable[[], None]
    ) -> int:
        """Let the next generation take what came since ``hold``, then go on with that.

        ``writer`` and ``propagated_states`` are those of the next generation; ``switch`` closes
        them and makes it the current one. Returns how many operations were taken.
        """
        done = taken = 0
        for _ in range(_ROUNDS):
            self.commit()
            up_to = self._journal.committed
            found = self._catch_up(writer, propagated_states, done, up_to)
            done, taken = up_to, taken + found
            if found <= _FEW:
                break
        with self._committing:
            self._commit()
            taken += self._catch_up(writer, propagated_states, done, self._journal.committed)
            self._go_on_with(switch)
        return taken

    def change_generation(self, switch: Callable[[], None]) -> None:
        """Go on with a generation that was there before; it takes nothing of what came since."""
        with self._committing:
            self._refuse_during_reindex()
            with self._locks.state:
                for entity in self._locks.since():
                    raise EntityLocked(entity)
            self._commit()
            self._go_on_with(switch)

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
            # The switch is done, whatever becomes of what is left over; the next start does it.
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

    def _catch_up(
        self, writer: Writer, propagated_states: PropagatedStates, after: int, up_to: int
    ) -> int:
        """What was committed here, in the same order into another generation."""
        taken = 0
        for pending in self._in_pieces(self._journal.held_records(after, up_to)):
            taken += pending.operations
            self._take(pending, writer, propagated_states)
        return taken

    def _refuse_during_reindex(self) -> None:
        if self._journal.is_held:
            raise BeingReindexed()

    # ── start, end and what is done now and then ───────────────────────────────────────────────

    def replay(self) -> None:
        """Commit what the journal holds; to be called once, before anything else."""
        for record in self._journal.records():
            steps = self._recorded(orjson.loads(record.content))
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
        """Commit when it is time, and let the writer give back what it does not need."""
        if self._committing.acquire(blocking=False):
            try:
                seconds = self._limits.seconds
                is_time = seconds and self._clock() - (self._last_commit or 0.0) >= seconds
                if is_time or self._journal.deferred - frozenset(self._writer.damaged):
                    self._commit()
                self._writer.tend()
            finally:
                self._committing.release()

    def status(self) -> ChangesStatus:
        """Cheap: nothing is counted."""
        with self._locks.state:
            return ChangesStatus(
                locked=self._locks.since(),
                pending_operations=self._pending.operations,
                pending_size=self._pending.size,
                last_commit=self._last_commit,
                replayed=self._replayed,
                waiting=self._journal.deferred,
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

    def _step(self, operation: Operation) -> Step | None:
        """The operation as checked; None when nothing is kept of its entity. Raises BadRequest."""
        found = lookup.find_entity(operation.entity)
        related = lookup.find_related(operation.entity)
        if found is None and related is None:
            return None
        id_, document = operation.id, operation.document
        entity = found.name if found else None
        if document is None or operation.kind == "delete":
            return Step(operation, entity, None, related, None)
        kept = prepare(found, id_, document, self._units) if found else document
        fields = repeated_fields(related, id_, kept) if related else None
        return Step(operation, entity, kept if found else None, related, fields)

    def _kept(self, found: Entity, documents: Sequence[Document]) -> Sequence[tuple[int, Document]]:
        ids = [id_of(found, document) for document in documents]
        return [
            (id_, prepare(found, id_, document, self._units))
            for id_, document in zip(ids, documents, strict=True)
        ]

    def _added(self, found: Entity, kept: Iterable[tuple[int, Document]]) -> Sequence[Step]:
        related = lookup.find_related(found.name)
        return [
            Step(
                Operation("create", found.name, id_, document),
                found.name,
                document,
                related,
                repeated_fields(related, id_, document) if related else None,
                propagates=False,
            )
            for id_, document in kept
        ]

    def _accept(self, steps: Sequence[Step], record: object, refuse: Callable[[], None]) -> None:
        if self._is_full(self._pending):
            self.commit()
        content = orjson.dumps(record) if steps else b""
        with self._locks.state:
            refuse()
            if not steps:
                return
            written = self._journal.append(content)
            self._pending.add(steps, len(content))
        self._journal.settle(written)

    def _refuse_locked(self, operations: Iterable[Operation]) -> None:
        for written in dict.fromkeys(operation.entity for operation in operations):
            self._locks.refuse_locked(written, written)
            for propagation in lookup.propagations(lookup.find_related(written) or ""):
                self._locks.refuse_locked(propagation.entity, propagation.entity)

    def _is_full(self, pending: Pending) -> bool:
        limits = self._limits
        return pending.operations >= limits.operations or pending.size >= limits.size

    def _recorded(self, record: Any) -> Sequence[Step]:
        """What a record of the journal says; what is not accepted any more is set aside.

        It was accepted once, by a version that was less strict.
        """
        steps: list[Step] = []
        refused: list[RefusedOperation] = []
        for operation, read in self._operations_of(record):
            try:
                steps += read()
            except BadRequest as error:
                refused.append(RefusedOperation(operation, str(error)))
        if refused:
            self._refused_operations.write(refused)
        return steps

    def _operations_of(
        self, record: Any
    ) -> Iterator[tuple[Operation, Callable[[], Iterable[Step]]]]:
        match record:
            case ["modify", operations]:
                for operation in starmap(Operation, operations):
                    yield operation, partial(self._steps, operation)
            case ["add", entity, documents]:
                found = lookup.entity(entity)
                for document in documents:
                    id_ = document[found.id_field] if found.id_field else 0
                    operation = Operation("create", found.name, int(id_), document)
                    yield operation, partial(self._added_alone, found, document)

    def _steps(self, operation: Operation) -> Iterable[Step]:
        step = self._step(operation)
        return () if step is None else (step,)

    def _added_alone(self, found: Entity, document: Document) -> Iterable[Step]:
        return self._added(found, self._kept(found, [document]))

    # ── from pending to the engine ─────────────────────────────────────────────────────────────

    def _settle(self, entity: str) -> None:
        if self._pending.touches(entity):
            self._commit()

    def _commit(self) -> None:
        started = time.monotonic()
        sound = self._journal.deferred - frozenset(self._writer.damaged)
        with self._locks.state:
            frozen = self._pending
            if not frozen and not sound:
                return
            covered = self._journal.turn()
            self._pending = Pending(self._turns)
        try:
            if sound:
                self._make_up(sound, covered)
            self._take(frozen, self._writer, self._propagated_states)
            self._journal.drop(covered)
        except BaseException:
            with self._locks.state:
                self._pending = frozen.followed_by(self._pending)
            raise
        self._last_commit = self._clock()
        log.info(
            "committed",
            extra={"operations": frozen.operations, "seconds": time.monotonic() - started},
        )

    def _take(
        self,
        pending: Pending,
        writer: Writer,
        propagated_states: PropagatedStates,
        only: frozenset[str] | None = None,
    ) -> None:
        """Apply and commit; an operation that makes it fail is set aside, the others go on.

        Raises what is no operation's fault. ``only``: as ``_apply`` does.
        """

        def apply_steps(steps: Sequence[Step]) -> None:
            writer.undo()  # of an operation that is set aside nothing is to be done
            some = Pending(self._turns, doubtful=True)  # some of it may be done
            some.add(steps)
            self._apply(some, writer, propagated_states, only)

        try:
            self._apply(pending, writer, propagated_states, only)
        except Exception as error:
            if is_of_storage(error):
                raise
            log.warning("commit failed, it is tried in parts", extra={"why": str(error)})
            refused = apply_by_halves(pending.steps, apply_steps)
            writer.undo()
            self._refused_operations.write(
                [RefusedOperation(step.operation, reason_of(failure)) for step, failure in refused]
            )

    def _apply(
        self,
        pending: Pending,
        writer: Writer,
        propagated_states: PropagatedStates,
        only: frozenset[str] | None = None,
    ) -> None:
        """Apply and commit; changes of entities with damaged files wait in the journal.

        ``only``: these entities, others are left alone.
        """
        others = frozenset[str]() if only is None else _ENTITIES - only
        while True:
            damaged = frozenset(writer.damaged) - others
            if waiting := pending.touched(damaged):
                self._keep_waiting(waiting)
            try:
                apply_and_commit(
                    pending, writer, propagated_states, self._units, self._exact, damaged | others
                )
            except (ShardDamaged, EngineFailed):
                writer.look_for_damage()
                if frozenset(writer.damaged) - others <= damaged:
                    raise
                pending.doubtful = True  # some of it may be done
            else:
                return

    def _keep_waiting(self, entities: frozenset[str]) -> None:
        more = entities - self._journal.deferred
        self._journal.defer(entities)
        if more:
            log.error(
                "changes wait in the journal until damaged shards are sound again",
                extra={"entities": ", ".join(sorted(more))},
            )

    def _make_up(self, entities: frozenset[str], up_to: int) -> None:
        """Make the changes that had waited, all of these entities that are in the journal.

        They were acknowledged in this order; what is pending is among them, and is applied again.
        """
        operations = 0
        for pending in self._in_pieces(self._journal.deferred_records(up_to)):
            operations += pending.operations
            self._take(pending, self._writer, self._propagated_states, entities)
        self._journal.end_deferral(entities)
        log.info(
            "changes that had waited were made",
            extra={"entities": ", ".join(sorted(entities)), "operations": operations},
        )

    def _in_pieces(self, records: Iterable[bytes]) -> Iterator[Pending]:
        """Records, as so much at a time as is committed at once."""
        # Some of it may be done already: what there was before is not known.
        pending = Pending(self._turns, doubtful=True)
        for content in records:
            pending.add(self._recorded(orjson.loads(content)), len(content))
            if self._is_full(pending):
                yield pending
                pending = Pending(self._turns, doubtful=True)
        if pending:
            yield pending


_ENTITIES = frozenset(entity.name for entity in ENTITIES)
