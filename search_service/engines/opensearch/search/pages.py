"""Pages of hits, exactly in order, however many there are.

A hit's sort values are all that is read of it, with its id as the last: the cluster then reads no
stored document for hits that are not on a page that somebody is shown. The documents of a page of
usual length come with it, so that they need no request of their own.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.base import Hit
from search_service.engines.constant_score import constant_score
from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.equal_scores import is_tied
from search_service.engines.opensearch.search.documents import WITH_DOCUMENT, stored
from search_service.engines.opensearch.search.highest_values import HighestValues, is_broad
from search_service.engines.opensearch.search.queries.compile import Compiler
from search_service.engines.opensearch.search.requests import (
    WITHOUT_DOCUMENT,
    Json,
    Requests,
    hits_of,
)
from search_service.query.id_set import LOWEST
from search_service.query.order import Cursor, Order, SortKey, Value
from search_service.query.tree import Query

AT_ONCE = 10_000
"""Hits of one answer of the cluster at most, unless its settings say otherwise."""

# Of a longer page the documents are mostly not asked for: its hits are judged, or counted.
MOST_WITH_DOCUMENTS = 1_000

_UNIT = 1.0  # what the cluster gives a leaf that scores 1

# What stands in place of a missing value in the cluster's answers and cursors.
_NO_INTEGER, _NO_DOUBLE, _NO_TEXT = LOWEST, "-Infinity", None

_Sorted = list[Any]  # the sort values of a hit as the cluster has them, the id last


class Pages:
    """The pages of a reader."""

    def __init__(self, requests: Requests, compiler: Compiler, highest: HighestValues) -> None:
        self._requests = requests
        self._compiler = compiler
        self._highest = highest

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``, of a tree without joins."""
        if order.by_relevance:
            return self._by_relevance(entity, query, after, limit)
        found = lookup.entity(entity)
        # Nothing has a value in a field that is no column, so nothing is sorted by it.
        places = [place for place, key in enumerate(order.keys) if _has_column(found, key.field)]
        keys = [order.keys[place] for place in places]
        fields = [found.by_name[key.field] for key in keys]
        kinds = [field.kind for field in fields]
        columns = [engine_fields.sort_column(found, field) for field in fields]
        sort = [_by(*each) for each in zip(columns, keys, strict=True)]
        compiled = self._compiler.compiled(entity, query, scored=False)
        start = None
        if after is not None:
            values = zip(kinds, (after.values[place] for place in places), strict=True)
            start = [*(self._as_sorted(kind, value) for kind, value in values), after.id]

        def hit(values: _Sorted, place: object) -> Hit:
            *of_keys, id_ = values
            read: list[Value] = [None] * len(order.keys)
            for at, kind, value in zip(places, kinds, of_keys, strict=True):
                read[at] = _value(kind, value)
            return Hit(id_, None, tuple(read), place)

        is_short = limit <= MOST_WITH_DOCUMENTS
        is_newest_first = bool(keys) and keys[0].descending and kinds[0].is_number
        if is_newest_first and is_short and is_broad(query):
            first = self._highest.begin(entity, columns[0])
            if first is not None:
                highest: Json = {"range": {columns[0]: {"gte": first}}}
                within: Json = {"bool": {"filter": [compiled, highest]}}
                hits = self._hits(entity, within, sort, start, limit, hit)
                if len(hits) == limit:
                    return hits
        return self._hits(entity, compiled, sort, start, limit, hit)

    def some(self, entity: str, query: Json, limit: int) -> Sequence[Hit]:
        """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
        body: Json = {
            "query": query,
            "size": min(limit, AT_ONCE),
            "sort": ["_doc"],
            "docvalue_fields": [KEY],
            "track_total_hits": False,
            **WITH_DOCUMENT,
        }
        answer = self._requests.search(entity, body)
        return [Hit(hit["fields"][KEY][0], None, (), stored(hit)) for hit in hits_of(answer)]

    def _by_relevance(
        self, entity: str, query: Query, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        score = constant_score(query, _UNIT)
        if score is None:
            compiled = self._compiler.compiled(entity, query, scored=True)
            sort: list[Json] = [{"_score": {"order": "desc"}}]
            start = None if after is None else [after.values[0], after.id]
            return self._hits(entity, compiled, sort, start, limit, _scored_hit)
        compiled = self._compiler.compiled(entity, query, scored=False)
        start = None
        if after is not None:
            last = after.values[0]
            if isinstance(last, int | float) and score > last and not is_tied(score, last):
                return []
            if isinstance(last, int | float) and is_tied(score, last):
                start = [after.id]

        def hit(values: _Sorted, place: object) -> Hit:
            return Hit(values[0], score, (), place)

        return self._hits(entity, compiled, [], start, limit, hit)

    def _hits(
        self,
        entity: str,
        query: Json,
        sort: Sequence[Json],
        start: _Sorted | None,
        limit: int,
        hit: Callable[[_Sorted, object], Hit],
    ) -> Sequence[Hit]:
        if limit <= 0:
            return []
        has_documents = limit <= MOST_WITH_DOCUMENTS
        body: Json = {
            "query": query,
            "sort": [*sort, {KEY: "asc"}],
            "track_total_hits": False,
            **(WITH_DOCUMENT if has_documents else WITHOUT_DOCUMENT),
        }
        paths = () if has_documents else ("hits.hits.sort",)
        # Copies of a shard differ by what was deleted, so by scores: a search stays with one.
        params = {"preference": _digest(query)}
        if sort and "_score" in sort[0]:
            params["search_type"] = "dfs_query_then_fetch"
        hits: list[Hit] = []
        while True:
            size = min(limit - len(hits), AT_ONCE)
            page: Json = {**body, "size": size}
            if start is not None:
                page["search_after"] = start
            found = hits_of(self._requests.search(entity, page, *paths, **params))
            hits += [hit(each["sort"], stored(each)) for each in found]
            if len(found) < size or len(hits) >= limit:
                return hits
            start = found[-1]["sort"]

    def _as_sorted(self, kind: FieldKind, value: Value) -> Value:
        match kind:
            case FieldKind.INTEGER:
                return _NO_INTEGER if value is None else value
            case FieldKind.DOUBLE:
                return _NO_DOUBLE if value is None else value
            case _:
                return self._compiler.format.sort_key(value) if isinstance(value, str) else _NO_TEXT


def _has_column(entity: Entity, field: str) -> bool:
    declared = entity.by_name.get(field)
    return declared is not None and (
        declared.kind.is_number or engine_fields.is_text_sorted(declared)
    )


def _by(column: str, key: SortKey) -> Json:
    if key.descending:
        return {column: {"order": "desc", "missing": "_last"}}
    return {column: {"order": "asc", "missing": "_first"}}


def _value(kind: FieldKind, value: Value) -> Value:
    match kind:
        case FieldKind.INTEGER:
            return None if value == _NO_INTEGER else value
        case FieldKind.DOUBLE:
            return None if value == _NO_DOUBLE else value
        case _:
            return value


def _scored_hit(values: _Sorted, place: object) -> Hit:
    score, id_ = values
    return Hit(id_, score, (), place)


def _digest(query: Json) -> str:
    return blake2b(orjson.dumps(query), digest_size=8).hexdigest()
