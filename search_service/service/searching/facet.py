"""Facets: how many of the matching documents have which value."""

from collections.abc import Collection, Mapping, Sequence

from search_service.catalogue import lookup
from search_service.engines.base import Buckets, Range, Ranges, Reader, Terms
from search_service.engines.base import Dimension as Counted
from search_service.query.request.shapes import Dimension, FacetRequest
from search_service.query.tree import Query


def count(
    reader: Reader, request: FacetRequest, query: Query, facetable: Collection[str]
) -> tuple[Sequence[Dimension], Mapping[str, Buckets]]:
    """The dimensions to tell of and their counts, cut to as many labels as asked for.

    Without dimensions in the request: every facetable field that occurs.
    """
    sparse = request.dimensions is None
    dimensions = (
        [Dimension(field) for field in _facetable_fields(request.entity, facetable)]
        if request.dimensions is None
        else list(request.dimensions)
    )
    if request.labels <= 0:
        return ([] if sparse else dimensions), {}
    if not reader.count(request.entity):
        return ([] if sparse else [Dimension(each.field) for each in dimensions]), {}
    wanted: list[Counted] = [
        Terms(each.field)
        if each.ranges is None
        else Ranges(each.field, tuple(Range(r.label, r.low, r.high) for r in each.ranges))
        for each in dimensions
        if each.ranges is not None or each.field in facetable
    ]
    counts = {
        field: buckets
        if any(isinstance(each, Ranges) and each.field == field for each in wanted)
        else buckets[: request.labels]
        for field, buckets in reader.counts(request.entity, query, wanted).items()
    }
    if sparse:
        dimensions = [each for each in dimensions if counts.get(each.field)]
    return dimensions, counts


def _facetable_fields(entity: str, facetable: Collection[str]) -> list[str]:
    if lookup.find_entity(entity) is None:
        return []
    return [
        field.name
        for field in lookup.own_fields_first(entity)
        if field.name in facetable and field.has_values
    ]
