"""The values of an integer field over all matching documents: what joins are made of.

Different values come as labels that are counted, a page of them after the other: one pass over the
documents for each page, and a few bytes for each value.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from search_service.catalogue import lookup
from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.joins import Scores
from search_service.engines.opensearch.search.requests import Json, Requests
from search_service.query.id_set import HIGHEST, Ids, IdSet

_AT_ONCE = 60_000  # values of one answer; the cluster allows 65,535 buckets
_HITS_AT_ONCE = 10_000


def values(requests: Requests, entity: str, query: Json, field: str) -> IdSet:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    column = _column(entity, field)
    if column is None:
        return IdSet.of(())
    pages = [np.array(page, np.int64) for page in _pages(requests, entity, query, column)]
    return IdSet(np.concatenate(pages)) if pages else IdSet.of(())


def _pages(requests: Requests, entity: str, query: Json, column: str) -> Iterator[list[int]]:
    """Ascending."""
    left = query
    while True:
        labels = {"field": column, "size": _AT_ONCE, "order": {"_key": "asc"}}
        body: Json = {
            "size": 0,
            "track_total_hits": False,
            "query": left,
            "aggs": {"values": {"terms": labels}},
        }
        answer = requests.search(entity, body, "aggregations.values.buckets.key")
        buckets = answer.get("aggregations", {}).get("values", {}).get("buckets", [])
        page = [bucket["key"] for bucket in buckets]
        if page:
            yield page
        if len(page) < _AT_ONCE or page[-1] == HIGHEST:
            return
        left = {"bool": {"filter": [query, {"range": {column: {"gt": page[-1]}}}]}}


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
