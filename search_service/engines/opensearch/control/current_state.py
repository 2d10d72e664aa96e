"""Reads the state of an index, and changes it for who has the turn.

The lease of the turn and the state are one document, so a state is written by who has the turn or
not at all. Not here: what a state says, see ``state``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from search_service.engines.opensearch.cluster.names import Names
from search_service.engines.opensearch.control.documents import Documents
from search_service.engines.opensearch.control.lease import HeldLease, Json, Lease
from search_service.engines.opensearch.control.state import IndexState, from_json, to_json
from search_service.errors import EngineFailed, IndexMissing

_ID = "state"


@dataclass(frozen=True, slots=True)
class CurrentState:
    """The state of an index. ``documents``: those of its control index."""

    documents: Documents
    names: Names

    def find(self) -> IndexState | None:
        """The state now; None when the index is not made yet."""
        try:
            stored = self.documents.read(_ID)
        except EngineFailed:
            if self.documents.exists():
                raise
            return None
        if stored is None or "state" not in stored.document:
            return None
        return from_json(stored.document["state"])

    def read(self) -> IndexState:
        """The state now. Raises IndexMissing when there is no index."""
        state = self.find()
        if state is None or not state.generation:
            raise self.missing()
        return state

    def missing(self) -> IndexMissing:
        """What to say where there is no index."""
        return IndexMissing(
            f"The cluster has no index under the prefix {self.names.prefix}; "
            "`icat-search serve` makes it, once the setting index_prefix is right"
        )

    def make(self, state: IndexState) -> None:
        """Write the first state, unless there is one."""
        self.documents.create(_ID, {"lease": {"token": 0, "owner": None}, "state": to_json(state)})

    def lease(self, seconds: float) -> Lease:
        """The lease on it: who has that may change it."""
        return Lease(self.documents, _ID, seconds, is_made=False)


class HeldState:
    """The state, for who has the turn. For several threads."""

    def __init__(self, held: HeldLease) -> None:
        self._held = held

    @property
    def token(self) -> int:
        """Higher than that of any turn before."""
        return self._held.token

    @property
    def now(self) -> IndexState:
        """The state: nobody else changes it."""
        return from_json(self._held.content["state"])

    def check(self) -> None:
        """Raises TurnLost when another may have the turn; to be asked before anything is changed.

        What is changed after that by who is too slow must be such that it has no effect.
        """
        self._held.check()

    def change(self, changed: Callable[[IndexState], IndexState]) -> IndexState:
        """Write the state anew, and return it. Raises TurnLost when another has the turn."""
        self._held.change(_of_document(changed))
        return self.now

    def give_back(self, changed: Callable[[IndexState], IndexState]) -> None:
        """End the turn, and change the state where that can be written."""
        self._held.give_back(_of_document(changed))


def _of_document(changed: Callable[[IndexState], IndexState]) -> Callable[[Json], Json]:
    def document(content: Json) -> Json:
        return {**content, "state": to_json(changed(from_json(content["state"])))}

    return document
