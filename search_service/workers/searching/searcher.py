"""What a search worker answers with: request bytes → tree → hits → answer bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from analyzers import Units
from search_service import logs
from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import Reader, View
from search_service.engines.index import Engine
from search_service.query.build import build_facets
from search_service.query.order import Order
from search_service.query.released import Released, released
from search_service.query.request.shapes import SearchRequest
from search_service.query.text.analyse import Analysis
from search_service.query.text.reading import Reading
from search_service.query.text.relevance.meanings import Meanings
from search_service.query.tree import Everything
from search_service.query.visibility import Viewer
from search_service.service.searching import facet, releases
from search_service.service.searching.joined import JoinedArrays
from search_service.service.searching.releases import Releases
from search_service.service.searching.search import QueryBuilder, search
from search_service.service.searching.viewer_rights import ViewerRightsCache
from search_service.service.searching.visible_words import VisibleWords
from search_service.service.wire import (
    read_facets,
    read_params,
    read_search,
    write_facets,
    write_hits,
)
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.searching.front_ends import SEARCH, SUGGEST, FrontEnds
from search_service.workers.searching.listing import listed, read_listing, write_listing

READY = "ready"  # the operation that tells whether searches can be answered


@dataclass(frozen=True)
class MakeSearcher:
    """Makes the searcher in its process, from the values of the settings."""

    engine: Engine
    reading: Callable[[Analysis], Reading]
    json_logs: bool

    def __call__(self) -> "Searcher":
        """Make it."""
        logs.configure(as_json=self.json_logs)
        config = self.engine.config
        analysis = Analysis(config.synonyms, config.separators, config.facetable)
        return Searcher(
            self.engine.reader(),
            self.reading(analysis),
            Units(config.units),
            Releases(self.engine.generations),
        )


class Searcher:
    """Answers searches and facet requests from the view that it was shown last."""

    def __init__(
        self,
        reader: Reader,
        reading: Reading,
        units: Units,
        releases: Releases | None = None,
    ) -> None:
        """``releases``: what is public; without, nothing is."""
        self._reader = reader
        self._generation = 0
        self._reading = reading
        self._units = units
        self._releases = releases
        self._rights_cache = ViewerRightsCache(reader)
        self._joined = JoinedArrays(reader)
        self._meanings = Meanings(reader, reader.stamp)
        self._front_ends = FrontEnds(
            reader,
            self._meanings,
            reading,
            units,
            self._now,
            self._released,
            self._rights_cache,
            self._joined,
        )

    def see(self, view: View) -> None:
        """Read from this view."""
        self._reader.see(view)
        self._generation = view.generation

    def close(self) -> None:
        """Let go of the index."""
        self._reader.close()

    def answer(self, question: Head, body: bytearray) -> Answer:
        """The answer to (operation, entity, query string) and a body."""
        operation, entity, query_string = question
        view = self._reader.renew()
        if view is not None:
            self._generation = view.generation
        if operation == READY:
            return self._ready()
        if operation in (SEARCH, SUGGEST):
            return self._front_ends.answer(operation, query_string, body)
        params = read_params(query_string)
        if operation == "search":
            return self._search(entity, params, body)
        if operation == "documents":
            return self._documents(entity, body)
        return self._facet(entity, params, body)

    def _ready(self) -> Answer:
        """An empty answer, once a document of each entity is found and read."""
        for entity in ENTITIES:
            hits = self._reader.page(entity.name, Everything(), Order(), None, 1)
            self._reader.fetch(entity.name, hits)
        self._released(self._now())
        return Answer()

    def _now(self) -> int:
        return self._releases.now() if self._releases is not None else releases.now()

    def _released(self, moment: int) -> Released:
        if self._releases is None:
            return released(())
        return self._releases.at(self._generation, moment)

    def _search(self, entity: str, params: Mapping[str, str], body: bytearray) -> Answer:
        request = read_search(entity, params, body)
        words = self._visible_words(request)
        builder = QueryBuilder(self._reader, self._meanings, self._reading, self._units, words)
        page = search(builder, request, self._joined)
        answer = write_hits(request, page.hits, page.sources, page.joined)
        return Answer(body=answer, facts={"hits": len(page.hits)})

    def _visible_words(self, request: SearchRequest) -> VisibleWords | None:
        """The words that decide how a text is read, of a search within the rights of a user."""
        user = request.conditions.user
        if user is None:
            return None
        return VisibleWords(self._reader, partial(self._rights_cache.of, Viewer(user)))

    def _documents(self, entity: str, body: bytearray) -> Answer:
        request = read_listing(entity, body)
        return Answer(body=write_listing(request, listed(self._reader, request)))

    def _facet(self, entity: str, params: Mapping[str, str], body: bytearray) -> Answer:
        request = read_facets(entity, params, body)
        facetable = self._reading.analysis.facetable
        query = build_facets(request, facetable)
        dimensions, counts = facet.count(self._reader, request, query, facetable)
        return Answer(body=write_facets(dimensions, counts))
