"""A search of a front end: a page of hits with how many there are, what they have, what was meant.

Whatever is told is told of documents that the viewer sees: rights are a condition of the query that
the page, the count, the facets and the corrected spelling all come from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity
from search_service.engines.base import Buckets, Range, Ranges, Reader, Terms
from search_service.errors import BadRequest
from search_service.query.analyse import Analysis
from search_service.query.build import build_search
from search_service.query.conditions import joined
from search_service.query.front_ends import Counted, FacetAsked, SearchAsked
from search_service.query.order import Cursor
from search_service.query.requests import SearchRequest
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Everything, Nothing, Query
from search_service.query.values import shown
from search_service.query.visibility import Viewer, seen_by
from search_service.service.meant import FEW, meant
from search_service.service.search import FoundPage, search

BOUND = 10_000  # hits that are counted unless all are asked for
# Joined documents are found by the ids of all hits: of more hits than these it would take too long.
MOST_JOINED_HITS = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many hits there are; not exact: at least so many."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class FoundFacet:
    """``buckets``: None where there are too many hits to count what joins to them."""

    asked: FacetAsked
    buckets: Buckets | None


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to tell; ``query`` is the one that the hits meet, without rights."""

    query: Query
    page: FoundPage
    count: Count | None
    facets: Sequence[FoundFacet]
    meant: str | None


def find(
    reader: Reader,
    asked: SearchAsked,
    viewer: Viewer,
    after: Cursor | None,
    analysis: Analysis,
    units: Units,
) -> Found:
    """The page after the cursor, and what there is to tell of all hits. Raises BadRequest."""
    request = SearchRequest(
        asked.entity.name,
        asked.conditions,
        asked.limit,
        asked.order,
        after,
        joined=asked.joined,
    )
    _check_facets(asked, analysis.facetable)
    query = build_search(request, analysis, units)
    visible = seen_by(viewer, asked.entity)
    seen = simplify(Bool(must=(query,), filter=(visible,)))
    page = search(reader, request, seen)
    return Found(
        query,
        page,
        _count(reader, asked, seen, page, is_first=after is None),
        [_facet(reader, asked.entity, facet, seen) for facet in asked.facets],
        _meant(reader, request, visible, len(page.hits), analysis, units)
        if after is None
        else None,
    )


def _meant(
    reader: Reader,
    request: SearchRequest,
    visible: Query,
    hits: int,
    analysis: Analysis,
    units: Units,
) -> str | None:
    text = request.conditions.text
    if text is None or hits >= min(FEW, request.limit):
        return None

    def with_text(other: str) -> Query:
        conditions = replace(request.conditions, text=other)
        query = build_search(replace(request, conditions=conditions), analysis, units)
        return simplify(Bool(must=(query,), filter=(visible,)))

    entity = lookup.entity(request.entity)
    return meant(reader, entity, text, visible, with_text, hits, analysis)


def _count(
    reader: Reader, asked: SearchAsked, seen: Query, page: FoundPage, *, is_first: bool
) -> Count | None:
    match asked.counted:
        case Counted.NONE:
            return None
        case _ if is_first and len(page.hits) < asked.limit:
            return Count(len(page.hits), exact=True)
        case Counted.EXACT:
            return Count(reader.tally(asked.entity.name, seen), exact=True)
        case Counted.BOUNDED:
            found = reader.tally(asked.entity.name, seen, BOUND + 1)
            return Count(min(found, BOUND), exact=found <= BOUND)


def _check_facets(asked: SearchAsked, facetable: Collection[str]) -> None:
    for facet in asked.facets:
        name, entity = facet.dimension.field, facet.entity
        if facet.dimension.ranges is None and name not in facetable:
            raise BadRequest(
                f"{shown(name)} cannot be counted by its values: the setting facet_fields lists "
                f"{', '.join(sorted(facetable))}; numbers are counted by 'ranges'"
            )
        if entity != asked.entity and _joining(asked.entity, entity, Everything()) is None:
            raise BadRequest(f"No documents of {entity.name} join to those of {asked.entity.name}")


def _joining(target: Entity, other: Entity, hits: Query) -> Query | None:
    """Documents of another entity that join to hits: by themselves, or by those of a third."""
    direct = joined(target.name, other.name, hits)
    if direct is not None:
        return direct
    ways = (
        joined(middle.name, other.name, between)
        for middle in ENTITIES
        if middle.searched
        and middle not in (target, other)
        and (between := joined(target.name, middle.name, hits)) is not None
    )
    return next((way for way in ways if way is not None), None)


def _facet(reader: Reader, target: Entity, facet: FacetAsked, seen: Query) -> FoundFacet:
    query = seen
    if facet.entity != target:
        if reader.tally(target.name, seen, MOST_JOINED_HITS + 1) > MOST_JOINED_HITS:
            return FoundFacet(facet, None)
        query = _joining(target, facet.entity, seen) or Nothing()
    dimension = facet.dimension
    counted: Mapping[str, Buckets]
    if dimension.ranges is None:
        counted = reader.counts(facet.entity.name, query, [Terms(dimension.field)])
        return FoundFacet(facet, counted.get(dimension.field, [])[: facet.labels])
    ranges = tuple(Range(range_.label, range_.low, range_.high) for range_ in dimension.ranges)
    counted = reader.counts(facet.entity.name, query, [Ranges(dimension.field, ranges)])
    return FoundFacet(facet, counted.get(dimension.field, []))
