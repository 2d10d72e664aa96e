"""What a catalogue server sends, sent over HTTP to a service that runs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from search_service.engines.base import Document

BASE = "/icat.lucene/"
TIMEOUT_SECONDS = 90  # other suites run beside


@dataclass(frozen=True)
class Reply:
    """A status and what came with it."""

    status: int
    content: Any = None

    @property
    def message(self) -> str:
        """Of an error."""
        message: str = self.content["message"]
        return message


class Caller:
    """Calls the operations; each call has a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def ask(
        self,
        path: str,
        body: object = None,
        params: Mapping[str, object] | None = None,
        method: str = "POST",
    ) -> Reply:
        """Any request."""
        target = f"{path}?{urlencode(params, quote_via=quote)}" if params else path
        return self.ask_raw(target, None if body is None else json.dumps(body).encode(), method)

    def ask_raw(self, target: str, body: bytes | None, method: str = "POST") -> Reply:
        """A request with a body of any bytes."""
        status, content = self._sent(target, body, method)
        return Reply(status, json.loads(content) if content else None)

    def text(self, target: str) -> str:
        """What is no JSON."""
        return self._sent(target, None, "GET")[1].decode()

    def _sent(self, target: str, body: bytes | None, method: str) -> tuple[int, bytes]:
        connection = HTTPConnection(
            self._url.hostname or "", self._url.port, timeout=TIMEOUT_SECONDS
        )
        try:
            connection.request(method, target, body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def done(self, operation: str, body: object = None, **params: object) -> None:
        """An operation without an answer, which must succeed."""
        reply = self.ask(BASE + operation, body, params)
        assert reply == Reply(204), reply

    def modify(self, *operations: Mapping[str, Any]) -> Reply:
        """Send a batch of operations."""
        return self.ask(f"{BASE}modify", operations)

    def put(self, documents: Mapping[str, Mapping[int, Document]]) -> None:
        """Documents by entity and id, created and committed."""
        operations = [
            {"create": {"_index": entity, "_id": id_, "doc": document}}
            for entity, of_it in documents.items()
            for id_, document in of_it.items()
        ]
        assert self.modify(*operations).status == 204
        self.done("commit")

    def search(self, entity: str, query: Mapping[str, Any]) -> Reply:
        """A page of up to 1000 hits with their ids and names."""
        body = {"query": query, "fields": ["id", "name"]}
        return self.ask(BASE + entity.lower(), body, {"maxResults": 1000})

    def documents(self, entity: str) -> Mapping[int, Document]:
        """Everything that a search finds, by id; fails when an id is there twice."""
        reply = self.search(entity, {})
        assert reply.status == 200, reply
        found = [hit["_source"] for hit in reply.content["results"]]
        by_id = {document["id"]: document for document in found}
        assert len(by_id) == len(found), "a document is there twice"
        return by_id

    def facets(
        self, entity: str, query: Mapping[str, Any], *dimensions: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, int]]:
        """By dimension, how many documents each label has."""
        body = {"query": query, "dimensions": dimensions}
        params = {"maxResults": 1, "maxLabels": 1000}
        reply = self.ask(f"{BASE}{entity}/facet", body, params)
        assert reply.status == 200, reply
        return {
            field: {label: bucket["doc_count"] for label, bucket in found["buckets"].items()}
            for field, found in reply.content["aggregations"].items()
        }

    def names(self, entity: str) -> Mapping[int, str]:
        """The names of everything that a search finds."""
        return {id_: found["name"] for id_, found in self.documents(entity).items()}

    def status(self) -> Any:
        """What the service says of itself."""
        return self.ask("/status", method="GET").content

    def populate(self, entity: str, documents: Iterable[Sequence[Document]]) -> None:
        """Lock, add batch after batch, unlock."""
        self.done(f"lock/{entity}", delete="true")
        for batch in documents:
            self.done(f"addNow/{entity}", batch)
        self.done(f"unlock/{entity}")


def create(entity: str, id_: int, name: str) -> Mapping[str, Any]:
    """The operation that puts a document with a name."""
    return {"create": {"_index": entity, "_id": id_, "doc": {"id": id_, "name": name}}}


def update(entity: str, id_: int, name: str) -> Mapping[str, Any]:
    """The operation that replaces a document."""
    return {"update": {"_index": entity, "_id": id_, "doc": {"id": id_, "name": name}}}


def delete(entity: str, id_: int) -> Mapping[str, Any]:
    """The operation that removes a document."""
    return {"delete": {"_index": entity, "_id": id_}}
