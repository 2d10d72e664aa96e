"""Searches of the indices of entities, alone or several in one round trip.

Not here: connections, retries on other nodes and what a failure is called, which are the client's;
what is asked, see ``queries``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

Json = dict[str, Any]

# What a caller reads of the documents that are found.
HITS = "hits.hits.sort"
_STATUS = "responses.status"


class Client(Protocol):
    """Sends searches. Raises SearchTimedOut, EngineUnavailable, EngineFailed, BadRequest."""

    def search(self, index: str, body: Mapping[str, Any], params: Mapping[str, str]) -> Any:
        """The answer to one search."""
        ...

    def multi_search(
        self, searches: Sequence[tuple[str, Mapping[str, Any]]], params: Mapping[str, str]
    ) -> Sequence[Any]:
        """The answers to several, in order, in one round trip; each of an index."""
        ...

    def request(
        self, method: str, path: str, params: Mapping[str, str], body: Mapping[str, Any]
    ) -> Any:
        """The answer to any other request."""
        ...


class Requests:
    """Searches of the entities of one index."""

    def __init__(self, client: Client, alias: Callable[[str], str]) -> None:
        """``alias``: the name that an entity is searched by."""
        self._client = client
        self._alias = alias

    def alias(self, entity: str) -> str:
        """The name that an entity is searched by."""
        return self._alias(entity)

    def post(self, path: str, body: Json, params: Mapping[str, str]) -> Any:
        """The answer to a request that is no search."""
        return self._client.request("POST", path, params, body)

    def search(self, entity: str, body: Json, *paths: str, **params: str) -> Any:
        """The answer to a search, of which ``paths`` are read; ``params``: of the address."""
        asked = {**params, "request_cache": "false", "filter_path": ",".join(paths)}
        return self._client.search(self._alias(entity), body, asked)

    def searches(self, asked: Sequence[tuple[str, Json]], *paths: str) -> Sequence[Any]:
        """The answers to several, each of an entity, in order; in one round trip."""
        if not asked:
            return []
        read = ",".join([_STATUS, *(f"responses.{path}" for path in paths)])
        placed = [(self._alias(entity), body) for entity, body in asked]
        return self._client.multi_search(placed, {"filter_path": read})
