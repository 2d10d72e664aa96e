"""A page by relevance of the documents that a query's high parts find, where it is that of all.

The engine scores each document that any of the words finds. Mostly few of them can be among the
best: those that all words find, or that a rare word does. When a page of these is full, and its
last hit scores more than all other parts together can give, no other document belongs to it.
Not here: the bounds, see ``queries.upper_bounds``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from search_service.engines.embedded.search.pages.hits import SliceHit
from search_service.engines.embedded.search.queries.upper_bounds import UpperBounds
from search_service.query.tree import Bool, Query

# A query that finds fewer is not worth an attempt.
MANY = 20_000
# An attempt finds at most one in so many of the documents that the whole finds.
TIMES = 2
# What the highest part is thought to find, of the hits that are wanted.
ENOUGH = 2
# Scores are sums of single precision.
_MARGIN = 1.001

_Ranked = Sequence[tuple[Query, float, int]]  # a part, its highest score, its documents


def narrowed_page(
    query: Query,
    bounds: UpperBounds,
    page: Callable[[Query], list[SliceHit]],
    limit: int,
    many: int = MANY,
) -> list[SliceHit] | None:
    """The page of the documents of a query's high parts; None where others may belong to it.

    ``page``: by relevance, at most ``limit`` hits. ``many``: what is tried finds so many at least.
    """
    parts = _alternatives(query)
    if parts is None or limit <= 0 or (bounds.documents(query) or 0) < many:
        return None
    ranked = _by_documents(parts, bounds)
    if not ranked:
        return None
    divided = _divided(ranked)
    if divided is None or bounds.likely(_highest(ranked)[0]) < ENOUGH * limit:
        return None
    high, low = divided
    hits = page(_narrowed(query, high, low))
    beyond = _MARGIN * _scores(low)
    return hits if len(hits) == limit and _score_of(hits[-1]) > beyond else None


def _alternatives(query: Query) -> tuple[Query, ...] | None:
    """The parts of a query of which any finds a document; None of a query that is no such text."""
    if not isinstance(query, Bool):
        return None
    if query.should and not query.must:
        return None if query.filter or query.must_not else query.should
    match query.must:
        case (Bool(must=(), should=(_, *_) as parts, must_not=(), filter=()),) if not query.should:
            return parts
        case _:
            return None


def _by_documents(parts: Sequence[Query], bounds: UpperBounds) -> _Ranked:
    """Parts that find anything, those of few documents first; empty where a bound is not known."""
    ranked = []
    for part in parts:
        score, documents = bounds.score(part), bounds.documents(part)
        if score is None or documents is None:
            return ()
        if documents:
            ranked.append((part, score, documents))
    return sorted(ranked, key=lambda each: each[2])


def _divided(ranked: _Ranked) -> tuple[_Ranked, _Ranked] | None:
    """The highest part and as few others as it takes to be higher than the rest together.

    None where these find too many. A text of several words has such a part: that all are there.
    """
    highest = _highest(ranked)
    high, low = [highest], [each for each in ranked if each is not highest]
    while low and _scores(low) * _MARGIN > highest[1]:
        high.append(low.pop(0))
    if not low or sum(each[2] for each in high) * TIMES > sum(each[2] for each in ranked):
        return None
    return high, low


def _highest(ranked: _Ranked) -> tuple[Query, float, int]:
    return max(ranked, key=lambda each: each[1])


def _scores(ranked: _Ranked) -> float:
    return sum(score for _, score, _ in ranked)


def _narrowed(query: Query, high: _Ranked, low: _Ranked) -> Query:
    """The documents of the high parts, with the same scores."""
    text = Bool(
        must=(Bool(should=tuple(part for part, _, _ in high)),),
        should=tuple(part for part, _, _ in low),
    )
    if isinstance(query, Bool) and query.must:
        return replace(query, must=text.must, should=text.should)
    return text


def _score_of(hit: SliceHit) -> float:
    score = hit.values[0]
    return score if isinstance(score, float) else 0.0
