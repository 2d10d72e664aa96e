"""Lets searches see another generation as a whole: one update of all aliases.

That it is to be done is noted in the state before, so whoever has the next turn ends it. Not here:
how a generation was filled.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.control.state import (
    GenerationState,
    IndexState,
    Stage,
    Switch,
)
from search_service.engines.opensearch.write.indices import Indices
from search_service.engines.opensearch.write.making import Making
from search_service.errors import StorageFailed


@dataclass(frozen=True, slots=True)
class Switching:
    """Switches generations, for who has the turn. ``removed``: told of one that is gone."""

    held: HeldState
    indices: Indices
    making: Making
    removed: Callable[[int], None]

    def adopt(self, number: int) -> None:
        """Go on with another generation; the one until now is kept."""
        self.held.change(lambda state: replace(state, switch=Switch(number)))
        self.end()

    def replace_all(self, number: int, generation: GenerationState, committed: int) -> None:
        """Go on with a new generation instead of this one, whose populations end too."""
        self.held.change(
            lambda state: replace(
                state.with_generation(number, generation), switch=Switch(number, committed)
            )
        )
        self.end()

    def end(self) -> None:
        """End a switch that was begun, if there is one."""
        before = self.held.now
        if before.switch is None:
            return
        number = before.switch.number
        indices = before.generations[number].indices
        self.held.check()
        if missing := self.indices.missing(indices.values()):
            # Nobody could have a turn any more, for indices that somebody removed.
            self.held.change(lambda state: replace(state, switch=None))
            raise StorageFailed(
                f"Generation {number} cannot be searched, as {', '.join(missing)} is missing; "
                "restore it from a snapshot, or build the next generation by `icat-search reindex`"
            )
        self.indices.refresh(indices.values())
        self.held.check()
        self.indices.let_search(indices)
        after = self.held.change(_switched)
        self.making.drop(sorted(before.known_indices - after.known_indices))
        if before.generation not in after.generations:
            self.removed(before.generation)


def _switched(state: IndexState) -> IndexState:
    """The state after a switch."""
    switch = state.switch
    if switch is None:
        return state
    number, committed = switch.number, switch.committed
    old, new = state.generations.get(state.generation), state.generations[number]
    state = state.with_generation(number, replace(new, stage=Stage.CURRENT))
    if committed is not None:
        state = replace(
            state.without_generation(state.generation),
            populations={},
            committed=max(state.committed, committed),
            in_doubt=False,
            locks_version=state.locks_version + 1,
        )
    elif old is not None and state.generation != number:
        state = state.with_generation(state.generation, replace(old, stage=Stage.KEPT))
    state = replace(state, generation=number, kept_after=None, switch=None)
    return state.with_floor().seen(*new.indices)
