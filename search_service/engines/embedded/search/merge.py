"""Pages of several shards as one page."""

from collections.abc import Sequence
from itertools import chain
from typing import cast

from search_service.engines.embedded.search.ranked_pages import tied
from search_service.engines.embedded.search.shard_hits import Found
from search_service.engines.embedded.search.sorted_pages import rank
from search_service.query.order import Order

Placed = tuple[int, Found]  # the place of its shard, the hit


def merged(pages: Sequence[list[Found]], order: Order, limit: int) -> list[Placed]:
    """The first ``limit`` hits of all pages in one order."""
    if len(pages) == 1:
        return [(0, hit) for hit in pages[0][:limit]]
    hits = [(place, hit) for place, page in enumerate(pages) for hit in page]
    hits.sort(key=_id_of)
    if order.by_relevance:
        hits.sort(key=_score_of, reverse=True)
        groups = tied(hits, score_of=_score_of)
        return list(chain.from_iterable(_as_one_score(group) for group in groups))[:limit]
    for place in reversed(range(len(order.keys))):
        hits.sort(
            key=lambda placed: rank(placed[1].values[place]),
            reverse=order.keys[place].descending,
        )
    return hits[:limit]


def _as_one_score(group: list[Placed]) -> list[Placed]:
    score = group[0][1].values
    return [(place, Found(score, hit.id, hit.address)) for place, hit in sorted(group, key=_id_of)]


def _id_of(placed: Placed) -> int:
    return placed[1].id


def _score_of(placed: Placed) -> float:
    return cast(float, placed[1].values[0])
