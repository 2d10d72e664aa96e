"""What a search worker answers to front ends: the operations under ``/v1``.

Not here: what a request may say, see ``query.request.front_ends``; what is found, see
``service.searching.find`` and ``service.searching.suggest``.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from analyzers import Units
from search_service.engines.base import Hit, Reader
from search_service.errors import BadRequest
from search_service.query.highlight.spans import Marker
from search_service.query.released import Released
from search_service.query.request.front_ends import (
    Asker,
    SearchAsked,
    read_explain,
    read_search,
    read_suggest,
)
from search_service.query.request.pages import LARGEST_RANK, first_rank
from search_service.query.request.values import decoded
from search_service.query.text.reading import Reading
from search_service.query.visibility import Viewer
from search_service.query.vocabulary import Vocabulary
from search_service.service.searching.explain.explanation import explain
from search_service.service.searching.find import (
    FacetResult,
    Rights,
    SearchResult,
    builder_for,
    find,
    request_of,
)
from search_service.service.searching.highlight import Highlights, highlights
from search_service.service.searching.joined import JoinedArrays
from search_service.service.searching.limits import AnswerLimits
from search_service.service.searching.suggest import Suggester
from search_service.service.searching.viewer_rights import ViewerRightsCache
from search_service.steps import Step, step
from search_service.workers.answers import PUBLIC_UNTIL, Answer, Facts
from search_service.workers.searching import cursors

SEARCH, SUGGEST, EXPLAIN = "v1_search", "v1_suggest", "v1_explain"
OPERATIONS = (SEARCH, SUGGEST, EXPLAIN)


class FrontEnds:
    """Answers the operations from one reader, whose words ``vocabulary`` knows.

    ``now`` gives the moment of a request, ``released`` what is public at one.
    """

    def __init__(
        self,
        reader: Reader,
        vocabulary: Vocabulary,
        reading: Reading,
        units: Units,
        now: Callable[[], int],
        released: Callable[[int], Released],
        rights_cache: ViewerRightsCache,
        joined: JoinedArrays,
        limits: AnswerLimits,
        next_release: Callable[[], int | None] = lambda: None,
    ) -> None:
        """``next_release``: the moment until which what was asked for last stays public."""
        self._reader = reader
        self._vocabulary = vocabulary
        self._reading = reading
        self._units = units
        self._now = now
        self._released = released
        self._rights_cache = rights_cache
        self._joined = joined
        self._limits = limits
        self._next_release = next_release
        self._suggester = Suggester(reader, reading.analysis.facetable, rights_cache)

    def answer(self, operation: str, query_string: bytes, body: bytearray) -> Answer:
        """The answer of an operation. Raises BadRequest."""
        match operation:
            case "v1_search":
                return self._search(body)
            case "v1_explain":
                return self._explain(body)
            case _:
                return self._suggest(query_string)

    def _search(self, body: bytearray) -> Answer:
        with step(Step.READ):
            asked = read_search(_decoded(body), self._reading.limits)
        place = cursors.read(asked)
        moment = self._now() if place is None else place.moment
        after = None if place is None else place.after
        viewer = self._viewer(asked.asker, moment)
        how = (self._reading, self._units, self._rights_cache, self._joined, self._limits)
        found = find(self._reader, self._vocabulary, asked, viewer, after, *how)
        hits = found.page.hits
        rank = first_rank(after)
        cursor = None
        if hits and len(hits) == asked.limit:
            last = min(rank + len(hits) - 1, LARGEST_RANK)
            cursor = cursors.written(asked, moment, hits[-1], last)
        with step(Step.WRITE):
            shown = self._hits(asked, found)
        answer: dict[str, Any] = {"hits": shown, "cursor": cursor}
        if found.count is not None:
            answer["count"] = {"value": found.count.value, "exact": found.count.exact}
        if asked.facets:
            answer["facets"] = [_facet(facet) for facet in found.facets]
        answer["did_you_mean"] = found.did_you_mean
        facts = {"entity": asked.entity.name, "hits": len(hits)}
        # What was public at the moment of the first page does not change any more.
        until = self._next_release() if place is None else None
        return _answer(orjson.dumps(answer), facts, asked.asker, until)

    def _suggest(self, query_string: bytes) -> Answer:
        try:
            pairs = parse_qsl(
                query_string.decode("latin-1"), keep_blank_values=True, errors="strict"
            )
        except UnicodeDecodeError:
            raise BadRequest("The query string is not UTF-8 with percent signs") from None
        asked = read_suggest(pairs)
        viewer = self._viewer(asked.asker, self._now())
        found = self._suggester.suggest(asked.entity.name, asked.prefix, viewer, asked.limit)
        answer = [
            {"text": one.text, "kind": one.kind, "entity": one.entity, "field": one.field}
            for one in found
        ]
        facts = {"entity": asked.entity.name}
        body = orjson.dumps({"suggestions": answer})
        return _answer(body, facts, asked.asker, self._next_release())

    def _explain(self, body: bytearray) -> Answer:
        asked = read_explain(_decoded(body), self._reading.limits)
        search = asked.search
        viewer = self._viewer(search.asker, self._now())
        rights = Rights(viewer, search.entity)
        how = (self._reading, self._units, self._rights_cache, rights)
        builder = builder_for(self._reader, self._vocabulary, viewer, *how)
        found = explain(builder, request_of(search), rights.visible, asked.id, self._limits)
        return Answer(body=orjson.dumps(found), facts={"entity": search.entity.name})

    def _viewer(self, asker: Asker, moment: int) -> Viewer:
        return Viewer(asker.user, self._released(moment) if asker.public else None)

    def _hits(self, asked: SearchAsked, found: SearchResult) -> list[dict[str, Any]]:
        marker = None
        if asked.highlight and asked.conditions.text is not None:
            marker = Marker(found.page.query, asked.entity, self._reading.analysis)
        page = found.page
        hits = []
        for n, (hit, source) in enumerate(zip(page.hits, page.sources.documents, strict=True)):
            document = orjson.loads(source)
            joined = {key: arrays[n] for key, arrays in page.joined.items()}
            hits.append(_hit(asked, hit, document, joined, marker))
        return hits


def _answer(body: bytes, facts: Facts, asker: Asker, until: int | None) -> Answer:
    """With its tag, and until when it holds, if it is what everybody may see."""
    if asker.user is not None:
        return Answer(body=body, facts=facts)
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    headers = ((b"etag", f'"{tag}"'.encode()),)
    return Answer(body=body, headers=headers, facts={**facts, PUBLIC_UNTIL: until})


def _decoded(body: bytearray) -> object:
    if not body:
        raise BadRequest("The request has no body; it should be JSON")
    return decoded(body, "The body")


def _hit(
    asked: SearchAsked,
    hit: Hit,
    document: dict[str, Any],
    joined: Mapping[str, bytes],
    marker: Marker | None,
) -> dict[str, Any]:
    result: dict[str, Any] = {"id": hit.id}
    if hit.score is not None:
        result["score"] = hit.score
    result["document"] = (
        document
        if asked.fields is None
        else {name: value for name, value in document.items() if name in asked.fields}
    )
    if joined:
        result["joined"] = {key: orjson.Fragment(array) for key, array in joined.items()}
    if marker is not None:
        result["highlights"] = _pieces(highlights(marker, document))
    return result


def _pieces(found: Highlights) -> dict[str, list[dict[str, object]]]:
    return {
        name: [
            {"text": piece.text, "match": True} if piece.marked else {"text": piece.text}
            for piece in pieces
        ]
        for name, pieces in found.items()
    }


def _facet(facet: FacetResult) -> dict[str, Any]:
    dimension = facet.asked.dimension
    result: dict[str, Any] = {"dimension": dimension.field, "entity": facet.asked.entity.name}
    if facet.buckets is None:
        return {**result, "buckets": None}
    if dimension.ranges is None:
        buckets = [{"label": label, "count": count} for label, count in facet.buckets]
        return {**result, "buckets": buckets}
    counts = [count for _, count in facet.buckets] or [0] * len(dimension.ranges)
    return {
        **result,
        "buckets": [
            {
                "label": range_.label,
                **({} if range_.low is None else {"from": range_.low}),
                **({} if range_.high is None else {"to": range_.high}),
                "count": count,
            }
            for range_, count in zip(dimension.ranges, counts, strict=True)
        ],
    }
