"""Sends a recorded search to a service, and reads what it answers.

A page that went on from a hit goes on from the same hit in what this service answered: where a hit
is placed (``search_after``) means something to the service that said so only. Not here: whether two
answers are the same, see ``differences``.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from search_service.changeover.exchanges import (
    BASE,
    Answer,
    Exchange,
    Hit,
    answer_of,
    is_by_relevance,
)
from search_service.client.connection import Client, Unanswered, sentence_of
from search_service.errors import EndsCommand

PAGES = 200  # that a later page can go on from
_AFTER = "search_after"
_NO_ANSWER = 0


class NoSearchService(EndsCommand):
    """What answers at an address is no search component, or refuses who asks."""


@dataclass(frozen=True, slots=True)
class Continued:
    """The hit that a page goes on from. ``is_last``: it ended a page by relevance."""

    number: int
    id: int
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """An answer, and the page that it goes on from with how many hits of that come before it."""

    answer: Answer
    before: "_Page | None" = None
    place: int = 0


class RecordedPages:
    """Finds the hit that a recorded page goes on from."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, tuple[str, dict[tuple[Any, Any], int]]] = OrderedDict()

    def add(self, exchange: Exchange) -> None:
        """A search and its hits."""
        places = {
            (hit.document, hit.shard): hit.id
            for hit in exchange.answer.hits or ()
            if hit.id is not None
        }
        self._pages[exchange.number] = (exchange.path.lower(), places)
        if len(self._pages) > PAGES:
            self._pages.popitem(last=False)

    def continued(self, exchange: Exchange) -> Continued | None:
        """None where the page before was not recorded, or long ago."""
        try:
            after = orjson.loads(exchange.params[_AFTER])
            place = (after["doc"], after.get("shardIndex"))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return None
        for number, (path, places) in reversed(self._pages.items()):
            if path == exchange.path.lower() and place in places:
                is_last = place == next(reversed(places)) and is_by_relevance(exchange)
                return Continued(number, places[place], is_last)
        return None


class Replayer:
    """Of one service."""

    def __init__(self, client: Client, seconds: float) -> None:
        """``seconds``: how long an answer may take."""
        self._client, self._seconds = client, seconds
        self._pages: OrderedDict[int, _Page] = OrderedDict()

    def check_version(self) -> str:
        """Which release answers. Raises Unanswered, NoSearchService."""
        reply = self._client.call("GET", f"{BASE}version", seconds=self._seconds)
        with suppress(ValueError, KeyError, TypeError):
            if reply.done:
                return str(orjson.loads(reply.content)["version"])
        said = sentence_of(reply.content)
        raise NoSearchService(
            f"{self._client.name} does not tell its version, so nothing can be compared: "
            f"{reply.status} to GET {BASE}version{said and f' ({said})'}. Is it the address of a "
            "search component, and may this machine call it?"
        )

    def can_continue(self, continued: Continued) -> bool:
        """Whether this service too answered the hit that a page goes on from."""
        return self._place(continued) > 0

    def answer(self, exchange: Exchange, continued: Continued | None = None) -> Answer:
        """What the service answers; status 0: nothing in time.

        Raises Unanswered when nobody listens there any more.
        """
        params = dict(exchange.params)
        if continued is not None:
            params[_AFTER] = orjson.dumps(self._after(continued, params.get("sort", ""))).decode()
        query = f"?{urlencode(params)}" if params else ""
        body = orjson.dumps(_asking_for_id(exchange))
        begin = time.perf_counter()
        try:
            path = f"{BASE}{exchange.path}{query}"
            reply = self._client.call(exchange.method, path, body, seconds=self._seconds)
        except Unanswered as error:
            if not error.sent:
                raise
            return Answer(_NO_ANSWER, time.perf_counter() - begin, message=str(error))
        answer = answer_of(reply.status, time.perf_counter() - begin, reply.content)
        page = _Page(answer)
        if continued is not None:
            page = _Page(answer, self._pages[continued.number], self._place(continued))
        self._pages[exchange.number] = page
        if len(self._pages) > PAGES:
            self._pages.popitem(last=False)
        return answer

    def hits_before(self, continued: Continued) -> Sequence[Hit]:
        """All hits of the pages before, the one that a page goes on from included."""
        page, place = self._pages[continued.number], self._place(continued)
        parts = [(page.answer.hits or ())[:place]]
        while page.before is not None:
            parts.append((page.before.answer.hits or ())[: page.place])
            page = page.before
        return [hit for part in reversed(parts) for hit in part]

    def _place(self, continued: Continued) -> int:
        """Which hit of its page a page goes on from, from 1 on; 0: none.

        By relevance another hit may end it here, and the page goes on from that.
        """
        page = self._pages.get(continued.number)
        hits = (page and page.answer.hits) or ()
        other = len(hits) if continued.is_last else 0
        return next((place for place, hit in enumerate(hits, 1) if hit.id == continued.id), other)

    def _after(self, continued: Continued, sort: str) -> Mapping[str, Any]:
        """As the service gave it, or as a catalogue makes it of a hit."""
        answer, place = self._pages[continued.number].answer, self._place(continued)
        hits = answer.hits or ()
        if place == len(hits) and answer.search_after is not None:
            return answer.search_after
        hit = hits[place - 1]
        values: list[Any] = [hit.score] if hit.score is not None else _sort_values(hit, sort)
        made = {"doc": hit.document, "shardIndex": hit.shard, "fields": [*values, hit.id]}
        return made if hit.score is None else {**made, "score": hit.score}


def _sort_values(hit: Hit, sort: str) -> list[Any]:
    try:
        fields: Sequence[str] = list(orjson.loads(sort))
    except (orjson.JSONDecodeError, TypeError):
        fields = ()
    return [hit.source.get(field) for field in fields]


def _asking_for_id(exchange: Exchange) -> Mapping[str, Any]:
    """Hits are told by their id, whatever was asked for."""
    body = exchange.body or {}
    fields = body.get("fields") or []
    if not exchange.is_search or "id" in fields or not isinstance(fields, list):
        return body
    return {**body, "fields": [*fields, "id"]}
