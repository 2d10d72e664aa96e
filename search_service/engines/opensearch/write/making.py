"""Makes indices for who has the turn: under names that no other turn uses.

A name is taken in the state before the index is made, so what a holder makes who is too late is not
taken for what the next one made. Not here: what becomes of an index, see ``populations`` and
``switching``.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.write.indices import Indices
from search_service.errors import ServiceError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Making:
    """Makes indices under the turn."""

    held: HeldState
    indices: Indices

    def named(self, generation: int, entities: Iterable[str]) -> Mapping[str, str]:
        """New names for indices of these entities in a generation."""
        state = self.held.change(lambda state: replace(state, edition=state.edition + 1))
        name = self.indices.names.index
        return {entity: name(generation, entity, state.edition) for entity in entities}

    def create(self, indices: Mapping[str, str]) -> None:
        """Make empty indices, by entity."""
        self.held.check()
        self.indices.create(indices)

    def copy(self, entities: Mapping[str, str], sources: Mapping[str, str]) -> None:
        """Make indices with the documents of others, which are not written meanwhile.

        Both by entity: the new ones, and those they are copied from.
        """
        blocked = sorted(sources[entity] for entity in entities)
        self.held.change(lambda state: replace(state, blocked=blocked))
        try:
            self.indices.block(blocked, is_blocked=True)
            self.held.check()
            self.indices.clone(
                {entity: (sources[entity], index) for entity, index in entities.items()}
            )
        finally:
            try:
                # Also by who has lost the turn meanwhile: else nobody could write them any more.
                self.indices.block(blocked, is_blocked=False)
                self.held.change(lambda state: replace(state, blocked=[]))
            except ServiceError as error:  # the next turn does it
                names = ", ".join(blocked)
                log.warning("indices stay blocked", extra={"indices": names, "why": str(error)})

    def unblock(self) -> None:
        """Let indices be written whose copies are made, or given up."""
        blocked = self.held.now.blocked
        if blocked:
            self.held.check()
            self.indices.block(blocked, is_blocked=False)
            self.held.change(lambda state: replace(state, blocked=[]))

    def drop(self, indices: Iterable[str | None]) -> None:
        """Remove indices that the state does not name any more; where that fails they stay."""
        names = [index for index in indices if index is not None]
        try:
            self.indices.drop(names)
        except ServiceError as error:
            log.warning(
                "indices stay that are not needed",
                extra={"indices": ", ".join(names), "why": str(error)},
            )

    def remove_others(self) -> None:
        """Remove the indices that the state does not name."""
        try:
            others = sorted(set(self.indices.all()) - self.held.now.known_indices)
            # After the look: nobody else has made any of them, if the turn is still ours.
            self.held.check()
            if others:
                log.info("indices removed that a crash left", extra={"indices": ", ".join(others)})
                self.indices.drop(others)
        except ServiceError as error:
            log.warning("indices may stay that are not needed", extra={"why": str(error)})
