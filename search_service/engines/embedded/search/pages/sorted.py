"""A page of one slice by columns, exactly in order, however many hits are equal.

The engine orders by one column, and equal hits as it likes. What lies strictly before the last hit
of such a list is complete; the hits equal to the last one may not be, and are asked for again by
the next sort key, down to the id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, repeat

import orjson
import tantivy

from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.sort_keys import LONGEST, decode
from search_service.engines.embedded.search.pages.hits import (
    SliceHit,
    id_of,
    lowest_ids,
    prefixed,
    values_of,
)
from search_service.engines.embedded.search.queries.combine import combined, excluding
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.query.order import Cursor, SortKey, Value, in_order


def sorted_page(
    slice_: Slice,
    query: tantivy.Query,
    keys: Sequence[SortKey],
    after: Cursor | None,
    limit: int,
) -> list[SliceHit]:
    """The first ``limit`` hits after the cursor by these keys, then by id."""
    columns = [_Column.of(slice_, key) for key in keys]
    if after is None:
        return _Sorted(slice_, limit).page(query, columns, limit)
    values = tuple(map(_compared, after.values))
    return _Sorted(slice_, limit).page_after(query, columns, values, after.id, limit)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str  # of the field
    engine_field: str
    is_text: bool
    descending: bool

    @staticmethod
    def of(slice_: Slice, key: SortKey) -> "_Column":
        field = slice_.entity.by_name.get(key.field)
        if field is None:
            return _Column(key.field, "", False, key.descending)
        column = schema.sort_column(slice_.entity, field)
        return _Column(key.field, column, not field.kind.is_number, key.descending)

    @property
    def is_missing(self) -> bool:
        """The entity has no such field: no document has a value."""
        return not self.engine_field


class _Sorted:
    def __init__(self, slice_: Slice, limit: int) -> None:
        self._slice = slice_
        self._limit = limit

    def page(self, query: tantivy.Query, columns: list[_Column], limit: int) -> list[SliceHit]:
        """The first hits of all."""
        if limit <= 0:
            return []
        if not columns:
            return lowest_ids(self._slice, query, None, limit)
        first, rest = columns[0], columns[1:]
        if first.is_missing:
            return prefixed(None, self.page(query, rest, limit))
        if self._slice.is_complete(first.engine_field):
            return self._valued(query, first, rest, limit)
        hits: list[SliceHit] = []
        for part in self._parts(first):
            if part == "missing":
                lacking = excluding(query, self._slice.existing(first.engine_field))
                hits += prefixed(None, self.page(lacking, rest, limit - len(hits)))
            else:
                having = combined(query, self._slice.existing(first.engine_field))
                hits += self._valued(having, first, rest, limit - len(hits))
        return hits

    def page_after(
        self,
        query: tantivy.Query,
        columns: list[_Column],
        values: tuple[Value, ...],
        id_: int,
        limit: int,
    ) -> list[SliceHit]:
        """The first hits after those values and that id."""
        if not columns:
            return lowest_ids(self._slice, query, id_, limit)
        first, rest = columns[0], columns[1:]
        value = values[0]
        if first.is_missing:
            if value is not None:  # a value that no document has: all that lack it, or none
                return [] if not first.descending else self.page(query, columns, limit)
            return prefixed(None, self.page_after(query, rest, values[1:], id_, limit))
        existing = self._slice.existing(first.engine_field)
        equal = (
            excluding(query, existing)
            if value is None
            else combined(query, self._slice.compared(first.engine_field, "=", value))
        )
        hits = prefixed(value, self.page_after(equal, rest, values[1:], id_, limit))
        if len(hits) >= limit:
            return hits
        if value is None:
            beyond = None if first.descending else combined(query, existing)
        else:
            sign = "<" if first.descending else ">"
            beyond = combined(query, self._slice.compared(first.engine_field, sign, value))
        if beyond is not None:
            hits += self._valued(beyond, first, rest, limit - len(hits))
        if first.descending and value is not None and len(hits) < limit:
            lacking = excluding(query, existing)
            hits += prefixed(None, self.page(lacking, rest, limit - len(hits)))
        return hits

    def _parts(self, column: _Column) -> tuple[str, str]:
        return ("valued", "missing") if column.descending else ("missing", "valued")

    def _valued(
        self, query: tantivy.Query, column: _Column, rest: list[_Column], limit: int
    ) -> list[SliceHit]:
        """Hits that all have a value in the column."""
        if limit <= 0:
            return []
        # One more than wanted tells whether hits equal to the last one are left out.
        listed = self._slice.first(
            query, limit + 1, column.engine_field, descending=column.descending
        )
        cut = None  # the value whose hits may not all be listed
        if len(listed) > limit and listed[-1][0] == listed[limit - 1][0]:
            cut = listed[-1][0]
            listed = [hit for hit in listed if hit[0] != cut]
        hits = self._in_order(listed[:limit], rest)
        if cut is not None:
            shown = decode(cut) if isinstance(cut, str) else cut
            equal = combined(query, self._slice.compared(column.engine_field, "=", shown))
            hits += prefixed(shown, self.page(equal, rest, limit - len(hits)))
        return hits

    def _in_order(
        self, listed: Sequence[tuple[Value, Address]], columns: list[_Column]
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

    def _column_values(self, addresses: list[Address], column: _Column) -> list[Value]:
        if column.is_missing:
            return [None] * len(addresses)
        if not column.is_text:
            return list(self._slice.numbers(column.engine_field, addresses))
        # The engine gives no text of a column by address; these are documents of the page.
        documents = map(orjson.loads, self._slice.sources(addresses))
        return [_compared(document.get(column.name)) for document in documents]


def _compared(value: Value) -> Value:
    """A value as the columns have it."""
    return value[:LONGEST] if isinstance(value, str) else value


def _first_value(hit: SliceHit) -> Value:
    return hit.values[0]


def _in_order(group: list[SliceHit], descending: Sequence[bool]) -> list[SliceHit]:
    """Hits of one first value, by their other values and their ids."""
    if len(group) == 1:
        return group
    return in_order(group, (False, *descending), id_of=id_of, values_of=values_of)
