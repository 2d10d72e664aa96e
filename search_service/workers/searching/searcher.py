"""What a search worker answers with: request bytes → tree → hits → answer bytes."""

import logging
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
from search_service.query.price import Price
from search_service.query.released import Released, released
from search_service.query.request.shapes import SearchRequest
from search_service.query.text.analyse import Analysis
from search_service.query.text.reading import Reading
from search_service.query.text.relevance.meanings import Meanings
from search_service.query.tree import Everything
from search_service.query.visibility import Viewer
from search_service.service.searching import facet, releases
from search_service.service.searching.joined import JoinedArrays
from search_service.service.searching.limits import AnswerLimits
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
from search_service.steps import Step, step
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.searching.front_ends import OPERATIONS, FrontEnds
from search_service.workers.searching.listing import read_listing, write_listing

READY = "ready"  # the operation that tells whether searches can be answered


@dataclass(frozen=True)
class MakeSearcher:
    """Makes the searcher in its process, from the values of the settings."""

    engine: Engine
    reading: Callable[[Analysis], Reading]
    json_logs: bool
    log_level: int = logging.INFO
    limits: AnswerLimits | None = None

    def __call__(self) -> "Searcher":
        """Make it."""
        logs.configure(as_json=self.json_logs, level=self.log_level)
        config = self.engine.config
        analysis = Analysis(config.synonyms, config.separators, config.facetable)
        return Searcher(
            self.engine.reader(),
            self.reading(analysis),
            Units(config.units),
            Releases(self.engine.generations),
            self.limits,
        )


class Searcher:
    """Answers searches and facet requests from the view that it was shown last."""

    def __init__(
        self,
        reader: Reader,
        reading: Reading,
        units: Units,
        releases: Releases | None = None,
        limits: AnswerLimits | None = None,
    ) -> None:
        """``releases``: what is public; without, nothing is."""
        self._reader = reader
        self._generation = 0
        self._reading = reading
        self._units = units
        self._releases = releases
        self._rights_cache = ViewerRightsCache(reader)
        self._limits = limits or AnswerLimits()
        self._joined = JoinedArrays(reader, limits=self._limits)
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
            self._limits,
            self._next_release,
        )

    def see(self, view: View) -> None:
        """Read from this view."""
        self._reader.see(view)
        self._generation = view.generation

    def close(self) -> None:
        """Let go of the index."""
        self._reader.close()

    def answer(self, question: Head, body: bytearray) -> Answer:
        """The answer to (operation, entity, query string) and a body. Raises BadRequest."""
        answer = self._answer(question, body)
        self._limits.check_size(len(answer.body))
        return answer

    def _answer(self, question: Head, body: bytearray) -> Answer:
        operation, entity, query_string = question
        view = self._reader.renew()
        if view is not None:
            self._generation = view.generation
        if operation == READY:
            return self._ready()
        if operation in OPERATIONS:
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

    def _next_release(self) -> int | None:
        return self._releases.until if self._releases is not None else None

    def _released(self, moment: int) -> Released:
        if self._releases is None:
            return released(())
        return self._releases.at(self._generation, moment)

    def _search(self, entity: str, params: Mapping[str, str], body: bytearray) -> Answer:
        with step(Step.READ):
            request = read_search(entity, params, body, self._reading.limits)
        words = self._visible_words(request)
        builder = QueryBuilder(self._reader, self._meanings, self._reading, self._units, words)
        page = search(builder, request, self._joined, self._limits)
        with step(Step.WRITE):
            answer = write_hits(request, page.hits, page.sources, page.joined)
        return Answer(body=answer, facts={"hits": len(page.hits)})

    def _visible_words(self, request: SearchRequest) -> VisibleWords | None:
        """The words that decide how a text is read, of a search within the rights of a user."""
        user = request.conditions.user
        if user is None:
            return None
        return VisibleWords(self._reader, partial(self._rights_cache.of, Viewer(user)))

    def _documents(self, entity: str, body: bytearray) -> Answer:
        request = read_listing(entity, body, self._reading.limits)
        return Answer(body=write_listing(self._reader, request, self._limits))

    def _facet(self, entity: str, params: Mapping[str, str], body: bytearray) -> Answer:
        with step(Step.READ):
            request = read_facets(entity, params, body, self._reading.limits)
        facetable = self._reading.analysis.facetable
        with step(Step.ANALYSE):
            query = build_facets(request, facetable)
            Price(self._reading.limits, self._reader.count).add(query, request.entity)
        with step(Step.FACETS):
            dimensions, counts = facet.count(self._reader, request, query, facetable)
        with step(Step.WRITE):
            return Answer(body=write_facets(dimensions, counts))
