"""Searches as they travel, answered in this process: query string and body in, JSON out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from analyzers import SEPARATORS, Synonyms, Units
from search_service.query.text.analyse import Analysis
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerReading
from search_service.query.text.reading import Reading
from search_service.workers.searching.searcher import Searcher
from tests.support.dict_engine import DictReader
from tests.support.facility import Documents
from tests.support.over import Over
from tests.support.shards import FACETABLE, linked, reader_over, shards_over

PEER, PEOPLE = "peer", "people"

_ANALYSIS = Analysis(Synonyms.builtin(), SEPARATORS, FACETABLE)

ALL = 1000
"""More hits than any of these searches has."""


class Searching:
    """What a search worker would answer."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    @classmethod
    def over_shards(
        cls,
        directory: Path,
        documents: Documents,
        width: int,
        matching: str = PEER,
        slices: int = 0,
    ) -> "Searching":
        """Real shards of so many ids, searched in so many slices; 0: as suits them."""
        reader = reader_over(directory, documents, width, slices=slices)
        return cls(Searcher(reader, reading(matching), Units()))

    @classmethod
    def over_slices(
        cls,
        directory: Path,
        documents: Documents,
        width: int,
        slices: Iterable[int | None],
        matching: str = PEER,
    ) -> Iterator["Searching"]:
        """The same shards in each of these numbers of slices; None: each shard by itself."""
        view = shards_over(directory, documents, width)
        for count in slices:
            yield cls(Searcher(linked(view, directory, count), reading(matching), Units()))

    @classmethod
    def over_dicts(cls, documents: Documents, matching: str = PEER) -> "Searching":
        """The slow engine, by which others are judged."""
        return cls(Searcher(DictReader(documents), reading(matching), Units()))

    @classmethod
    def over(
        cls, directory: Path, documents: Documents, over: Over, matching: str = PEER
    ) -> "Searching":
        """Any engine."""
        if over is None:
            return cls.over_dicts(documents, matching)
        if isinstance(over, int):
            return cls.over_shards(directory, documents, over, matching)
        return cls(Searcher(over(documents), reading(matching), Units()))

    def search(
        self,
        entity: str,
        query: Mapping[str, Any],
        *,
        sort: Mapping[str, str] | None = None,
        limit: int = ALL,
        after: Mapping[str, Any] | None = None,
        fields: Sequence[str] = ("id",),
    ) -> "Page":
        """A page of hits. Raises what the caller would be told."""
        params = {
            "maxResults": str(limit),
            "sort": orjson.dumps(sort or {}).decode(),
            "search_after": orjson.dumps(after).decode() if after else "",
        }
        body = {"query": query, "fields": [*fields]}
        return Page(self._asked("search", entity, params, body))

    def facets(
        self, entity: str, query: Mapping[str, Any], dimensions: Sequence[Mapping[str, Any]] | None
    ) -> Any:
        """The aggregations; without dimensions of every field that occurs."""
        params = {"maxResults": "1", "maxLabels": "100"}
        body: dict[str, Any] = {"query": query}
        if dimensions is not None:
            body["dimensions"] = dimensions
        return self._asked("facet", entity, params, body)["aggregations"]

    def _asked(self, operation: str, entity: str, params: Mapping[str, str], body: Any) -> Any:
        question = (operation, entity, urlencode(params).encode())
        answer = self._searcher.answer(question, bytearray(orjson.dumps(body)))
        return orjson.loads(answer.body)


class Page:
    """A page as it was answered."""

    def __init__(self, answer: Any) -> None:
        self.hits: list[dict[str, Any]] = answer["results"]
        self.after: dict[str, Any] | None = answer.get("search_after")

    @cached_property
    def ids(self) -> list[int]:
        """In their order."""
        return [hit["_source"]["id"] for hit in self.hits]

    @cached_property
    def scores(self) -> dict[int, float]:
        """By id; of a page by relevance."""
        return {hit["_source"]["id"]: hit["_score"] for hit in self.hits}


def built_after(hit: Mapping[str, Any], sort: Mapping[str, str]) -> dict[str, Any]:
    """A ``search_after`` as a catalogue builds it from a hit that it received."""
    source = hit["_source"]
    values = [source.get(field) for field in sort] or [hit["_score"]]
    after = {"doc": hit["_id"], "shardIndex": hit["_shardIndex"], "fields": [*values, source["id"]]}
    return {**after, "score": hit["_score"]} if "_score" in hit else after


def walk(
    searching: Searching,
    entity: str,
    query: Mapping[str, Any],
    sort: Mapping[str, str],
    limit: int,
    *,
    built: bool,
) -> Iterator[Page]:
    """Page after page, going on as the answer says or as the caller builds it."""
    after: dict[str, Any] | None = None
    while True:
        page = searching.search(
            entity, query, sort=sort, limit=limit, after=after, fields=["id", *sort]
        )
        yield page
        if page.after is None:
            return
        after = built_after(page.hits[-1], sort) if built else page.after


def reading(matching: str) -> Reading:
    """The reading of a setting `matching`."""
    return PeerReading(_ANALYSIS) if matching == PEER else PeopleReading(_ANALYSIS)
