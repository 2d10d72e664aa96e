"""What a search worker answers to front ends: the operations under ``/v1``.

Not here: what a request may say, see ``query.request.front_ends``; what is found, see
``service.searching.find`` and ``service.searching.suggest``.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from analyzers import Units
from search_service.engines.base import Hit, Reader
from search_service.errors import BadRequest
from search_service.query.highlight.spans import Marker
from search_service.query.released import Released
from search_service.query.request.front_ends import Asker, SearchAsked, read_search, read_suggest
from search_service.query.request.pages import LARGEST_RANK, first_rank
from search_service.query.text.reading import Reading
from search_service.query.visibility import Viewer
from search_service.query.vocabulary import Vocabulary
from search_service.service.searching.find import FacetResult, SearchResult, find
from search_service.service.searching.highlight import Highlights, highlights
from search_service.service.searching.joined import JoinedArrays
from search_service.service.searching.suggest import Suggester
from search_service.service.searching.viewer_rights import ViewerRightsCache
from search_service.workers.answers import Answer
from search_service.workers.searching import cursors

SEARCH, SUGGEST = "v1_search", "v1_suggest"


class FrontEnds:
    """Answers both operations from one reader, whose words ``vocabulary`` knows.

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
    ) -> None:
        self._reader = reader
        self._vocabulary = vocabulary
        self._reading = reading
        self._units = units
        self._now = now
        self._released = released
        self._rights_cache = rights_cache
        self._joined = joined
        self._suggester = Suggester(reader, reading.analysis.facetable, rights_cache)

    def answer(self, operation: str, query_string: bytes, body: bytearray) -> Answer:
        """The answer of an operation. Raises BadRequest."""
        return self._search(body) if operation == SEARCH else self._suggest(query_string)

    def _search(self, body: bytearray) -> Answer:
        asked = read_search(_decoded(body))
        place = cursors.read(asked)
        moment = self._now() if place is None else place.moment
        after = None if place is None else place.after
        viewer = self._viewer(asked.asker, moment)
        how = (self._reading, self._units, self._rights_cache, self._joined)
        found = find(self._reader, self._vocabulary, asked, viewer, after, *how)
        hits = found.page.hits
        rank = first_rank(after)
        cursor = None
        if hits and len(hits) == asked.limit:
            last = min(rank + len(hits) - 1, LARGEST_RANK)
            cursor = cursors.written(asked, moment, hits[-1], last)
        answer: dict[str, Any] = {"hits": self._hits(asked, found), "cursor": cursor}
        if found.count is not None:
            answer["count"] = {"value": found.count.value, "exact": found.count.exact}
        if asked.facets:
            answer["facets"] = [_facet(facet) for facet in found.facets]
        answer["did_you_mean"] = found.did_you_mean
        return Answer(
            body=orjson.dumps(answer), facts={"entity": asked.entity.name, "hits": len(hits)}
        )

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
        return Answer(
            body=orjson.dumps({"suggestions": answer}), facts={"entity": asked.entity.name}
        )

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


def _decoded(body: bytearray) -> object:
    if not body:
        raise BadRequest("The request has no body; it should be JSON")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}") from None


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
