"""A hit of one slice, and the walk over hits by their ids.

Pages by columns are taken in ``sorted``, pages by relevance in ``ranked``.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import tantivy

from search_service.engines.embedded.index import schema
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.query.order import Value


class SliceHit(NamedTuple):  # made by the thousand: twice as quick to make as a dataclass
    """A hit within its shard."""

    values: tuple[Value, ...]  # of the sort keys; by relevance: the score alone
    id: int
    address: Address


id_of: Callable[[SliceHit], int] = attrgetter("id")
values_of: Callable[[SliceHit], tuple[Value, ...]] = attrgetter("values")

# Up to so many times the wanted hits, all are put in order; of more, a range of ids is taken first.
_FEW = 50


def lowest_ids(
    slice_: Slice, query: tantivy.Query, after_id: int | None, limit: int
) -> list[SliceHit]:
    """The ``limit`` hits with the lowest ids after ``after_id``."""
    low, high = slice_.id_bounds()
    first = low if after_id is None else max(after_id + 1, low)
    if first > high or limit <= 0:
        return []
    count = slice_.count(query)
    span = high - first + 1
    if count > _FEW * limit:
        span = 4 * limit * (high - low + 1) // count + 1
    found: list[SliceHit] = []
    while first <= high and len(found) < limit:
        last = min(high, first + span - 1)
        within = combined(query, slice_.ids_between(first, last))
        hits = slice_.first(within, limit - len(found), schema.KEY)
        found += [SliceHit((), int(id_ or 0), address) for id_, address in hits]
        first = last + 1
        span *= 8
    return found


def prefixed(value: Value, hits: list[SliceHit]) -> list[SliceHit]:
    """The hits with one more value, before the others."""
    return [SliceHit((value, *hit.values), hit.id, hit.address) for hit in hits]
