"""A page of one slice in any order, in the way that takes least.

A large set of ids among the conditions decides: a page by id looks up the lowest of them alone; a
page of hits that a text finds judges these, see ``engines.judged``; else all of the set are looked
up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import tantivy

from search_service.engines.embedded.search.pages.bounds import EFFORT, Effort
from search_service.engines.embedded.search.pages.hits import (
    SliceHit,
    lowest_ids,
    lowest_of_set,
)
from search_service.engines.embedded.search.pages.narrowed import narrowed_page
from search_service.engines.embedded.search.pages.ranked import constant_page, ranked_page
from search_service.engines.embedded.search.pages.sorted import sorted_page
from search_service.engines.embedded.search.queries import columns
from search_service.engines.embedded.search.queries.beginning import takes_long_to_begin
from search_service.engines.embedded.search.queries.upper_bounds import UpperBounds
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.judged import judged_page, without
from search_service.query.id_set import IdSet, Mask
from search_service.query.order import Cursor, Order
from search_service.query.tree import Bool, Numbers, Query, children

Compile = Callable[[Query], tantivy.Query]

# Fewer ids are looked up in less than a millisecond.
LARGE = 1000
# To judge a hit takes as long as to look up so many ids, with what it takes to list the hit.
IDS_PER_HIT = 2
# To put so many documents in the order of their ids takes as long as to look up one.
DOCUMENTS_PER_ID = 600


@dataclass(frozen=True, slots=True)
class SlicePages:
    """Pages of one slice by one query. ``score``: that of all hits, where it is one."""

    slice: Slice
    compile: Compile
    bounds: UpperBounds
    order: Order
    score: float | None

    def page(self, query: Query, after: Cursor | None, limit: int) -> list[SliceHit]:
        """The first ``limit`` hits after the cursor."""
        judged = self._judged(query, after, limit)
        return self._carried_out(query, after, limit) if judged is None else judged

    def _judged(self, query: Query, after: Cursor | None, limit: int) -> list[SliceHit] | None:
        """The page of those hits that meet a condition; None where it takes longer."""
        if not isinstance(query, Bool) or self._is_by_text:
            return None
        large = [part for part in query.filter if self._is_large(part)]
        if not large:
            return None
        condition = Bool(filter=tuple(large))
        looked_up = columns.looked_up(condition)
        is_of_all = not (query.must or query.should or len(large) < len(query.filter))
        if is_of_all and (self.order.keys or looked_up * DOCUMENTS_PER_ID < self.slice.documents):
            return None

        def met(hits: Sequence[SliceHit]) -> Mask:
            return columns.met(condition, self.slice, [hit.address for hit in hits])

        return judged_page(
            partial(self._carried_out, without(query, large)),
            met,
            _behind,
            share=columns.share(condition, self.slice),
            after=after,
            limit=limit,
            most=looked_up // IDS_PER_HIT,
        )

    @property
    def _is_by_text(self) -> bool:
        """Whether each hit more takes long: its text is read from a column in each segment."""
        fields = [self.slice.entity.by_name.get(key.field) for key in self.order.keys]
        return any(field is not None and not field.kind.is_number for field in fields)

    def _is_large(self, query: Query) -> bool:
        entity = self.slice.entity
        return columns.looked_up(query) >= LARGE and columns.is_of_columns(query, entity)

    def _carried_out(self, query: Query, after: Cursor | None, limit: int) -> list[SliceHit]:
        """The page by the engine alone."""
        if self.score is not None:
            return constant_page(self.score, after, partial(self._by_id, query, limit))
        if self.order.by_relevance:
            page = partial(self._ranked, after, limit)
            narrowed = narrowed_page(query, self.bounds, page, limit)
            return page(query) if narrowed is None else narrowed
        compiled, effort = self.compile(query), _effort(query)
        return sorted_page(self.slice, compiled, self.order.keys, after, limit, effort)

    def _ranked(self, after: Cursor | None, limit: int, query: Query) -> list[SliceHit]:
        most = self.bounds.documents(query)
        return ranked_page(self.slice, self.compile(query), after, limit, most)

    def _by_id(self, query: Query, limit: int, after_id: int | None) -> list[SliceHit]:
        if isinstance(query, Bool) and (condition := self._of_ids(query)) is not None:
            ids = condition.values
            return lowest_of_set(
                self.slice,
                ids if isinstance(ids, IdSet) else IdSet.of(ids),
                partial(self._within, query, condition),
                after_id,
                limit,
            )
        return lowest_ids(self.slice, self.compile(query), after_id, limit, _effort(query))

    def _of_ids(self, query: Bool) -> Numbers | None:
        """A condition that names the ids of hits; None where the query is carried out once."""
        for part in query.filter:
            if isinstance(part, Numbers) and part.field == self.slice.entity.id_field:
                others = (other for other in children(query) if other is not part)
                return None if any(map(takes_long_to_begin, others)) else part
        return None

    def _within(self, query: Bool, condition: Numbers, ids: IdSet) -> tantivy.Query:
        """What a query finds of some of the ids of its condition."""
        some = replace(condition, values=ids)
        parts = tuple(some if part is condition else part for part in query.filter)
        return self.compile(replace(query, filter=parts))


def _behind(last: SliceHit, after: Cursor | None, length: int) -> Cursor:
    """The cursor of the last of so many hits, with the hint how many hits come before it."""
    if after is None:
        return Cursor(last.values, last.id, length - 1)
    return Cursor(last.values, last.id, None if after.rank is None else after.rank + length)


def _effort(query: Query) -> Effort | None:
    """None for a query that is carried out once."""
    return None if takes_long_to_begin(query) else EFFORT
