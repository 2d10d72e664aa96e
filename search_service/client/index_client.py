"""Reads the documents of an index: from a service over HTTP, or from a data directory without one.

Facets of id ranges give exact counts, listings give documents. Both are answered by the code of a
search worker, in its process or in ours. HTTP alone would not do for a directory without a service,
reading the directory alone not for a service elsewhere.

Not here: how a question gets there, see ``connection``.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Protocol

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.documents import Document
from search_service.errors import CannotSync, SearchTimedOut

RANGES_AT_ONCE = 64
DOCUMENTS_AT_ONCE = 1_000
IDS_AT_ONCE = 10_000


class Answers(Protocol):
    """Answers the operations of a search worker."""

    def ask(self, entity: str, operation: str, query_string: str, body: bytes) -> bytes:
        """The body of the answer. Raises SearchTimedOut, CannotSync, ServiceError."""
        ...

    def refresh(self) -> None:
        """Answer as of the last commit from now on."""
        ...


class IndexClient:
    """Counts, ids and documents of the index, by entity.

    Raises as ``Answers.ask`` does, and CannotSync for an answer that is not as expected.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.refresh = answers.refresh

    def counts(self, entity: str, edges: Sequence[int]) -> list[int]:
        """How many documents there are from each edge up to the next; edges ascend."""
        ranges = list(pairwise(edges))
        found: list[int] = []
        size = min(RANGES_AT_ONCE, len(ranges))
        while len(found) < len(ranges):
            try:
                found += self._count(entity, ranges[len(found) : len(found) + size])
            except SearchTimedOut:
                if size == 1:
                    raise
                size = max(1, size // 4)
        return found

    def ids(self, entity: str, low: int, high: int) -> list[int]:
        """All ids with low <= id < high, ascending."""
        return [id_ for id_, _ in self.walk(entity, low, high, ())]

    def walk(
        self, entity: str, low: int, high: int, fields: Sequence[str]
    ) -> Iterator[tuple[int, Document]]:
        """These fields of all documents with low <= id < high, ascending by id."""
        while low < high:
            request = {"from": low, "to": high, "limit": IDS_AT_ONCE, "fields": list(fields)}
            page = self._list(entity, request)
            yield from page
            if len(page) < IDS_AT_ONCE:
                return
            low = page[-1][0] + 1

    def documents(self, entity: str, ids: Collection[int]) -> dict[int, Document]:
        """The documents with these ids, without those that the index does not have."""
        wanted = sorted(ids)
        found: dict[int, Document] = {}
        for start in range(0, len(wanted), DOCUMENTS_AT_ONCE):
            some = wanted[start : start + DOCUMENTS_AT_ONCE]
            found.update(self._list(entity, {"ids": some}))
        return found

    def _count(self, entity: str, ranges: Sequence[tuple[int, int]]) -> list[int]:
        field = lookup.entity(entity).id_field
        request = [
            {"key": str(place), "from": low, "to": high} for place, (low, high) in enumerate(ranges)
        ]
        body = {"query": {}, "dimensions": [{"dimension": field, "ranges": request}]}
        content = self._ask(entity, "facet", "maxResults=1&maxLabels=1", body)
        with _refusing_others(entity, "facet"):
            buckets = orjson.loads(content)["aggregations"].get(field, {}).get("buckets", {})
            counts = [buckets.get(str(place), {}) for place, _ in enumerate(ranges)]
            return [int(count.get("doc_count", 0)) for count in counts]

    def _list(self, entity: str, request: object) -> list[tuple[int, Document]]:
        content = self._ask(entity, "documents", "", request)
        with _refusing_others(entity, "documents"):
            return [(one["_id"], one["_source"]) for one in orjson.loads(content)["documents"]]

    def _ask(self, entity: str, operation: str, query_string: str, body: object) -> bytes:
        return self._answers.ask(entity, operation, query_string, orjson.dumps(body))


@contextmanager
def _refusing_others(entity: str, operation: str) -> Iterator[None]:
    """Raise CannotSync for an answer that is of another program, or of another release."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotSync(
            f"what is answered to {operation} of {entity} is not as this release answers; is the "
            "address right, and the service of this release?"
        ) from error
