"""A search of a front end: a page of hits with its count, facets and a corrected spelling.

All of it comes from documents that the viewer may see: rights are a condition of the query of the
page, the count, the facets and the corrected spelling.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzers.units import Units
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity
from search_service.engines.base import Buckets, Reader
from search_service.errors import BadRequest, LimitExceeded
from search_service.query.conditions import joined
from search_service.query.order import Cursor
from search_service.query.request.front_ends import Counted, FacetAsked, SearchAsked
from search_service.query.request.shapes import SearchRequest
from search_service.query.request.values import shown
from search_service.query.simplify import simplify
from search_service.query.text.reading import Reading
from search_service.query.tree import Bool, Everything, Nothing, Query
from search_service.query.visibility import OnlySeen, Viewer, seen_by
from search_service.query.vocabulary import Vocabulary
from search_service.service.searching.did_you_mean import FEW, did_you_mean
from search_service.service.searching.facet import count_dimensions
from search_service.service.searching.joined import JoinedArrays
from search_service.service.searching.limits import AnswerLimits
from search_service.service.searching.search import HitPage, QueryBuilder, search
from search_service.service.searching.viewer_rights import ViewerRightsCache
from search_service.service.searching.visible_words import VisibleWords
from search_service.steps import Step, step

BOUND = 10_000  # hits that are counted, unless an exact count is asked for
# Joined documents are found by the ids of all hits: of more hits than these it would take too long.
MOST_JOINED_HITS = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many hits there are; where it is not ``exact``, at least so many."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class FacetResult:
    """The counts of a facet; None where too many hits have documents that join to them."""

    asked: FacetAsked
    buckets: Buckets | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to a front end. ``did_you_mean``: a text that finds more, None where none does."""

    page: HitPage
    count: Count | None
    facets: Sequence[FacetResult]
    did_you_mean: str | None


def find(
    reader: Reader,
    vocabulary: Vocabulary,
    asked: SearchAsked,
    viewer: Viewer,
    after: Cursor | None,
    reading: Reading,
    units: Units,
    rights_cache: ViewerRightsCache,
    joined_arrays: JoinedArrays,
    limits: AnswerLimits,
) -> SearchResult:
    """The page after the cursor, with the count and the facets of all hits. Raises BadRequest."""
    request = request_of(asked, after)
    _check_facets(asked, reading.analysis.facetable)
    rights = Rights(viewer, asked.entity)
    builder = builder_for(reader, vocabulary, viewer, reading, units, rights_cache, rights)
    page = search(builder, request, joined_arrays, limits)
    typed_hits = 0 if page.is_respelled else len(page.hits)
    with step(Step.COUNT):
        count = _count(reader, asked, page, is_first=after is None)
    with step(Step.FACETS):
        facets = [_facet(reader, asked.entity, facet, page, rights) for facet in asked.facets]
    with step(Step.SPELLING):
        another = None
        if after is None:
            another = _did_you_mean(builder, asked, request, rights, typed_hits)
    return SearchResult(page, count, facets, another)


def request_of(asked: SearchAsked, after: Cursor | None = None) -> SearchRequest:
    """The page after the cursor, as it is searched for."""
    return SearchRequest(
        asked.entity.name,
        asked.conditions,
        asked.limit,
        asked.order,
        after,
        joined=asked.joined,
    )


def builder_for(
    reader: Reader,
    vocabulary: Vocabulary,
    viewer: Viewer,
    reading: Reading,
    units: Units,
    rights_cache: ViewerRightsCache,
    rights: "Rights",
) -> QueryBuilder:
    """What builds the queries of a viewer, within ``rights``."""
    words = VisibleWords(reader, partial(rights_cache.of, viewer))
    return QueryBuilder(reader, vocabulary, reading, units, words, rights.within)


class Rights:
    """Restricts queries to the documents that a viewer may see."""

    def __init__(self, viewer: Viewer, entity: Entity) -> None:
        self._entity = entity
        self.visible = seen_by(viewer, entity)
        self.only_seen = OnlySeen(viewer)

    def within(self, query: Query) -> Query:
        """What the query finds of the documents that the viewer may see."""
        query = self.only_seen.of(query, self._entity)
        return simplify(Bool(must=(query,), filter=(self.visible,)))


def _did_you_mean(
    builder: QueryBuilder, asked: SearchAsked, request: SearchRequest, rights: Rights, hits: int
) -> str | None:
    """Another text that finds more than these hits; None when there is none, or no need."""
    conditions = request.conditions
    if conditions.text is None or hits >= min(FEW, request.limit):
        return None

    def with_text(text: str) -> Query:
        other = replace(request, conditions=replace(conditions, text=text))
        return builder.within_rights(builder.query(other))

    try:
        return did_you_mean(
            builder.reader,
            asked.entity,
            conditions.text,
            rights.visible,
            with_text,
            hits,
            builder.reading,
        )
    except LimitExceeded:
        return None  # what was typed is within the limits, and is answered


def _count(reader: Reader, asked: SearchAsked, page: HitPage, *, is_first: bool) -> Count | None:
    match asked.counted:
        case Counted.NONE:
            return None
        case _ if is_first and len(page.hits) < asked.limit:
            return Count(len(page.hits), exact=True)
        case Counted.EXACT:
            return Count(reader.tally(asked.entity.name, page.within_rights), exact=True)
        case Counted.BOUNDED:
            found = reader.tally(asked.entity.name, page.within_rights, BOUND + 1)
            return Count(min(found, BOUND), exact=found <= BOUND)


def _check_facets(asked: SearchAsked, facetable: Collection[str]) -> None:
    anybody = OnlySeen(Viewer())
    for facet in asked.facets:
        name, entity = facet.dimension.field, facet.entity
        if facet.dimension.ranges is None and name not in facetable:
            raise BadRequest(
                f"{shown(name)} cannot be counted by its values: the setting facet_fields lists "
                f"{', '.join(sorted(facetable))}; numbers are counted by 'ranges'"
            )
        if entity != asked.entity and _joining(asked.entity, entity, Everything(), anybody) is None:
            raise BadRequest(f"No documents of {entity.name} join to those of {asked.entity.name}")


def _joining(target: Entity, other: Entity, hits: Query, only_seen: OnlySeen) -> Query | None:
    """Documents of another entity that join to hits, directly or by those of a third entity."""

    def visible_join(source: Entity, to: Entity, query: Query) -> Query | None:
        found = joined(source.name, to.name, query)
        return None if found is None else only_seen.carried(found, to)

    direct = visible_join(target, other, hits)
    if direct is not None:
        return direct
    ways = (
        visible_join(middle, other, between)
        for middle in ENTITIES
        if middle.searched
        and middle not in (target, other)
        and (between := visible_join(target, middle, hits)) is not None
    )
    return next((way for way in ways if way is not None), None)


def _facet(
    reader: Reader, target: Entity, facet: FacetAsked, page: HitPage, rights: Rights
) -> FacetResult:
    query = page.within_rights
    if facet.entity != target:
        if reader.tally(target.name, query, MOST_JOINED_HITS + 1) > MOST_JOINED_HITS:
            return FacetResult(facet, None)
        query = _joining(target, facet.entity, query, rights.only_seen) or Nothing()
    dimension = facet.dimension
    counts = count_dimensions(reader, facet.entity.name, query, [dimension], facet.labels)
    return FacetResult(facet, counts.get(dimension.field, []))
