"""The state of each related entity that was propagated last, as documents of an index.

::

    3.User.0.17         generation 3, related entity User, forgotten 0 times, id 17

States are forgotten by counting in the state of the index how often that was done, so no late write
brings one back; the documents go afterwards. Not here: what is propagated.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from search_service.engines.base import Document
from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.control.documents import Documents, Json
from search_service.engines.opensearch.control.state import GenerationState
from search_service.errors import ServiceError

log = logging.getLogger(__name__)

FIELDS: Json = {"generation": {"type": "integer"}, "of": {"type": "keyword"}}
"""The fields of the index by which states are removed."""

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ClusterPropagatedStates:
    """As in ``PropagatedStates``: those of a generation, for who has the turn."""

    documents: Documents
    held: HeldState
    generation: int

    def of(self, related: str, ids: Iterable[int]) -> Mapping[int, Document]:
        """As in ``PropagatedStates``."""
        wanted = sorted(ids)
        found: dict[int, Document] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            piece = wanted[start : start + _AT_ONCE]
            contents = self.documents.read_many([self._id(related, id_) for id_ in piece])
            for id_, content in zip(piece, contents, strict=True):
                if content is not None:
                    found[id_] = orjson.loads(content["fields"])
        return found

    def remember(self, related: str, fields: Mapping[int, Document | None]) -> None:
        """As in ``PropagatedStates``."""
        self.held.check()
        token = self.held.token
        self.documents.put_many(
            (
                (self._id(related, id_), self._content(related, state))
                for id_, state in fields.items()
                if state is not None
            ),
            token,
        )
        gone = [self._id(related, id_) for id_, state in fields.items() if state is None]
        self.documents.remove_many(gone, token)

    def forget(self, related: Iterable[str]) -> None:
        """As in ``PropagatedStates``."""
        names = list(related)
        if not names:
            return
        before = self._generation.forgotten
        forgotten = {**before, **{name: before.get(name, 0) + 1 for name in names}}
        self.held.change(
            lambda state: state.with_generation(
                self.generation,
                replace(state.generations[self.generation], forgotten=forgotten),
            )
        )
        gone = [f"{self.generation}.{name}.{before.get(name, 0)}" for name in names]
        _remove(self.documents, {"terms": {"of": gone}})

    @property
    def _generation(self) -> GenerationState:
        return self.held.now.generations[self.generation]

    def _of(self, related: str) -> str:
        return f"{self.generation}.{related}.{self._generation.forgotten.get(related, 0)}"

    def _id(self, related: str, id_: int) -> str:
        return f"{self._of(related)}.{id_}"

    def _content(self, related: str, state: Document) -> Json:
        return {
            "generation": self.generation,
            "of": self._of(related),
            "fields": orjson.dumps(state).decode(),
        }


def remove_generation(documents: Documents, number: int) -> None:
    """Remove all states of a generation that is not there any more."""
    _remove(documents, {"term": {"generation": number}})


def _remove(documents: Documents, query: Json) -> None:
    """Remove documents that nobody reads any more; where that fails they stay."""
    try:
        documents.cluster.request("POST", f"/{documents.index}/_refresh")
        documents.cluster.request(
            "POST",
            f"/{documents.index}/_delete_by_query",
            {"conflicts": "proceed", "wait_for_completion": False},
            {"query": query},
        )
    except ServiceError as error:
        log.warning("states stay that are not needed", extra={"why": str(error)})
