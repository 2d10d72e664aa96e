"""Pages of several slices as one page."""

from collections.abc import Sequence
from itertools import chain
from typing import cast

from search_service.engines.embedded.search.pages.hits import SliceHit
from search_service.engines.embedded.search.pages.ranked import tied
from search_service.query.order import Order, Value, in_order

Placed = tuple[int, SliceHit]  # the place of its slice, the hit


def merged(pages: Sequence[list[SliceHit]], order: Order, limit: int) -> list[Placed]:
    """The first ``limit`` hits of all pages in one order."""
    if len(pages) == 1:
        return [(0, hit) for hit in pages[0][:limit]]
    hits = [(place, hit) for place, page in enumerate(pages) for hit in page]
    if order.by_relevance:
        hits.sort(key=_id_of)
        hits.sort(key=_score_of, reverse=True)
        groups = tied(list(map(_score_of, hits)))
        found = (_as_one_score(hits[begin:end]) for begin, end in groups)
        return list(chain.from_iterable(found))[:limit]
    descending = [key.descending for key in order.keys]
    return in_order(hits, descending, id_of=_id_of, values_of=_values_of)[:limit]


def _as_one_score(group: list[Placed]) -> list[Placed]:
    score = group[0][1].values
    return [
        (place, SliceHit(score, hit.id, hit.address)) for place, hit in sorted(group, key=_id_of)
    ]


def _id_of(placed: Placed) -> int:
    return placed[1].id


def _values_of(placed: Placed) -> Sequence[Value]:
    return placed[1].values


def _score_of(placed: Placed) -> float:
    return cast(float, placed[1].values[0])
