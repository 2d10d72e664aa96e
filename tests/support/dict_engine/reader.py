"""The reading half: every question is answered by looking at all documents."""

import heapq
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any, assert_never, cast

import orjson

from analyzers import SEPARATORS, Synonyms
from search_service.catalogue import lookup
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import (
    Buckets,
    Dimension,
    Document,
    Hit,
    Range,
    Ranges,
    Reader,
    Sources,
    Terms,
    View,
)
from search_service.query.id_set import IdSet
from search_service.query.order import Cursor, Order, Value
from search_service.query.tree import Everything, Query
from search_service.query.vocabulary import Ask
from tests.support.dict_engine.index import Index
from tests.support.dict_engine.matching import Matching

Documents = Mapping[str, Mapping[int, Document]]


@dataclass(frozen=True)
class DictView:
    """All documents, by entity and id."""

    version: int = 0
    generation: int = 0
    documents: Documents = field(default_factory=dict)


class DictReader(Reader):
    """Finds in the documents of a view. ``read`` counts those that a walk handed out."""

    def __init__(
        self,
        documents: Documents | None = None,
        *,
        facetable: frozenset[str] = frozenset(FACETABLE_BY_DEFAULT),
        separators: str = SEPARATORS,
        synonyms: Synonyms | None = None,
    ) -> None:
        self._separators = separators
        self._synonyms = synonyms or Synonyms.builtin()
        self._matching = Matching(self._index, facetable)
        self.read = 0
        self.see(DictView(1, 1, documents or {}))

    def close(self) -> None: ...

    def renew(self) -> None:
        return None

    def see(self, view: View) -> None:
        self._view = cast(DictView, view)
        self._indexes: dict[str, Index] = {}

    # ── pages ─────────────────────────────────────────────────────────────────────────────────────

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        hits = [
            Hit(id_, score if order.by_relevance else None, self._values(entity, order, id_), id_)
            for id_, score in self._found(entity, query).items()
        ]
        compare = _comparison(order)
        if after is not None:
            score = after.values[0] if order.by_relevance else None
            last = Hit(
                after.id,
                score if isinstance(score, float) else None,
                () if order.by_relevance else after.values,
                None,
            )
            hits = [hit for hit in hits if compare(hit, last) > 0]
        return heapq.nsmallest(limit, hits, key=cmp_to_key(compare))

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        documents = [self._all(entity)[hit.id] for hit in hits]
        declared = lookup.entity(entity).by_name.keys()
        undeclared = [place for place, found in enumerate(documents) if found.keys() - declared]
        return Sources([orjson.dumps(found) for found in documents], undeclared)

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        return [self._all(entity)[hit.id].get(field) for hit in hits]

    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        ids = list(self._found(entity, query))[:limit]
        return [Hit(id_, None, (), id_) for id_ in ids]

    # ── documents ─────────────────────────────────────────────────────────────────────────────────

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        documents = self._all(entity)
        return {id_: documents[id_] for id_ in ids if id_ in documents}

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        in_order = sorted(self._all(entity).items())
        return {
            key: [found for _, found in in_order if found.get(by) == key][:limit] for key in keys
        }

    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        ids = sorted(self._found(entity, query))
        later = [id_ for id_ in ids if after_id is None or id_ > after_id]
        found = [(id_, self._all(entity)[id_]) for id_ in later[:limit]]
        self.read += len(found)
        return found

    # ── values and counts ─────────────────────────────────────────────────────────────────────────

    def values(self, entity: str, query: Query, field: str) -> IdSet:
        found = (self._all(entity)[id_].get(field) for id_ in self._found(entity, query))
        return IdSet.of(value for value in found if value is not None)

    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        found = [self._all(entity)[id_] for id_ in self._found(entity, query)]
        return {each.field: _buckets(found, each) for each in dimensions}

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        between = (
            id_
            for id_ in self._all(entity)
            if (low is None or id_ > low) and (high is None or id_ <= high)
        )
        return max(between, default=None)

    def count(self, entity: str) -> int:
        return len(self._all(entity))

    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        found = len(self._found(entity, query))
        return found if up_to is None else min(found, up_to)

    # ── words ─────────────────────────────────────────────────────────────────────────────────────

    def expect(self, reading: Hashable, ask: Ask) -> None: ...

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        return len(self._index(entity).words(field).of(word))

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        return len(self._index(entity).parts(field).of(part))

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        return bool(self._index(entity).synonyms_of(field).of(word))

    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        matching = set(self._found(entity, query or Everything()))
        counted = [
            (word, len(matching & set(postings)))
            for word, postings in self._index(entity).words(field).postings.items()
            if word.startswith(beginning)
        ]
        found = [(word, count) for word, count in counted if count]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        documents = self._all(entity)
        return [
            hit
            for hit in self.some(entity, query, len(documents))
            if str(documents[hit.id].get(field, "")).startswith(beginning)
        ][:limit]

    def stamp(self, entity: str) -> Hashable:
        return self._view.version

    # ── what there is ─────────────────────────────────────────────────────────────────────────────

    def _found(self, entity: str, query: Query) -> Mapping[int, float]:
        """The documents that match, with their scores."""
        return self._matching.scores(entity, query) if self._all(entity) else {}

    def _all(self, entity: str) -> Mapping[int, Document]:
        found = lookup.find_entity(entity)
        return {} if found is None else self._view.documents.get(found.name, {})

    def _index(self, entity: str) -> Index:
        declared = lookup.entity(entity)
        known = self._indexes.get(declared.name)
        if known is None:
            documents = self._all(declared.name)
            known = Index(declared, documents, self._synonyms, self._separators)
            self._indexes[declared.name] = known
        return known

    def _values(self, entity: str, order: Order, id_: int) -> tuple[Value, ...]:
        document = self._all(entity)[id_]
        return tuple(document.get(key.field) for key in order.keys)


# ── order ─────────────────────────────────────────────────────────────────────────────────────────


def _comparison(order: Order) -> Callable[[Hit, Hit], int]:
    def compare(one: Hit, other: Hit) -> int:
        if order.by_relevance:
            difference = _compared(other.score or 0.0, one.score or 0.0)
            return difference or _compared(one.id, other.id)
        for key, a, b in zip(order.keys, one.values, other.values, strict=True):
            difference = _compared(_comparable(a), _comparable(b))
            if difference:
                return -difference if key.descending else difference
        return _compared(one.id, other.id)

    return compare


def _comparable(value: Value) -> Any:
    """What is missing comes first, strings by their bytes."""
    if value is None:
        return (0,)
    return (1, value.encode() if isinstance(value, str) else value)


def _compared(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


def _buckets(found: Sequence[Document], dimension: Dimension) -> Buckets:
    values = [document[dimension.field] for document in found if dimension.field in document]
    match dimension:
        case Terms():
            labels = [value for value in values if isinstance(value, str) and value]
            counted = [(label, labels.count(label)) for label in sorted(set(labels))]
            return sorted(counted, key=lambda bucket: -bucket[1])
        case Ranges(_, ranges):
            return [(each.key, sum(_is_in(value, each) for value in values)) for each in ranges]
        case _:
            assert_never(dimension)


def _is_in(value: float, range_: Range) -> bool:
    return (range_.low is None or value >= range_.low) and (
        range_.high is None or value < range_.high
    )
