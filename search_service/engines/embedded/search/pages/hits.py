"""A hit of one slice, and the walk over hits by their ids.

Pages by columns are taken in ``sorted``, pages by relevance in ``ranked``.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import tantivy

from search_service.engines.documents import engine_fields
from search_service.engines.embedded.search.pages.bounds import EFFORT, Effort, estimate
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.query.id_set import IdSet
from search_service.query.order import Value


class SliceHit(NamedTuple):  # made by the thousand: twice as quick to make as a dataclass
    """A hit within its slice."""

    values: tuple[Value, ...]  # of the sort keys; by relevance: the score alone
    id: int
    address: Address


id_of: Callable[[SliceHit], int] = attrgetter("id")
values_of: Callable[[SliceHit], tuple[Value, ...]] = attrgetter("values")


def lowest_ids(
    slice_: Slice,
    query: tantivy.Query,
    after_id: int | None,
    limit: int,
    effort: Effort | None = EFFORT,
) -> list[SliceHit]:
    """The ``limit`` hits with the lowest ids after ``after_id``.

    Without ``effort`` the query is carried out once, see ``queries.beginning``.
    """
    low, high = slice_.id_bounds()
    first = low if after_id is None else max(after_id + 1, low)
    if first > high or limit <= 0:
        return []
    if effort is None:
        beyond = combined(query, slice_.ids_between(first, high)) if first > low else query
        return _first(slice_, beyond, limit)
    span = high - first + 1
    expected = estimate(slice_, query, effort)
    if expected > effort.many and _is_worth_ranges(slice_, expected):
        span = 4 * limit * (high - low + 1) // expected + 1
    found: list[SliceHit] = []
    while first <= high and len(found) < limit:
        last = min(high, first + span - 1)
        within = combined(query, slice_.ids_between(first, last))
        found += _first(slice_, within, limit - len(found))
        first = last + 1
        span *= 8
    return found


def lowest_of_set(
    slice_: Slice,
    ids: IdSet,
    within: Callable[[IdSet], tantivy.Query],
    after_id: int | None,
    limit: int,
) -> list[SliceHit]:
    """As ``lowest_ids``, of hits that all have one of these ids: the lowest are looked up first.

    ``within``: the query of some of the ids.
    """
    low, high = slice_.id_bounds()
    left = ids.between(low if after_id is None else max(after_id + 1, low), high)
    found: list[SliceHit] = []
    length = 2 * limit
    while left and len(found) < limit:
        found += _first(slice_, within(left.first(length)), limit - len(found))
        left = IdSet(left.array[length:])
        length *= 8
    return found


def _first(slice_: Slice, query: tantivy.Query, limit: int) -> list[SliceHit]:
    hits = slice_.first(query, limit, engine_fields.KEY)
    return [SliceHit((), int(id_ or 0), address) for id_, address in hits]


def _is_worth_ranges(slice_: Slice, expected: int) -> bool:
    """Whether so many hits are found sooner range by range than all at once.

    A range of ids looks at every id of the segments that it falls into, in some two nanoseconds
    each; sorting looks at the hits of all segments, in some eight.
    """
    return expected * (slice_.segments + 3) > 2 * slice_.documents


def prefixed(value: Value, hits: list[SliceHit]) -> list[SliceHit]:
    """The hits with one more value, before the others."""
    return [SliceHit((value, *hit.values), hit.id, hit.address) for hit in hits]
