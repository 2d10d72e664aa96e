"""A search, of the contract or of a front end: a page of hits, and documents that join to them.

A text that finds nothing as it was typed is read again with corrected spelling. Not here: the
count, the facets and the suggested spelling of a front end, see ``find``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.engines.base import Hit, Reader, Sources
from search_service.query.build import build_search
from search_service.query.request.shapes import Conditions, SearchRequest
from search_service.query.text.reading import Reading
from search_service.query.tree import Query
from search_service.query.vocabulary import Vocabulary
from search_service.service.searching.joined import Arrays, JoinedArrays
from search_service.service.searching.visible_words import VisibleWords


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
        return build_search(
            request, self.reading, self.units, self.vocabulary, text, visible=self.words
        )

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
        return self.query(request, respelled)


def search(builder: QueryBuilder, request: SearchRequest, joined: JoinedArrays) -> HitPage:
    """The page that the request asks for, with what ``joined`` gives. Raises BadRequest."""
    page = _page(builder, request, builder.query(request), joined)
    if not page.hits and (respelled := builder.respelled(request)) is not None:
        return replace(_page(builder, request, respelled, joined), is_respelled=True)
    return page


def _page(
    builder: QueryBuilder, request: SearchRequest, query: Query, joined: JoinedArrays
) -> HitPage:
    reader, entity = builder.reader, request.entity
    within_rights = builder.within_rights(query)
    hits = reader.page(entity, within_rights, request.order, request.after, request.limit)
    return HitPage(
        query,
        within_rights,
        hits,
        reader.fetch(entity, hits),
        joined.of_page(entity, hits, request.joined),
    )
