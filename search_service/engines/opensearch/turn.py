"""The turn: what one service may do to an index at a time.

Whatever is more than one step is noted in the state before, and ended by who has the next turn. Not
here: how the turn is taken, see ``search_service.engines.opensearch.control.lease``.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import ChangeWriter
from search_service.engines.fit import Fit
from search_service.engines.id_ranges import IdRange
from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.control.journal import Journal
from search_service.engines.opensearch.control.propagated_states import (
    ClusterPropagatedStates,
    remove_generation,
)
from search_service.engines.opensearch.control.state import GenerationState, Stage
from search_service.engines.opensearch.parts import Parts
from search_service.engines.opensearch.write.change_writer import ClusterChangeWriter
from search_service.engines.opensearch.write.copies import Copies
from search_service.engines.opensearch.write.making import Making
from search_service.engines.opensearch.write.populations import Populations
from search_service.engines.opensearch.write.switching import Switching
from search_service.engines.shared import PropagatedStates, SharedState
from search_service.errors import CannotReindex, ServiceError

log = logging.getLogger(__name__)


class ClusterTurn:
    """As in ``Turn``. For one thread."""

    def __init__(self, parts: Parts, held: HeldState, journal: Journal) -> None:
        self._parts = parts
        self._held = held
        self._journal = journal
        self._making = Making(held, parts.indices)
        self._populations = Populations(held, parts.indices, self._making)
        self._switching = Switching(held, parts.indices, self._making, self._forget)
        self._writers: list[ClusterChangeWriter] = []
        self._removed = held.now.removed

    def state(self) -> SharedState:
        """As in ``Turn``."""
        self._held.check()
        return self._held.now.shared()

    def end_what_was_left(self, *, by_a_crash: bool) -> None:
        """End what the holder before did not end; ``by_a_crash``: it has not given the turn back.

        Its indices may be there that nothing names.
        """
        self._making.unblock()
        self._populations.end_what_was_left()
        self._switching.end()
        if by_a_crash:
            self._making.remove_others()

    @property
    def is_made(self) -> bool:
        """Whether the index has a generation."""
        return self._held.now.generation > 0

    def make(self) -> None:
        """Make the first generation."""
        number = self._number()
        indices = self._made(number)
        self._parts.known.write(number, self._parts.first_generation())
        made = GenerationState(Stage.BUILDING, time.time(), self._held.token, indices)
        self._switching.replace_all(number, made, 0)

    def writer(self) -> ChangeWriter:
        """As in ``Turn``."""
        return self._writer(self._held.now.indices, None, self._see)

    def propagated_states(self, generation: int) -> PropagatedStates:
        """As in ``Turn``."""
        return ClusterPropagatedStates(self._parts.states, self._held, generation)

    # ── commits ──────────────────────────────────────────────────────────────────────────────────

    def begin_commit(self) -> None:
        """As in ``Turn``."""
        self._held.change(lambda state: replace(state, in_doubt=True))

    def end_commit(self, committed: int) -> None:
        """As in ``Turn``."""
        now = time.time()
        self._held.change(
            lambda state: replace(
                state,
                committed=max(state.committed, committed),
                in_doubt=False,
                last_commit=now,
            ).with_floor()
        )
        self._remove_records()

    def _remove_records(self) -> None:
        """Remove the records that nobody needs; where that fails the next commit does it."""
        state = self._held.now
        try:
            self._journal.remove(max(state.removed, self._removed), state.floor)
        except ServiceError as error:
            log.warning("records stay that are not needed", extra={"why": str(error)})
        else:
            self._removed = state.floor

    # ── populations ──────────────────────────────────────────────────────────────────────────────

    def lock(self, entity: str) -> None:
        """As in ``Turn``."""
        self._populations.lock(entity)

    def begin_population(self, entity: str, *, delete: bool) -> None:
        """As in ``Turn``."""
        self._populations.begin(entity, delete=delete)

    def end_population(self, entity: str) -> None:
        """As in ``Turn``."""
        self._populations.end(entity)

    def abandon_population(self, entity: str) -> None:
        """As in ``Turn``."""
        self._populations.abandon(entity)

    def clear(self, committed: int) -> None:
        """As in ``Turn``: a generation without documents."""
        current = self._held.now.generation
        number = self._number()
        indices = self._made(number)
        known = self._parts.known.read(current)
        self._parts.known.write(number, replace(known, ids={}, files=frozenset()))
        made = GenerationState(Stage.BUILDING, time.time(), self._held.token, indices)
        self._switching.replace_all(number, made, committed)
        self._remove_records()

    # ── generations ──────────────────────────────────────────────────────────────────────────────

    def begin_generation(self, entities: Sequence[str], fit: Fit) -> int:
        """As in ``Turn``."""
        state = self._held.now
        if state.building is not None:
            raise CannotReindex(f"Generation {state.building} is being built already")
        number = self._number()
        indices = self._making.named(number, entities)
        self._making.create(indices)
        Copies(self._parts.cluster, self._parts.cluster_options).leave_out(indices.values())
        known = self._parts.known.read(state.generation)
        ids = {entity: IdRange() for entity in entities}
        self._parts.known.write(number, replace(known, fit=fit, ids=ids, files=frozenset()))
        built = GenerationState(Stage.BUILDING, time.time(), self._held.token, indices)
        self._held.change(
            lambda state: replace(
                state.with_generation(number, built), kept_after=state.committed
            ).with_floor()
        )
        log.info("re-index begun", extra={"generation": number, "entities": ", ".join(entities)})
        return number

    def take_over(self, number: int, entities: Mapping[str, IdRange]) -> None:
        """Let a generation that is built begin with copies of these, without a range of ids."""
        before = self._held.now.generations[number].indices
        indices = self._copied(number, entities)
        for entity, index in indices.items():
            self._held.check()
            self._parts.indices.remove_range(index, entities[entity])
        self._note_indices(number, indices)
        self._making.drop(before.get(entity) for entity in indices)

    def _copied(self, number: int, entities: Iterable[str]) -> Mapping[str, str]:
        """Copies of the indices that are searched, for a generation that is built."""
        sources = self._held.now.indices
        indices = self._making.named(number, [e for e in entities if e in sources])
        if indices:
            self._making.copy(indices, sources)
        return indices

    def _note_indices(self, number: int, indices: Mapping[str, str]) -> None:
        built = self._held.now.generations[number]
        # Removing a range makes versions one higher, which those who build must not be below.
        changed = replace(built, indices={**built.indices, **indices}, version=self._held.token)
        self._held.change(lambda state: state.with_generation(number, changed))

    def following(self, number: int) -> ChangeWriter:
        """As in ``Turn``: what is not built anew is copied."""
        state = self._held.now
        if number != state.building:
            # Another may have handed it over meanwhile: older changes must not be made again there.
            raise CannotReindex(f"Generation {number} is not being built any more")
        built = state.generations[number].indices
        missing = [entity for entity in state.indices if entity not in built]
        if missing:
            self._note_indices(number, self._copied(number, missing))
        indices = self._held.now.generations[number].indices
        return self._writer(indices, indices, lambda entities: None)

    def adopt(self, number: int) -> None:
        """As in ``Turn``."""
        self._switching.adopt(number)
        self._remove_records()

    def cancel_generation(self, number: int | None = None) -> None:
        """As in ``Turn``; nothing is done when ``number`` is given, and another one is built."""
        built = self._held.now.building
        if built is not None and number in (None, built):
            self._held.change(
                lambda state: replace(state.without_generation(built), kept_after=None).with_floor()
            )
            self._removed_generation(built)
            self._remove_records()

    def drop(self, number: int) -> None:
        """As in ``Turn``."""
        state = self._held.now
        kept = state.generations.get(number)
        if kept is not None and kept.stage is Stage.KEPT:
            self._held.change(lambda state: state.without_generation(number))
            self._removed_generation(number)

    # ── the end, and inside ──────────────────────────────────────────────────────────────────────

    def give_back(self) -> None:
        """Let others have the turn."""
        removed = self._removed
        try:
            for writer in self._writers:
                writer.close()
        finally:
            self._held.give_back(lambda state: replace(state, removed=max(state.removed, removed)))

    def _see(self, entities: Collection[str]) -> None:
        self._held.change(lambda state: state.seen(*entities))

    def _number(self) -> int:
        """A number for a generation, which no other gets."""
        state = self._held.change(
            lambda state: replace(state, last_generation=state.last_generation + 1)
        )
        return state.last_generation

    def _made(self, number: int) -> Mapping[str, str]:
        """Empty indices of all entities."""
        indices = self._making.named(number, [entity.name for entity in ENTITIES])
        self._making.create(indices)
        return indices

    def _writer(
        self,
        indices: Mapping[str, str],
        read: Mapping[str, str] | None,
        committed: Callable[[Collection[str]], None],
    ) -> ClusterChangeWriter:
        kinds = self._parts.kinds
        writer = ClusterChangeWriter(
            self._held,
            self._parts.indices,
            indices,
            kinds.bulk,
            lambda: kinds.reader(read),
            committed,
        )
        self._writers.append(writer)
        return writer

    def _removed_generation(self, number: int) -> None:
        """What belongs to a generation goes, now that the state does not name it."""
        self._making.remove_others()
        self._forget(number)

    def _forget(self, number: int) -> None:
        try:
            self._parts.forget_generation(number)
        except ServiceError as error:
            log.warning("files stay that are not needed", extra={"why": str(error)})
        remove_generation(self._parts.states, number)
