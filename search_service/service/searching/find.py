"""A search of a front end: a page of hits with how many there are, what they have, what was meant.

Whatever is told is told of documents that the viewer sees: rights are a condition of the query that
the page, the count, the facets and the corrected spelling all come from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzers.units import Units
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity
from search_service.engines.base import Buckets, Range, Ranges, Reader, Terms
from search_service.errors import BadRequest
from search_service.query.build import build_search
from search_service.query.conditions import joined
from search_service.query.order import Cursor
from search_service.query.request.front_ends import Counted, FacetAsked, SearchAsked
from search_service.query.request.shapes import SearchRequest
from search_service.query.request.values import shown
from search_service.query.simplify import simplify
from search_service.query.text.reading import Reading
from search_service.query.tree import Bool, Everything, Nothing, Query
from search_service.query.visibility import OnlySeen, Viewer, seen_by
from search_service.service.searching.did_you_mean import FEW, did_you_mean
from search_service.service.searching.search import HitPage, search
from search_service.service.searching.viewer_rights import ViewerRightsCache
from search_service.service.searching.visible_words import VisibleWords

BOUND = 10_000  # hits that are counted unless all are asked for
# Joined documents are found by the ids of all hits: of more hits than these it would take too long.
MOST_JOINED_HITS = 100_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many hits there are; not exact: at least so many."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class FacetResult:
    """``buckets``: None where there are too many hits to count what joins to them."""

    asked: FacetAsked
    buckets: Buckets | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What there is to tell; ``query`` is the one that the hits meet, without rights."""

    query: Query
    page: HitPage
    count: Count | None
    facets: Sequence[FacetResult]
    did_you_mean: str | None


def find(
    reader: Reader,
    asked: SearchAsked,
    viewer: Viewer,
    after: Cursor | None,
    reading: Reading,
    units: Units,
    rights_cache: ViewerRightsCache,
) -> SearchResult:
    """The page after the cursor, and what there is to tell of all hits. Raises BadRequest."""
    request = SearchRequest(
        asked.entity.name,
        asked.conditions,
        asked.limit,
        asked.order,
        after,
        joined=asked.joined,
    )
    _check_facets(asked, reading.analysis.facetable)
    words = VisibleWords(reader, partial(rights_cache.of, viewer))
    built = _Queries(reader, asked.entity, viewer, reading, units, words)
    query = built.of(request)
    seen = built.seen(query)
    page = search(reader, request, seen)
    hits = len(page.hits)
    if not hits and (respelled := built.respelled(request)) is not None:
        query, seen = respelled, built.seen(respelled)
        page = search(reader, request, seen)
    return SearchResult(
        query,
        page,
        _count(reader, asked, seen, page, is_first=after is None),
        [_facet(reader, asked.entity, facet, seen, OnlySeen(viewer)) for facet in asked.facets],
        built.did_you_mean(request, hits) if after is None else None,
    )


class _Queries:
    """The queries of a viewer's search: how its text is read depends on what the viewer sees."""

    def __init__(
        self,
        reader: Reader,
        entity: Entity,
        viewer: Viewer,
        reading: Reading,
        units: Units,
        words: VisibleWords,
    ) -> None:
        self._reader = reader
        self._entity = entity
        self._visible = seen_by(viewer, entity)
        self._only_seen = OnlySeen(viewer)
        self._words = words
        self._reading = reading
        self._units = units

    def of(self, request: SearchRequest, text: Query | None = None) -> Query:
        """What hits have to meet, without rights. Raises BadRequest."""
        return build_search(
            request, self._reading, self._units, self._reader, text, visible=self._words
        )

    def seen(self, query: Query) -> Query:
        """Within rights."""
        query = self._only_seen.of(query, self._entity)
        return simplify(Bool(must=(query,), filter=(self._visible,)))

    def respelled(self, request: SearchRequest) -> Query | None:
        """With other letters, when the text as it was typed finds nothing at all that is seen.

        That is asked of the text alone, so that each page of a search is read in the same way.
        """
        text = request.conditions.text
        if text is None:
            return None
        how = (text, self._entity, self._reader, self._words)
        respelled = self._reading.respelled(*how)
        if respelled is None:
            return None
        typed = self._reading.query(*how)
        if self._reader.tally(self._entity.name, self.seen(typed), 1):
            return None
        return self.of(request, respelled)

    def did_you_mean(self, request: SearchRequest, hits: int) -> str | None:
        """Another text that finds more than these hits; None when there is none, or no need."""
        conditions = request.conditions
        if conditions.text is None or hits >= min(FEW, request.limit):
            return None

        def with_text(other: str) -> Query:
            return self.seen(self.of(replace(request, conditions=replace(conditions, text=other))))

        return did_you_mean(
            self._reader,
            self._entity,
            conditions.text,
            self._visible,
            with_text,
            hits,
            self._reading,
        )


def _count(
    reader: Reader, asked: SearchAsked, seen: Query, page: HitPage, *, is_first: bool
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
    """Documents of another entity that join to hits: by themselves, or by those of a third."""

    def carried(source: Entity, to: Entity, query: Query) -> Query | None:
        found = joined(source.name, to.name, query)
        return None if found is None else only_seen.carried(found, to)

    direct = carried(target, other, hits)
    if direct is not None:
        return direct
    ways = (
        carried(middle, other, between)
        for middle in ENTITIES
        if middle.searched
        and middle not in (target, other)
        and (between := carried(target, middle, hits)) is not None
    )
    return next((way for way in ways if way is not None), None)


def _facet(
    reader: Reader, target: Entity, facet: FacetAsked, seen: Query, only_seen: OnlySeen
) -> FacetResult:
    query = seen
    if facet.entity != target:
        if reader.tally(target.name, seen, MOST_JOINED_HITS + 1) > MOST_JOINED_HITS:
            return FacetResult(facet, None)
        query = _joining(target, facet.entity, seen, only_seen) or Nothing()
    dimension = facet.dimension
    counted: Mapping[str, Buckets]
    if dimension.ranges is None:
        counted = reader.counts(facet.entity.name, query, [Terms(dimension.field)])
        return FacetResult(facet, counted.get(dimension.field, [])[: facet.labels])
    ranges = tuple(Range(range_.label, range_.low, range_.high) for range_ in dimension.ranges)
    counted = reader.counts(facet.entity.name, query, [Ranges(dimension.field, ranges)])
    return FacetResult(facet, counted.get(dimension.field, []))
