"""Facets: the number of matching documents for each value or range of a field."""

from collections.abc import Collection, Mapping, Sequence

from search_service.catalogue import lookup
from search_service.engines.base import Buckets, Range, Ranges, Reader, Terms
from search_service.engines.base import Dimension as Counted
from search_service.query.request.shapes import Dimension, FacetRequest
from search_service.query.tree import Query


def count(
    reader: Reader, request: FacetRequest, query: Query, facetable: Collection[str]
) -> tuple[Sequence[Dimension], Mapping[str, Buckets]]:
    """The dimensions of the answer to a facet request, and their counts by field.

    Without dimensions in the request: every facetable field that occurs.
    """
    sparse = request.dimensions is None
    dimensions = (
        [Dimension(field) for field in _facetable_fields(request.entity, facetable)]
        if request.dimensions is None
        # The answer has each field once: of dimensions of the same field the last is meant.
        else list({each.field: each for each in request.dimensions}.values())
    )
    if request.labels <= 0:
        return ([] if sparse else dimensions), {}
    if not reader.count(request.entity):
        return ([] if sparse else [Dimension(each.field) for each in dimensions]), {}
    countable = [each for each in dimensions if each.ranges is not None or each.field in facetable]
    counts = count_dimensions(reader, request.entity, query, countable, request.labels)
    if sparse:
        dimensions = [each for each in dimensions if counts.get(each.field)]
    return dimensions, counts


def count_dimensions(
    reader: Reader, entity: str, query: Query, dimensions: Sequence[Dimension], labels: int
) -> Mapping[str, Buckets]:
    """The counts of matching documents, by field: of all ranges, of the commonest ``labels``."""
    counted: list[Counted] = [
        Terms(each.field)
        if each.ranges is None
        else Ranges(each.field, tuple(Range(r.label, r.low, r.high) for r in each.ranges))
        for each in dimensions
    ]
    with_ranges = {each.field for each in dimensions if each.ranges is not None}
    return {
        field: buckets if field in with_ranges else buckets[:labels]
        for field, buckets in reader.counts(entity, query, counted).items()
    }


def _facetable_fields(entity: str, facetable: Collection[str]) -> list[str]:
    if lookup.find_entity(entity) is None:
        return []
    return [
        field.name
        for field in lookup.own_fields_first(entity)
        if field.name in facetable and field.has_values
    ]
