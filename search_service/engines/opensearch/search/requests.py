"""Searches of the indices of entities, alone or several in one round trip.

Not here: connections, retries on other nodes and what a failure is called, see
``engines.opensearch.cluster``; what is asked, see ``queries``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.errors import EngineFailed

Json = dict[str, Any]

WITHOUT_DOCUMENT: Json = {"_source": False, "stored_fields": "_none_"}
"""Of a search whose hits are read by their sort values or columns alone."""

_TIMED_OUT = "timed_out"  # what the client reads of every answer
_OF_MANY = ("status", "error", _TIMED_OUT)


class Requests:
    """Searches of the entities of one index."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._cluster = cluster
        self._names = names

    def alias(self, entity: str) -> str:
        """The name that an entity is searched by."""
        return self._names.searched(entity)

    def post(self, path: str, body: Json, params: Mapping[str, str]) -> Any:
        """The answer to a request that is no search."""
        return self._cluster.request("POST", path, params, body)

    def search(self, entity: str, body: Json, *paths: str, **params: str) -> Any:
        """The answer to a search; ``params``: of the address.

        ``paths``: what is read of it, without any all. To leave something out, the cluster writes
        each document anew, which takes as long as to read them all: so not where documents come.
        """
        index = self._names.searched(entity)
        asked = {"request_cache": "false", **params}
        if paths:
            asked["filter_path"] = ",".join((_TIMED_OUT, *paths))
        answer = self._cluster.search(index, body, asked)
        if answer is None:
            # The alias was moved just now: what it stood for is gone.
            answer = self._cluster.search(index, body, asked)
        if answer is None:
            raise nothing_to_search(entity)
        return answer

    def searches(
        self, asked: Sequence[tuple[str, Json]], *paths: str, **params: str
    ) -> Sequence[Any]:
        """The answers to several, each of an entity, in order; in one round trip.

        ``paths``: as in ``search``.
        """
        if not asked:
            return []
        placed = [(self._names.searched(entity), body) for entity, body in asked]
        read = [f"responses.{path}" for path in (*_OF_MANY, *paths)] if paths else []
        params = {"request_cache": "false", **params}
        answers = self._cluster.searches(placed, params, read=read)
        if None in answers:
            answers = self._cluster.searches(placed, params, read=read)
        for (entity, _), answer in zip(asked, answers, strict=True):
            if answer is None:
                raise nothing_to_search(entity)
        return answers


def hits_of(answer: Mapping[str, Any]) -> list[Any]:
    """The hits of an answer, which says nothing of them where there are none."""
    hits: list[Any] = answer.get("hits", {}).get("hits", [])
    return hits


def nothing_to_search(entity: str) -> EngineFailed:
    """What to say of an entity whose index is not there."""
    return EngineFailed(
        f"{entity} could not be searched",
        LookupError("it has no index"),
        "Somebody removed it: restore it from a snapshot, or re-index",
    )
