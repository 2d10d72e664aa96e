"""Pages with a condition on so many joined documents that those which meet it are not all found.

A set of millions of ids takes seconds to be made. A page of hits that a text finds asks of these
hits alone which joined documents meet the condition; a page by id takes the lowest ids that joined
documents name, and goes on from there. Not here: sets that are made as a whole, see ``joins``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from search_service.catalogue import lookup
from search_service.engines.base import Hit, Reader
from search_service.engines.judged import judged_page, without
from search_service.query.id_set import HIGHEST, Ids, IdSet, Mask
from search_service.query.order import Cursor, Order, SortKey
from search_service.query.tree import Bool, Join, NumberRange, Numbers, Query

# Of an entity with fewer documents all that meet a condition are found within some 20 ms.
MANY = 2_000_000
# Hits that are looked at for one page before all that meet the condition are found after all.
MOST = 20_000
# How many of the hits of a text are thought to meet a condition, until some are seen.
_SHARE = 0.1
# How many more ids are taken than a page should need, so that one look mostly does.
_AND = 50


class LateJoins:
    """Pages of a reader. ``is_known``: whether the set of a join is known without being made."""

    def __init__(self, reader: Reader, is_known: Callable[[Join], bool], many: int = MANY) -> None:
        """``many``: documents of an entity whose sets are not made."""
        self._reader = reader
        self._is_known = is_known
        self._many = many

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit] | None:
        """As in ``Reader``; None where the sets are to be made."""
        if not isinstance(query, Bool):
            return None
        late = [part for part in query.filter if isinstance(part, Join) and self._is_late(part)]
        if not late:
            return None
        if query.must or query.should:  # else all score 0
            return self._judged(entity, query, late, order, after, limit)
        is_by_id = order.by_relevance and (after is None or after.values == (0.0,))
        if is_by_id and late[0].on == lookup.entity(entity).id_field:
            return self._by_id(entity, query, late[0], after, limit)
        return None

    def _is_late(self, join: Join) -> bool:
        if join.scored or self._reader.count(join.entity) < self._many:
            return False
        return not self._is_known(join)

    # ── hits of a text ───────────────────────────────────────────────────────────────────────────

    def _judged(
        self,
        entity: str,
        query: Bool,
        late: Sequence[Join],
        order: Order,
        after: Cursor | None,
        limit: int,
    ) -> list[Hit] | None:
        rest = without(query, late)

        def page(after: Cursor | None, length: int) -> Sequence[Hit]:
            return self._reader.page(entity, rest, order, after, length)

        def met(hits: Sequence[Hit]) -> Mask:
            return self._met(entity, hits, late)

        def behind(last: Hit, after: Cursor | None, length: int) -> Cursor:
            return Cursor((last.score,) if order.by_relevance else last.values, last.id)

        return judged_page(page, met, behind, share=_SHARE, after=after, limit=limit, most=MOST)

    def _met(self, entity: str, hits: Sequence[Hit], late: Sequence[Join]) -> Mask:
        """Which hits have a joined document that meets the condition, of each join."""
        met = np.ones(len(hits), np.bool_)
        for join in late:
            numbers = self._reader.numbers(entity, hits, join.on)
            keys = IdSet.of(number for number in numbers if number is not None)
            wanted = Bool(filter=(join.query, Numbers(join.by, keys)))
            having = self._reader.values(join.entity, wanted, join.by)
            present = np.array([number is not None for number in numbers], np.bool_)
            ids: Ids = np.array([number or 0 for number in numbers], np.int64)
            met &= having.held(ids) & present
        return met

    # ── pages by id ──────────────────────────────────────────────────────────────────────────────

    def _by_id(
        self, entity: str, query: Bool, join: Join, after: Cursor | None, limit: int
    ) -> list[Hit] | None:
        found: list[Hit] = []
        first = None if after is None else after.id + 1
        length, looked_at = 2 * limit + _AND, 0
        while len(found) < limit and (first is None or first <= HIGHEST):
            if looked_at + length > MOST:
                return None
            lowest = self._lowest(join, first, length)
            some = Numbers(join.on, IdSet.of(lowest))
            filters = tuple(some if part is join else part for part in query.filter)
            part = replace(query, filter=filters)
            found += self._reader.page(entity, part, Order(), after, limit - len(found))
            if len(lowest) < length:
                break
            looked_at += length
            length *= 4
            first = lowest[-1] + 1
        return found

    def _lowest(self, join: Join, first: int | None, count: int) -> list[int]:
        """The lowest values that documents have which meet the condition; some may come twice."""
        wanted = Bool(filter=(join.query, NumberRange(join.by, first, None)))
        order = Order((SortKey(join.by, descending=False),))
        hits = self._reader.page(join.entity, wanted, order, None, count)
        return [value for hit in hits for value in hit.values if isinstance(value, int)]
