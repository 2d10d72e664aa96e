"""In how many documents terms are, read from the dictionaries of all shards in one request.

The cluster tells it of the terms of a document that is given to it, which need not be stored: so
all terms that are asked of an entity are one document. It tells it of one shard, so the document is
sent once for each, with a value that routes it there. A hundred terms take some milliseconds, and
as many searches some fifty (measured).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from search_service.engines.opensearch.search.requests import Json, Requests, nothing_to_search
from search_service.errors import EngineFailed

FieldTerm = tuple[str, str]
"""A field of the index and a term in it."""

_TRIES = 3  # an entity may get another index meanwhile
_ANY_TERM = "-"
_READ = (
    "docs._index,docs.error,docs.term_vectors.*.terms.*.doc_freq,"
    "docs.term_vectors.*.field_statistics.doc_count"
)


class TermStatistics:
    """What the shards know of terms."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._shards: dict[str, _Shards] = {}  # by entity

    def frequencies(
        self, wanted: Mapping[str, Collection[FieldTerm]]
    ) -> Mapping[str, Mapping[FieldTerm, int]]:
        """In how many documents each term is, by entity; deleted ones may be counted."""
        documents = {entity: _document(terms) for entity, terms in wanted.items()}
        answers = self._ask(documents, of_fields=False)
        return {
            entity: {
                (field, term): sum(
                    shard.get(field, {}).get("terms", {}).get(term, {}).get("doc_freq", 0)
                    for shard in answers[entity]
                )
                for field, term in terms
            }
            for entity, terms in wanted.items()
        }

    def documents_with(self, entity: str, fields: Collection[str]) -> Mapping[str, int]:
        """How many documents have a term in each of these fields."""
        document = _document([(field, _ANY_TERM) for field in fields])
        answers = self._ask({entity: document}, of_fields=True)[entity]
        return {
            field: sum(
                max(0, shard.get(field, {}).get("field_statistics", {}).get("doc_count", 0))
                for shard in answers
            )
            for field in fields
        }

    def _ask(self, documents: Mapping[str, Json], *, of_fields: bool) -> Mapping[str, list[Any]]:
        """The term vectors of a document of each entity, from each of its shards."""
        for _ in range(_TRIES):
            placed = [
                (entity, shard)
                for entity in documents
                for shard in self._shards_of(entity).routed_by
            ]
            asked = [
                {
                    "_index": self._requests.alias(entity),
                    "routing": shard,
                    "doc": documents[entity],
                    "fields": [*documents[entity]],
                    "term_statistics": not of_fields,
                    "field_statistics": of_fields,
                    "positions": False,
                    "offsets": False,
                    "payloads": False,
                }
                for entity, shard in placed
            ]
            answer = self._requests.post("/_mtermvectors", {"docs": asked}, {"filter_path": _READ})
            answers: dict[str, list[Any]] = {entity: [] for entity in documents}
            for (entity, _), found in zip(placed, answer["docs"], strict=True):
                if found.get("_index") != self._shards[entity].index:
                    self._shards.pop(entity)
                    break
                answers[entity].append(found.get("term_vectors", {}))
            else:
                return answers
        raise EngineFailed("The terms of an index could not be counted", _NoShard(str(answer)))

    def _shards_of(self, entity: str) -> "_Shards":
        known = self._shards.get(entity)
        if known is None:
            known = self._shards[entity] = self._read_shards(entity)
        return known

    def _read_shards(self, entity: str) -> "_Shards":
        path = f"/{self._requests.alias(entity)}/_search_shards"
        every = self._requests.post(path, {}, {})
        if not every["indices"]:
            raise nothing_to_search(entity)
        (index,) = every["indices"]
        if len(every["shards"]) == 1:
            return _Shards(index, ("0",))
        routed: dict[int, str] = {}
        for routing in map(str, count()):
            found = self._requests.post(path, {}, {"routing": routing})
            routed.setdefault(_number_of(found["shards"][0]), routing)
            if len(routed) == len(every["shards"]):
                break
        return _Shards(index, tuple(routed.values()))


class _NoShard(Exception):
    """What the cluster said instead."""


@dataclass(frozen=True, slots=True)
class _Shards:
    """The shards of an index: for each a value that routes to it."""

    index: str
    routed_by: tuple[str, ...]


def _number_of(copies: Sequence[Mapping[str, int]]) -> int:
    return copies[0]["shard"]


def _document(terms: Collection[FieldTerm]) -> Json:
    """A document of just these terms."""
    by_field: dict[str, list[str]] = {}
    for field, term in terms:
        by_field.setdefault(field, []).append(term)
    return {field: " ".join(found) for field, found in by_field.items()}
