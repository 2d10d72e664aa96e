"""Commits pending changes to an engine, whatever fails: refused operations, damaged files.

An operation that makes the commit fail is set aside. Changes of entities with damaged files wait in
the journal, and are made when the files are sound again. Not here: which changes are pending, see
``changes``; how they are applied, see ``apply``.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from analyzers.units import Units
from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import ChangeWriter
from search_service.engines.shared import PropagatedStates
from search_service.errors import EngineFailed, ShardDamaged
from search_service.service.indexing.apply import apply_and_commit
from search_service.service.indexing.pending import Pending, Step
from search_service.service.indexing.refused_operations import (
    RefusedOperation,
    RefusedOperations,
    apply_by_halves,
    is_of_storage,
    reason_of,
)
from search_service.service.indexing.steps import StepReader

log = logging.getLogger(__name__)

_ENTITIES = frozenset(entity.name for entity in ENTITIES)


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of the index: its writer, and the states that were propagated in it."""

    writer: ChangeWriter
    propagated_states: PropagatedStates


class Deferrals(Protocol):
    """Records that are kept beyond their commit for entities whose files are damaged."""

    @property
    def deferred(self) -> frozenset[str]:
        """Those entities."""
        ...

    def defer(self, entities: Collection[str]) -> None:
        """Keep all uncommitted records for these entities too."""
        ...

    def deferred_records(self, up_to: int) -> Iterator[bytes]:
        """The records that are kept for them, up to a segment of the journal, in order."""
        ...

    def end_deferral(self, entities: Collection[str]) -> None:
        """Keep no records for these entities any more."""
        ...


class NoDeferrals:
    """Of an index without files that could be damaged here."""

    deferred: frozenset[str] = frozenset()

    def defer(self, entities: Collection[str]) -> None:
        """There is nothing that waits."""

    def deferred_records(self, up_to: int) -> Iterator[bytes]:
        """None."""
        return iter(())

    def end_deferral(self, entities: Collection[str]) -> None:
        """Nothing waits."""


class Committer:
    """One thread at a time. Each method raises StorageFailed and, for a defect, EngineFailed."""

    def __init__(
        self,
        deferrals: Deferrals,
        refused_operations: RefusedOperations,
        steps: StepReader,
        units: Units,
        *,
        exact: Collection[str],
        new_pending: Callable[[], Pending],
        is_full: Callable[[Pending], bool],
    ) -> None:
        """``exact``: fields that can be compared as a whole. ``is_full``: when a commit is due."""
        self._deferrals = deferrals
        self._refused_operations = refused_operations
        self._steps = steps
        self._units = units
        self._exact = exact
        self._new_pending = new_pending
        self._is_full = is_full

    def commit(
        self, pending: Pending, generation: Generation, only: frozenset[str] | None = None
    ) -> None:
        """Apply and commit; an operation that makes it fail is set aside, the others go on.

        ``only``: these entities, others are left alone. Raises a failure that no operation is the
        cause of.
        """
        writer = generation.writer

        def apply_steps(steps: Sequence[Step]) -> None:
            writer.undo()  # of an operation that is set aside nothing is to be done
            some = self._doubtful()
            some.add(steps)
            self._apply(some, generation, only)

        try:
            self._apply(pending, generation, only)
        except Exception as error:
            if is_of_storage(error):
                raise
            log.warning("commit failed, it is tried in parts", extra={"why": str(error)})
            refused = apply_by_halves(pending.steps, apply_steps)
            writer.undo()
            self._refused_operations.write(
                [RefusedOperation(step.operation, reason_of(failure)) for step, failure in refused]
            )

    def commit_records(
        self,
        records: Iterable[bytes],
        generation: Generation,
        only: frozenset[str] | None = None,
    ) -> int:
        """Commit records of the journal, in order. Returns how many operations they hold."""
        operations = 0
        for pending in self._in_pieces(records):
            operations += pending.operations
            self.commit(pending, generation, only)
        return operations

    def make_up(self, entities: frozenset[str], generation: Generation, up_to: int) -> None:
        """Make the changes of these entities that had waited, up to a segment of the journal.

        They were acknowledged in this order; the pending ones are among them, and are made again.
        """
        records = self._deferrals.deferred_records(up_to)
        operations = self.commit_records(records, generation, entities)
        self._deferrals.end_deferral(entities)
        log.info(
            "changes that had waited were made",
            extra={"entities": ", ".join(sorted(entities)), "operations": operations},
        )

    def read(self, content: bytes) -> Sequence[Step]:
        """The steps of a record; operations that are not accepted any more are set aside."""
        steps, refused = self._steps.recorded(orjson.loads(content))
        if refused:
            self._refused_operations.write(refused)
        return steps

    def _apply(
        self, pending: Pending, generation: Generation, only: frozenset[str] | None = None
    ) -> None:
        """Apply and commit; changes of entities with damaged files wait in the journal."""
        writer = generation.writer
        others = frozenset[str]() if only is None else _ENTITIES - only
        while True:
            damaged = frozenset(writer.damaged) - others
            if waiting := pending.touched(damaged):
                self._defer(waiting)
            try:
                apply_and_commit(
                    pending,
                    writer,
                    generation.propagated_states,
                    self._units,
                    self._exact,
                    damaged | others,
                )
            except (ShardDamaged, EngineFailed):
                writer.look_for_damage()
                if frozenset(writer.damaged) - others <= damaged:
                    raise
                pending.doubtful = True  # some of it may be done
            else:
                return

    def _defer(self, entities: frozenset[str]) -> None:
        more = entities - self._deferrals.deferred
        self._deferrals.defer(entities)
        if more:
            log.error(
                "changes wait in the journal until damaged shards are sound again",
                extra={"entities": ", ".join(sorted(more))},
            )

    def _in_pieces(self, records: Iterable[bytes]) -> Iterator[Pending]:
        """Records, in pieces of the size of a commit."""
        pending = self._doubtful()
        for content in records:
            pending.add(self.read(content), len(content))
            if self._is_full(pending):
                yield pending
                pending = self._doubtful()
        if pending:
            yield pending

    def _doubtful(self) -> Pending:
        """Some of it may be done already: how a related entity was before is not known."""
        pending = self._new_pending()
        pending.doubtful = True
        return pending
