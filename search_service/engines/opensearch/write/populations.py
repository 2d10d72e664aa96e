"""Bulk loads of entities: another index is filled, and becomes the one that searches read.

Each step is noted in the state before it is done, so whoever has the next turn ends what was begun.
Not here: who adds documents, see ``search_service.engines.opensearch.shared``.
"""

import logging
import time
from dataclasses import dataclass, replace

from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.control.state import IndexState, Phase, PopulationState
from search_service.engines.opensearch.write.indices import Indices
from search_service.engines.opensearch.write.making import Making
from search_service.errors import EngineFailed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Populations:
    """Populations, for who has the turn. An entity without an index has none to fill."""

    held: HeldState
    indices: Indices
    making: Making

    def lock(self, entity: str) -> None:
        """Let nothing but additions change an entity."""
        population = PopulationState(time.time(), Phase.BEGINS)
        self.held.change(lambda state: state.with_population(entity, population))

    def begin(self, entity: str, *, delete: bool) -> None:
        """Open the population of a locked entity."""
        state = self.held.now
        before = state.indices.get(entity)
        index = None
        if before is not None:
            index = self.making.named(state.generation, [entity])[entity]
            if delete:
                self.making.create({entity: index})
            else:
                self.making.copy({entity: index}, state.indices)
        opened = replace(
            state.populations[entity], phase=Phase.OPEN, index=index, version=self.held.token
        )
        self.held.change(lambda state: state.with_population(entity, opened))

    def end(self, entity: str) -> None:
        """Let searches see a population, and unlock the entity."""
        ends = replace(self.held.now.populations[entity], phase=Phase.ENDS)
        self.held.change(lambda state: state.with_population(entity, ends))
        self._end(entity)

    def _end(self, entity: str) -> None:
        state = self.held.now
        index = state.populations[entity].index
        if index is not None:
            self.held.check()
            self.indices.refresh([index])
            self.held.check()
            self.indices.let_search({entity: index})

        def ended(state: IndexState) -> IndexState:
            free = state.without_population(entity)
            if index is None:
                return free
            current = state.generations[state.generation]
            indices = {**current.indices, entity: index}
            return free.with_generation(state.generation, replace(current, indices=indices)).seen(
                entity
            )

        self.held.change(ended)
        if index is not None:
            self.making.drop([state.indices.get(entity)])

    def abandon(self, entity: str) -> None:
        """Unlock an entity without its population."""
        index = self.held.now.populations[entity].index
        self.held.change(lambda state: state.without_population(entity))
        self.making.drop([index])

    def end_what_was_left(self) -> None:
        """Undo populations that were beginning, end those that were ending."""
        for entity, population in self.held.now.populations.items():
            if population.phase is Phase.BEGINS:
                log.warning("population undone that had begun", extra={"entity": entity})
                self.abandon(entity)
            elif population.phase is Phase.ENDS:
                log.warning("population ended that was ending", extra={"entity": entity})
                self._end_or_abandon(entity, population.index)

    def _end_or_abandon(self, entity: str, index: str | None) -> None:
        try:
            self._end(entity)
        except EngineFailed as error:
            # Nobody could have a turn any more, for an index that somebody removed.
            if index is None or not self.indices.missing([index]):
                raise
            log.error(
                "population undone, as its index is missing",
                extra={"entity": entity, "index": index, "why": str(error)},
            )
            self.abandon(entity)
