"""Replays a recording against two services, one request at a time, and compares what they answer.

Each is asked first in turn, so that none always finds what the other has warmed. Not here: how one
is asked (``replaying``), what is a difference (``differences``), how it is shown (``report``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from search_service.changeover.differences import (
    NO_PAGES,
    Difference,
    Tolerance,
    difference,
    is_ranked,
)
from search_service.changeover.exchanges import Answer, Exchange
from search_service.changeover.replaying import RecordedPages, Replayer

NOT_COMPARED = "no search and no facets"
NO_BODY = "its body was not recorded: too large, or no JSON object"
WITHOUT_TEXTS = "recorded without texts"
NOT_CONTINUED = "goes on from a page that is not there"


@dataclass(frozen=True, slots=True)
class Compared:
    """A request that both services answered. ``is_ranked``: whether its order was compared."""

    exchange: Exchange
    peer: Answer
    service: Answer
    difference: Difference | None
    is_ranked: bool = True

    @property
    def is_refused(self) -> bool:
        """Whether neither found anything out: both said why not, or nothing."""
        return not any(200 <= answer.status < 300 for answer in (self.peer, self.service))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A request that was not replayed, and why."""

    exchange: Exchange
    why: str


def compare(
    exchanges: Iterable[Exchange], peer: Replayer, service: Replayer, tolerance: Tolerance
) -> Iterator[Compared | LeftOut]:
    """Each exchange with what became of it. Nothing is changed in either service."""
    pages = RecordedPages()
    peer_first = True
    for exchange in exchanges:
        if not (exchange.is_search or exchange.is_facet):
            yield LeftOut(_slim(exchange, None), NOT_COMPARED)
            continue
        continued = None
        if exchange.params.get("search_after"):
            continued = pages.continued(exchange)
        if exchange.is_search:
            pages.add(exchange)
        if exchange.body is None:
            yield LeftOut(_slim(exchange, None), NO_BODY)
            continue
        if not exchange.has_texts:
            yield LeftOut(_slim(exchange, None), WITHOUT_TEXTS)
            continue
        if exchange.params.get("search_after") and not (
            continued and peer.can_continue(continued) and service.can_continue(continued)
        ):
            yield LeftOut(_slim(exchange, None), NOT_CONTINUED)
            continue
        if peer_first:
            of_peer = peer.answer(exchange, continued)
            of_service = service.answer(exchange, continued)
        else:
            of_service = service.answer(exchange, continued)
            of_peer = peer.answer(exchange, continued)
        peer_first = not peer_first
        before = (
            (peer.hits_before(continued), service.hits_before(continued)) if continued else NO_PAGES
        )
        found = difference(exchange, of_peer, of_service, tolerance, before)
        yield Compared(
            _slim(exchange, found),
            _timed(of_peer),
            _timed(of_service),
            found,
            is_ranked(exchange, tolerance),
        )


def _slim(exchange: Exchange, found: Difference | None) -> Exchange:
    """What is shown of it: a recording may have a million requests, with a thousand hits each."""
    body = exchange.body if found is not None else None
    return replace(exchange, body=body, answer=_timed(exchange.answer))


def _timed(answer: Answer) -> Answer:
    return Answer(answer.status, answer.seconds, message=answer.message)
