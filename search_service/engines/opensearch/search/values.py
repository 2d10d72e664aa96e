"""The values of an integer field over all matching documents: what joins are made of.

Values are counted as labels, lowest first: one answer for nearly every set. Each further answer
looks at all documents again, so where few documents have the same value, hits sorted by it go on,
which takes a third of the time (measured over 400,000 different values).
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from search_service.catalogue import lookup
from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.joins import Scores
from search_service.engines.opensearch.search.requests import (
    WITHOUT_DOCUMENT,
    Json,
    Requests,
    hits_of,
)
from search_service.query.id_set import HIGHEST, Ids, IdSet

FIRST = 10_000
"""Values of a first answer, and hits of any; the cluster gives no more hits at once."""

_MORE = 6  # times as many values in further answers; the cluster allows 65,535 buckets
_FEW = 3  # documents for a value, at which hits are quicker than counts
_COUNTED = ("aggregations.values.buckets.key", "aggregations.values.buckets.doc_count")


Wanted = tuple[str, Json, str]
"""Of an entity the documents that match, and a field of theirs."""


def values(requests: Requests, wanted: Wanted, first: int = FIRST) -> IdSet:
    """As in ``Reader``. ``first``: values of the first answer."""
    (found,) = values_of_each(requests, [wanted], first)
    return found


def values_of_each(requests: Requests, wanted: Sequence[Wanted], first: int = FIRST) -> list[IdSet]:
    """Several at once: one round trip, where none has more values than an answer holds."""
    placed = [(*each, _column(each[0], each[2])) for each in wanted]
    asked = [
        (entity, _counted(query, column, first))
        for entity, query, _, column in placed
        if column is not None
    ]
    answers = iter(requests.searches(asked, *_COUNTED))
    found: list[IdSet] = []
    for entity, query, _, column in placed:
        if column is None:
            found.append(IdSet.of(()))
            continue
        page = _Page.of(next(answers))
        pages = [page, *_further(requests, (entity, query, column), page, first)]
        values = np.concatenate([np.array(each.values, np.int64) for each in pages])
        found.append(IdSet.of_array(values))
    return found


class _Page(NamedTuple):
    """Different values, ascending, and about how many documents have them."""

    values: list[int]
    documents: int

    @classmethod
    def of(cls, answer: Any) -> "_Page":
        """Of an answer with counted values."""
        buckets = answer.get("aggregations", {}).get("values", {}).get("buckets", [])
        counts = (bucket["doc_count"] for bucket in buckets)
        return cls([bucket["key"] for bucket in buckets], sum(counts))


def _further(requests: Requests, wanted: Wanted, page: _Page, first: int) -> Iterator[_Page]:
    """The pages behind a first one. ``wanted``: with the column in place of the field."""
    entity, query, column = wanted
    length = first
    while len(page.values) >= length and page.values[-1] < HIGHEST:
        last = page.values[-1]
        if page.documents <= _FEW * len(page.values):
            yield from _sorted(requests, wanted, last, first)
            return
        length = _MORE * first
        beyond = {"range": {column: {"gt": last}}}
        rest = _counted({"bool": {"filter": [query, beyond]}}, column, length)
        page = _Page.of(requests.search(entity, rest, *_COUNTED))
        yield page


def _sorted(requests: Requests, wanted: Wanted, last: int, length: int) -> Iterator[_Page]:
    """By hits; all that have the last value of a page are left out of the next."""
    entity, query, column = wanted
    while True:
        body: Json = {
            "query": {"bool": {"filter": [query, {"exists": {"field": column}}]}},
            "sort": [{column: "asc"}],
            "search_after": [last],
            "size": length,
            "track_total_hits": False,
            **WITHOUT_DOCUMENT,
        }
        answer = requests.search(entity, body, "hits.hits.sort")
        values = [hit["sort"][0] for hit in hits_of(answer)]
        yield _Page(values, len(values))
        if len(values) < length:
            return
        last = values[-1]


def _counted(query: Json, column: str, length: int) -> Json:
    """The lowest values."""
    labels = {"field": column, "size": length, "order": {"_key": "asc"}}
    return {
        "size": 0,
        "track_total_hits": False,
        "query": query,
        "aggs": {"values": {"terms": labels}},
    }


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
            "size": FIRST,
            **WITHOUT_DOCUMENT,
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
        hits = hits_of(answer)
        found += [hit["sort"][0] for hit in hits]
        of_found += [hit["_score"] for hit in hits]
        if len(hits) < FIRST:
            return np.array(found, np.int64), np.array(of_found, np.float64)
        start = hits[-1]["sort"]


def _column(entity: str, field: str) -> str | None:
    found = lookup.entity(entity)
    declared = found.by_name.get(field)
    if declared is None or declared.kind is not FieldKind.INTEGER:
        return None
    return engine_fields.number_field(found, field)
