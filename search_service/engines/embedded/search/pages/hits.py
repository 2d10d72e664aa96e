"""A hit of one shard, and the walk over hits by their ids.

Pages by columns are taken in ``sorted``, pages by relevance in ``ranked``.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import tantivy

from search_service.engines.embedded.index import schema
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.shard import Address, Shard
from search_service.query.order import Value


class ShardHit(NamedTuple):  # made by the thousand: twice as quick to make as a dataclass
    """A hit within its shard."""

    values: tuple[Value, ...]  # of the sort keys; by relevance: the score alone
    id: int
    address: Address


id_of: Callable[[ShardHit], int] = attrgetter("id")
values_of: Callable[[ShardHit], tuple[Value, ...]] = attrgetter("values")

# Up to so many times the wanted hits, all are put in order; of more, a range of ids is taken first.
_FEW = 50


def lowest_ids(
    shard: Shard, query: tantivy.Query, after_id: int | None, limit: int
) -> list[ShardHit]:
    """The ``limit`` hits with the lowest ids after ``after_id``."""
    low, high = shard.id_bounds()
    first = low if after_id is None else max(after_id + 1, low)
    if first > high or limit <= 0:
        return []
    count = shard.count(query)
    span = high - first + 1
    if count > _FEW * limit:
        span = 4 * limit * (high - low + 1) // count + 1
    found: list[ShardHit] = []
    while first <= high and len(found) < limit:
        last = min(high, first + span - 1)
        within = combined(query, shard.ids_between(first, last))
        hits = shard.first(within, limit - len(found), schema.KEY)
        found += [ShardHit((), int(id_ or 0), address) for id_, address in hits]
        first = last + 1
        span *= 8
    return found


def prefixed(value: Value, hits: list[ShardHit]) -> list[ShardHit]:
    """The hits with one more value, before the others."""
    return [ShardHit((value, *hit.values), hit.id, hit.address) for hit in hits]
