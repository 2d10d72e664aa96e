"""The values of an integer field over all matching documents: what joins are made of.

Different values come as labels that are counted, a page of them after the other: one pass over the
documents for each page, and a few bytes for each value.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from search_service.catalogue import lookup
from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.joins import Scores
from search_service.engines.opensearch.search.requests import Json, Requests
from search_service.query.id_set import HIGHEST, Ids, IdSet

AT_ONCE = 60_000  # values of one answer; the cluster allows 65,535 buckets
_HITS_AT_ONCE = 10_000


Wanted = tuple[str, Json, str]
"""Of an entity the documents that match, and a field of theirs."""


def values(requests: Requests, entity: str, query: Json, field: str) -> IdSet:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    (found,) = values_of_each(requests, [(entity, query, field)])
    return found


def values_of_each(requests: Requests, wanted: Sequence[Wanted]) -> list[IdSet]:
    """Several at once: one round trip, where none has more values than an answer holds."""
    pages: list[list[Ids]] = [[] for _ in wanted]
    left: list[tuple[int, str, str, Json]] = []
    for place, (entity, query, field) in enumerate(wanted):
        column = _column(entity, field)
        if column is not None:
            left.append((place, entity, column, query))
    while left:
        asked = [(entity, _page(query, column)) for _, entity, column, query in left]
        answers = requests.searches(asked, "aggregations.values.buckets.key")
        goes_on: list[tuple[int, str, str, Json]] = []
        for (place, entity, column, _), answer in zip(left, answers, strict=True):
            page = _keys(answer)
            pages[place].append(np.array(page, np.int64))
            if len(page) == AT_ONCE and page[-1] < HIGHEST:
                beyond = {"range": {column: {"gt": page[-1]}}}
                query = {"bool": {"filter": [wanted[place][1], beyond]}}
                goes_on.append((place, entity, column, query))
        left = goes_on
    return [IdSet(np.concatenate(found)) if found else IdSet.of(()) for found in pages]


def _page(query: Json, column: str) -> Json:
    """The lowest values."""
    labels = {"field": column, "size": AT_ONCE, "order": {"_key": "asc"}}
    return {
        "size": 0,
        "track_total_hits": False,
        "query": query,
        "aggs": {"values": {"terms": labels}},
    }


def _keys(answer: Any) -> list[int]:
    buckets = answer.get("aggregations", {}).get("values", {}).get("buckets", [])
    return [bucket["key"] for bucket in buckets]


def scores(requests: Requests, entity: str, query: Json, field: str) -> tuple[Ids, Scores]:
    """The values, each with the score of its document; as often as documents have it."""
    column = _column(entity, field)
    if column is None:
        return np.array([], np.int64), np.array([], np.float64)
    with_value = {"bool": {"must": [query], "filter": [{"exists": {"field": column}}]}}
    found: list[int] = []
    of_found: list[float] = []
    start: list[Any] | None = None
    while True:
        body: Json = {
            "query": with_value,
            "sort": [{column: "asc"}, {KEY: "asc"}],
            "track_scores": True,
            "track_total_hits": False,
            "size": _HITS_AT_ONCE,
            "_source": False,
            "stored_fields": "_none_",
        }
        if start is not None:
            body["search_after"] = start
        answer = requests.search(
            entity,
            body,
            "hits.hits.sort",
            "hits.hits._score",
            search_type="dfs_query_then_fetch",
        )
        hits = answer.get("hits", {}).get("hits", [])
        found += [hit["sort"][0] for hit in hits]
        of_found += [hit["_score"] for hit in hits]
        if len(hits) < _HITS_AT_ONCE:
            return np.array(found, np.int64), np.array(of_found, np.float64)
        start = hits[-1]["sort"]


def _column(entity: str, field: str) -> str | None:
    found = lookup.entity(entity)
    declared = found.by_name.get(field)
    if declared is None or declared.kind is not FieldKind.INTEGER:
        return None
    return engine_fields.number_field(found, field)
