"""A search, of the contract or of a front end: a page of hits, and documents that join to them.

A text that finds nothing as it was typed is read again with corrected spelling. Not here: the
count, the facets and the suggested spelling of a front end, see ``find``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.engines.base import Hit, Reader, Sources
from search_service.errors import LimitExceeded
from search_service.query.build import build_search
from search_service.query.price import Price
from search_service.query.request.shapes import Conditions, SearchRequest
from search_service.query.text.reading import Reading
from search_service.query.tree import Query
from search_service.query.vocabulary import Vocabulary
from search_service.service.searching.joined import Arrays, JoinedArrays
from search_service.service.searching.limits import AnswerLimits
from search_service.service.searching.visible_words import VisibleWords
from search_service.steps import Step, step


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits, with the query that they meet before and after rights are applied."""

    query: Query
    within_rights: Query
    hits: Sequence[Hit]
    sources: Sources  # the documents of the hits
    joined: Mapping[str, Arrays] = field(default_factory=dict)  # by the answer's key
    is_respelled: bool = False  # the text as it was typed finds nothing


def _unchanged(query: Query) -> Query:
    return query


@dataclass(frozen=True, slots=True)
class QueryBuilder:
    """Builds the queries of searches by one viewer.

    ``vocabulary``: the words of all documents; ``words``: those that decide how a text is read,
    None where these are the same.
    ``within_rights`` restricts a query to the documents that the viewer may see; the contract needs
    none, as its requests name the user among their conditions.
    """

    reader: Reader
    vocabulary: Vocabulary
    reading: Reading
    units: Units
    words: VisibleWords | None
    within_rights: Callable[[Query], Query] = _unchanged

    def query(self, request: SearchRequest, text: Query | None = None) -> Query:
        """The query of a request; ``text`` replaces that of its text. Raises BadRequest."""
        with step(Step.ANALYSE):
            query = build_search(
                request, self.reading, self.units, self.vocabulary, text, visible=self.words
            )
            Price(self.reading.limits, self.reader.count).add(query, request.entity)
        return query

    def respelled(self, request: SearchRequest) -> Query | None:
        """The query with corrected spelling, where the text as it was typed finds nothing at all.

        That is asked of the text and of rights alone, so that each page of a search is read in the
        same way, wherever it begins, and a filter does not change the meaning of the text.
        """
        text, user = request.conditions.text, request.conditions.user
        if text is None:
            return None
        entity = lookup.entity(request.entity)
        respelled = self.reading.respelled(text, entity, self.vocabulary, self.words)
        if respelled is None:
            return None
        typed = self.query(replace(request, conditions=Conditions(text, user)))
        if self.reader.tally(entity.name, self.within_rights(typed), 1):
            return None
        try:
            return self.query(request, respelled)
        except LimitExceeded:
            return None  # many words with other letters: a text without help is no wrong one


def search(
    builder: QueryBuilder, request: SearchRequest, joined: JoinedArrays, limits: AnswerLimits
) -> HitPage:
    """The page that the request asks for, with what ``joined`` gives.

    Raises BadRequest: LimitExceeded where it would be too large.
    """
    page = _page(builder, request, builder.query(request), joined, limits)
    if page.hits:
        return page
    with step(Step.SPELLING):
        respelled = builder.respelled(request)
    if respelled is not None:
        return replace(_page(builder, request, respelled, joined, limits), is_respelled=True)
    return page


def _page(
    builder: QueryBuilder,
    request: SearchRequest,
    query: Query,
    joined: JoinedArrays,
    limits: AnswerLimits,
) -> HitPage:
    reader, entity = builder.reader, request.entity
    within_rights = builder.within_rights(query)
    limit = limits.looked_for(request.limit)
    with step(Step.ENGINE):
        hits = reader.page(entity, within_rights, request.order, request.after, limit)
    limits.check_hits(len(hits))
    with step(Step.DOCUMENTS):
        sources = limits.sources(reader, entity, hits)
        arrays = joined.of_page(entity, hits, request.joined)
    return HitPage(query, within_rights, hits, sources, arrays)
