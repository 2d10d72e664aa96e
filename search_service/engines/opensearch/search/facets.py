"""Counts of values and of ranges over all matching documents, exact however many shards.

The commonest labels are asked for first, which are mostly all there are. A shard that has more of
them tells the commonest, and what it leaves out may be common elsewhere: then all are asked for,
page by page. The cluster refuses an answer with more than 65,535 buckets, so none is asked for.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.base import Buckets, Dimension, Range, Ranges, Terms
from search_service.engines.documents import engine_fields
from search_service.engines.documents.long_terms import is_label
from search_service.engines.opensearch.search.requests import Json, Requests


@dataclass(frozen=True, slots=True)
class BucketLimits:
    """How much is asked for at once."""

    commonest: int = 1_000  # labels of a field that are asked for first
    buckets: int = 60_000  # of one answer
    page: int = 10_000  # labels, of a field that has very many


LIMITS = BucketLimits()

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_EXACT_AS_DOUBLE = 2**53  # whole numbers up to it, which ranges are compared by in the cluster


def counts(
    requests: Requests,
    entity: str,
    query: Json,
    dimensions: Sequence[Dimension],
    limits: BucketLimits = LIMITS,
) -> Mapping[str, Buckets]:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    asking = _Asking(requests, entity, query, limits)
    found = lookup.entity(entity)
    of_labels = [each.field for each in dimensions if isinstance(each, Terms)]
    of_ranges = [each for each in dimensions if isinstance(each, Ranges)]
    columns = {field: _column(found, field) for field in of_labels}
    wanted = [_Wanted(field, column) for field, column in columns.items() if column is not None]
    pieces = [piece for each in of_ranges for piece in _pieces(found, each, limits.page)]
    labels, ranges = asking.first(wanted, pieces)
    counted: dict[str, Buckets] = {field: [] for field in columns}
    counted.update({each.field: _arranged(labels[each.field]) for each in wanted})
    for each in of_ranges:
        counted[each.field] = [
            (range_.key, ranges.get((each.field, place), 0))
            for place, range_ in enumerate(each.ranges)
        ]
    return counted


Labels = dict[str, int]
Place = tuple[str, int]
"""A field, and the place of one of its ranges."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A field whose labels are counted, and where these stand."""

    field: str
    column: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """Ranges of a field that are counted in one aggregation, each with its place."""

    field: str
    aggregation: Json
    places: tuple[int, ...]  # in the order of their keys in the answer


