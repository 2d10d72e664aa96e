"""A page of one slice by columns, exactly in order, however many hits are equal.

The engine orders by one column, and equal hits as it likes. What lies strictly before the last hit
of such a list is complete; the hits equal to the last one may not be, and are asked for again by
the next sort key, down to the id.

Of many hits only those are ordered that lie before a guessed bound (see ``bounds``), then, where
these are too few, those behind it.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, repeat

import orjson
import tantivy

from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import LONGEST_SORTED
from search_service.engines.embedded.index.sort_keys import decode
from search_service.engines.embedded.search.pages.bounds import (
    EFFORT,
    Bound,
    Column,
    Effort,
    Given,
    Stretch,
    equal,
    guessed_bound,
)
from search_service.engines.embedded.search.pages.hits import (
    SliceHit,
    id_of,
    lowest_ids,
    prefixed,
    values_of,
)
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.query.order import Cursor, SortKey, Value, in_order

# After so many bounds that left too few hits, all are ordered.
_GUESSES = 3

# Hits with the value that a page goes on from: mostly it is one alone.
_FEW_EQUAL = 10


def sorted_page(
    slice_: Slice,
    query: tantivy.Query,
    keys: Sequence[SortKey],
    after: Cursor | None,
    limit: int,
    effort: Effort | None = EFFORT,
) -> list[SliceHit]:
    """The first ``limit`` hits after the cursor by these keys, then by id.

    Without ``effort`` all hits are ordered, see ``queries.beginning``.
    """
    columns = [_column_of(slice_, key) for key in keys]
    sorted_, few = _Sorted(slice_, effort or EFFORT), effort is None
    if after is None:
        return sorted_.page(query, columns, limit, few=few)
    values = tuple(map(_compared, after.values))
    return sorted_.page_after(query, columns, values, after.id, limit, few=few)


def _column_of(slice_: Slice, key: SortKey) -> Column:
    field = slice_.entity.by_name.get(key.field)
    if field is None:
        return Column(key.field, "", False, key.descending)
    column = engine_fields.sort_column(slice_.entity, field)
    return Column(key.field, column, not field.kind.is_number, key.descending)


class _Sorted:
    def __init__(self, slice_: Slice, effort: Effort) -> None:
        self._slice = slice_
        self._effort = effort

    def page(
        self, query: tantivy.Query, columns: list[Column], limit: int, *, few: bool = False
    ) -> list[SliceHit]:
        """The first hits of all; ``few``: these are known to be ordered soon enough."""
        if limit <= 0:
            return []
        if not columns:
            return lowest_ids(self._slice, query, None, limit, None if few else self._effort)
        first, rest = columns[0], columns[1:]
        if first.is_missing:
            return prefixed(None, self.page(query, rest, limit, few=few))
        if first.descending:
            hits = self._valued(query, first, rest, limit, few=few)
            return hits + self._lacking(query, first, rest, limit - len(hits), few=few)
        hits = self._lacking(query, first, rest, limit, few=few)
        return hits + self._valued(query, first, rest, limit - len(hits), few=few)

    def page_after(
        self,
        query: tantivy.Query,
        columns: list[Column],
        values: tuple[Value, ...],
        id_: int,
        limit: int,
        *,
        few: bool = False,
    ) -> list[SliceHit]:
        """The first hits after those values and that id."""
        slice_ = self._slice
        if not columns:
            return lowest_ids(slice_, query, id_, limit, None if few else self._effort)
        first, rest = columns[0], columns[1:]
        value, others = values[0], values[1:]
        if first.is_missing:
            if value is not None:  # a value that no document has: all that lack it, or none
                return [] if not first.descending else self.page(query, columns, limit, few=few)
            return prefixed(None, self.page_after(query, rest, others, id_, limit, few=few))
        if value is None:
            lacking = slice_.lacking(first.name)
            hits = []
            if lacking is not None:
                within = combined(query, lacking)
                hits += prefixed(None, self.page_after(within, rest, others, id_, limit, few=few))
            if not first.descending:
                hits += self._valued(query, first, rest, limit - len(hits), few=few)
            return hits
        bound = None
        if not few:
            start = Stretch(value, with_after=True)
            bound = guessed_bound(slice_, query, first, limit + 1, self._effort, start)
        many = bound is not None and bound.value == value
        following = None
        if not many and not rest and not isinstance(value, float):
            following = self._following(query, first, value, id_, limit, bound)
        if following is not None:
            hits = following
        else:
            same = equal(slice_, query, first, value)
            hits = prefixed(value, self.page_after(same, rest, others, id_, limit, few=not many))
            left, guess = limit - len(hits), None if many else bound
            hits += self._valued(query, first, rest, left, few=few, after=value, bound=guess)
        if first.descending:
            hits += self._lacking(query, first, rest, limit - len(hits), few=few)
        return hits

    def _following(
        self,
        query: tantivy.Query,
        column: Column,
        value: Given,
        id_: int,
        limit: int,
        bound: Bound | None,
    ) -> list[SliceHit] | None:
        """The first hits with a value after this one, or with this one and a higher id.

        Found at one look, where looks at those that are equal and at those behind were two. None
        where that does not tell: many are equal, or the bound leaves too few.
        """
        stretch = Stretch(value, with_after=True)
        if bound is not None:
            stretch = replace(stretch, upto=bound.value, with_upto=not bound.is_shared)
        length = limit + _FEW_EQUAL
        listed = self._listed(stretch.of(self._slice, query, column), column, [], length)
        hits = [hit for hit in listed if hit.values[0] != value or hit.id > id_]
        is_whole = bound is None and len(listed) < length
        return hits[:limit] if is_whole or len(hits) >= limit else None

    def _lacking(
        self, query: tantivy.Query, column: Column, rest: list[Column], limit: int, *, few: bool
    ) -> list[SliceHit]:
        """The first hits of those without a value in the column."""
        lacking = self._slice.lacking(column.name)
        if lacking is None:
            return []
        return prefixed(None, self.page(combined(query, lacking), rest, limit, few=few))

    def _valued(
        self,
        query: tantivy.Query,
        column: Column,
        rest: list[Column],
        limit: int,
        *,
        few: bool,
        after: Given | None = None,
        bound: Bound | None = None,
    ) -> list[SliceHit]:
        """The first hits of those with a value in the column; ``bound``: a guess made before."""
        slice_, hits = self._slice, list[SliceHit]()
        guesses = 0 if few else _GUESSES
        while (left := limit - len(hits)) > 0:
            start = Stretch(after)
            if bound is None and guesses > 0:
                bound = guessed_bound(slice_, query, column, left + 1, self._effort, start)
            if bound is None:
                return hits + self._listed(start.of(slice_, query, column), column, rest, left)
            upto = Stretch(after, bound.value, with_upto=not bound.is_shared)
            hits += self._listed(upto.of(slice_, query, column), column, rest, left)
            if bound.is_shared and len(hits) < limit:
                same = equal(slice_, query, column, bound.value)
                hits += prefixed(bound.value, self.page(same, rest, limit - len(hits)))
            after, bound, guesses = bound.value, None, guesses - 1
        return hits

    def _listed(
        self, query: tantivy.Query, column: Column, rest: list[Column], limit: int
    ) -> list[SliceHit]:
        """As ``_valued``, all hits ordered by the engine; the last one's equals are fewer still."""
        # One more than wanted tells whether hits equal to the last one are left out.
        listed = self._slice.first(
            query, limit + 1, column.engine_field, descending=column.descending
        )
        while listed and listed[-1][0] is None:
            listed.pop()  # those without a value come last
        cut = None  # the value whose hits may not all be listed
        if len(listed) > limit and listed[-1][0] == listed[limit - 1][0]:
            cut = listed[-1][0]
            listed = [hit for hit in listed if hit[0] != cut]
        hits = self._in_order(listed[:limit], rest)
        if cut is not None:
            shown = decode(cut) if isinstance(cut, str) else cut
            same = equal(self._slice, query, column, shown)
            hits += prefixed(shown, self.page(same, rest, limit - len(hits), few=True))
        return hits

    def _in_order(
        self, listed: Sequence[tuple[Value, Address]], columns: list[Column]
    ) -> list[SliceHit]:
        """These hits, in the order of their values, equal ones by the keys that are left."""
        # All at once: a column costs as much to open as some hundred values to read.
        addresses = [address for _, address in listed]
        rows = [self._column_values(addresses, column) for column in columns]
        rest = zip(*rows, strict=True) if rows else repeat(())
        found = [
            SliceHit((decode(value) if isinstance(value, str) else value, *others), id_, address)
            for (value, address), id_, others in zip(
                listed, self._slice.ids(addresses), rest, strict=False
            )
        ]
        descending = [column.descending for column in columns]
        return [
            hit
            for _, group in groupby(found, key=_first_value)
            for hit in _in_order(list(group), descending)
        ]

    def _column_values(self, addresses: list[Address], column: Column) -> list[Value]:
        if column.is_missing:
            return [None] * len(addresses)
        if not column.is_text:
            return list(self._slice.numbers(column.engine_field, addresses))
        # The engine gives no text of a column by address; these are documents of the page.
        documents = map(orjson.loads, self._slice.sources(addresses))
        return [_compared(document.get(column.name)) for document in documents]


def _compared(value: Value) -> Value:
    """A value as the columns have it."""
    return value[:LONGEST_SORTED] if isinstance(value, str) else value


def _first_value(hit: SliceHit) -> Value:
    return hit.values[0]


def _in_order(group: list[SliceHit], descending: Sequence[bool]) -> list[SliceHit]:
    """Hits of one first value, by their other values and their ids."""
    if len(group) == 1:
        return group
    return in_order(group, (False, *descending), id_of=id_of, values_of=values_of)