class _Asking:
    """Asks about the documents of one query."""

    def __init__(self, requests: Requests, entity: str, query: Json, limits: BucketLimits) -> None:
        self._requests = requests
        self._entity = entity
        self._query = query
        self._limits = limits

    def first(
        self, wanted: Sequence[_Wanted], pieces: Sequence[_Piece]
    ) -> tuple[Mapping[str, Labels], Mapping[Place, int]]:
        """All labels of all fields, and the counts of ranges; nearly always in one request."""
        limits = self._limits
        size = max(1, min(limits.commonest, limits.buckets // max(1, len(wanted))))
        asked = [_Asked(_terms(each.column, size), size) for each in wanted]
        asked += [_Asked(piece.aggregation, len(piece.places)) for piece in pieces]
        answers = list(self._answers(asked))
        labels = {
            each.field: _labels(answer) if _is_all(answer) else self._all_labels(each.column)
            for each, answer in zip(wanted, answers, strict=False)
        }
        ranges = {
            (piece.field, place): answer["buckets"][str(place)]["doc_count"]
            for piece, answer in zip(pieces, answers[len(wanted) :], strict=True)
            for place in piece.places
        }
        return labels, ranges

    def _all_labels(self, column: str) -> Labels:
        most = self._limits.buckets
        (answer,) = self._answers([_Asked(_terms(column, most), most)])
        # The rarest of so many are left out, if no shard leaves out what another one has.
        if not answer["doc_count_error_upper_bound"]:
            return _labels(answer)
        return dict(self._page_by_page(column))

    def _page_by_page(self, column: str) -> Iterator[tuple[str, int]]:
        size = self._limits.page
        source = [{"label": {"terms": {"field": column}}}]
        after: Json = {}
        while True:
            page = {"composite": {"size": size, "sources": source, **after}}
            (answer,) = self._answers([_Asked(page, size)])
            for bucket in answer["buckets"]:
                yield bucket["key"]["label"], bucket["doc_count"]
            if len(answer["buckets"]) < size:
                return
            after = {"after": answer["after_key"]}

    def _answers(self, asked: Sequence["_Asked"]) -> Iterator[Any]:
        """What each aggregation tells, in as few requests as buckets allow."""
        bodies: list[Json] = [
            {
                "size": 0,
                "track_total_hits": False,
                "query": self._query,
                "aggs": {str(place): each.aggregation for place, each in enumerate(together)},
            }
            for together in _packed(asked, self._limits.buckets)
        ]
        if len(bodies) == 1:
            answers = [self._requests.search(self._entity, bodies[0], "aggregations")]
        else:
            one_by_one = [(self._entity, body) for body in bodies]
            answers = [*self._requests.searches(one_by_one, "aggregations")]
        for body, answer in zip(bodies, answers, strict=True):
            for place in body["aggs"]:
                yield answer["aggregations"][place]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An aggregation, and how many buckets it has at most."""

    aggregation: Json
    buckets: int


def _packed(asked: Sequence[_Asked], most: int) -> Iterator[list[_Asked]]:
    together: list[_Asked] = []
    buckets = 0
    for each in asked:
        if together and buckets + each.buckets > most:
            yield together
            together, buckets = [], 0
        together.append(each)
        buckets += each.buckets
    if together:
        yield together


# ── labels ───────────────────────────────────────────────────────────────────────────────────────


def _column(entity: Entity, field: str) -> str | None:
    declared = entity.by_name.get(field)
    if declared is None or not declared.has_values:
        return None
    return engine_fields.facet_field(field)


def _terms(column: str, size: int) -> Json:
    return {"terms": {"field": column, "size": size, "shard_size": size}}


def _is_all(answer: Any) -> bool:
    return not answer["sum_other_doc_count"] and not answer["doc_count_error_upper_bound"]


def _labels(answer: Any) -> Labels:
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}


def _arranged(labels: Labels) -> Buckets:
    """Highest count first, equal ones by label. An empty value is no label."""
    counted = [(label, count) for label, count in labels.items() if label and is_label(label)]
    return sorted(counted, key=lambda item: (-item[1], item[0]))


# ── ranges ───────────────────────────────────────────────────────────────────────────────────────


def _pieces(entity: Entity, dimension: Ranges, size: int) -> Iterator[_Piece]:
    """The ranges that can have documents."""
    declared = entity.by_name.get(dimension.field)
    if declared is None or not declared.kind.is_number:
        return
    column = engine_fields.number_field(entity, dimension.field)
    is_whole = declared.kind is FieldKind.INTEGER
    placed = [
        (place, range_) for place, range_ in enumerate(dimension.ranges) if not _is_empty(range_)
    ]
    for start in range(0, len(placed), size):
        some = placed[start : start + size]
        as_doubles = not is_whole or all(_is_exact(range_) for _, range_ in some)
        aggregation = _range(column, some) if as_doubles else _filters(column, some)
        yield _Piece(dimension.field, aggregation, tuple(place for place, _ in some))


def _is_empty(range_: Range) -> bool:
    return range_.low is not None and range_.high is not None and range_.low >= range_.high


def _is_exact(range_: Range) -> bool:
    bounds = (range_.low, range_.high)
    return all(bound is None or abs(bound) <= _EXACT_AS_DOUBLE for bound in bounds)


def _range(column: str, placed: Sequence[tuple[int, Range]]) -> Json:
    ranges = [
        {"key": str(place), **_bounds("from", range_.low), **_bounds("to", range_.high)}
        for place, range_ in placed
    ]
    return {"range": {"field": column, "keyed": True, "ranges": ranges}}


def _bounds(name: str, bound: int | float | None) -> Json:
    return {} if bound is None else {name: float(bound)}


def _filters(column: str, placed: Sequence[tuple[int, Range]]) -> Json:
    """Each range by itself, as whole numbers: the cluster would compare them as doubles."""
    return {
        "filters": {"filters": {str(place): _within(column, range_) for place, range_ in placed}}
    }


def _within(column: str, range_: Range) -> Json:
    low, high = range_.low, range_.high
    if (low is not None and low > _HIGHEST) or (high is not None and high <= _LOWEST):
        return {"match_none": {}}
    within: Json = {}
    # An integer is below 2.5 when it is below 3.
    if low is not None and low > _LOWEST:
        within["gte"] = math.ceil(low)
    if high is not None and high <= _HIGHEST:
        within["lt"] = math.ceil(high)
    return {"range": {column: within}} if within else {"exists": {"field": column}}
