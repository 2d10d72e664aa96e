"""A page of hits out of one shard, exactly in order, however many of them are equal.

The engine orders by the score or by one column, and equal hits as it likes. What lies strictly
before the last hit of such a list is complete; the hits equal to the last one may not be, and are
asked for again: by the next sort key, or, when scores are equal, by narrowing a range of ids.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import NamedTuple, TypeVar

import orjson
import tantivy

from search_service.engines.embedded import schema
from search_service.engines.embedded.shard import Address, Shard, combined, excluding
from search_service.engines.embedded.sort_keys import decode
from search_service.query.order import Cursor, SortKey, Value

_Scored = TypeVar("_Scored")


class Found(NamedTuple):  # made by the thousand: twice as quick to make as a dataclass
    """A hit within its shard."""

    values: tuple[Value, ...]  # of the sort keys; by relevance: the score alone
    id: int
    address: Address


# ── by id ────────────────────────────────────────────────────────────────────────────────────────

# Up to so many times the wanted hits, all are put in order; of more, a range of ids is taken first.
_FEW = 50


def lowest_ids(shard: Shard, query: tantivy.Query, after_id: int | None, limit: int) -> list[Found]:
    """The ``limit`` hits with the lowest ids after ``after_id``."""
    low, high = shard.id_bounds()
    after = low - 1 if after_id is None else max(after_id, low - 1)
    if after >= high or limit <= 0:
        return []
    count = shard.count(query)
    span = high - after
    if count > _FEW * limit:
        span = 4 * limit * (high - low + 1) // count + 1
    found: list[Found] = []
    while after < high and len(found) < limit:
        last = min(high, after + span)
        within = combined(query, shard.ids_between(after, last))
        hits = shard.first(within, limit - len(found), schema.KEY)
        found += [Found((), int(id_ or 0), address) for id_, address in hits]
        after = last
        span *= 8
    return found


# ── by columns ───────────────────────────────────────────────────────────────────────────────────


def sorted_page(
    shard: Shard,
    query: tantivy.Query,
    keys: Sequence[SortKey],
    after: Cursor | None,
    limit: int,
) -> list[Found]:
    """The first ``limit`` hits after the cursor by these keys, then by id."""
    columns = [_Column.of(shard, key) for key in keys]
    if after is None:
        return _Sorted(shard, limit).page(query, columns, limit)
    return _Sorted(shard, limit).page_after(query, columns, after.values, after.id, limit)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str  # of the field
    engine_field: str
    is_text: bool
    descending: bool

    @staticmethod
    def of(shard: Shard, key: SortKey) -> "_Column":
        field = shard.entity.by_name.get(key.field)
        if field is None:
            return _Column(key.field, "", False, key.descending)
        column = schema.sort_column(shard.entity, field)
        return _Column(key.field, column, not field.kind.is_number, key.descending)

    @property
    def is_missing(self) -> bool:
        """The entity has no such field: no document has a value."""
        return not self.engine_field


class _Sorted:
    def __init__(self, shard: Shard, limit: int) -> None:
        self._shard = shard
        self._limit = limit

    def page(self, query: tantivy.Query, columns: list[_Column], limit: int) -> list[Found]:
        """The first hits of all."""
        if limit <= 0:
            return []
        if not columns:
            return lowest_ids(self._shard, query, None, limit)
        first, rest = columns[0], columns[1:]
        if first.is_missing:
            return _prefixed(None, self.page(query, rest, limit))
        if self._shard.is_complete(first.engine_field):
            return self._valued(query, first, rest, limit)
        hits: list[Found] = []
        for part in self._parts(first):
            if part == "missing":
                lacking = excluding(query, self._shard.existing(first.engine_field))
                hits += _prefixed(None, self.page(lacking, rest, limit - len(hits)))
            else:
                having = combined(query, self._shard.existing(first.engine_field))
                hits += self._valued(having, first, rest, limit - len(hits))
        return hits

    def page_after(
        self,
        query: tantivy.Query,
        columns: list[_Column],
        values: tuple[Value, ...],
        id_: int,
        limit: int,
    ) -> list[Found]:
        """The first hits after those values and that id."""
        if not columns:
            return lowest_ids(self._shard, query, id_, limit)
        first, rest = columns[0], columns[1:]
        value = values[0]
        if first.is_missing:
            if value is not None:  # a value that no document has: all that lack it, or none
                return [] if not first.descending else self.page(query, columns, limit)
            return _prefixed(None, self.page_after(query, rest, values[1:], id_, limit))
        existing = self._shard.existing(first.engine_field)
        equal = (
            excluding(query, existing)
            if value is None
            else combined(query, self._shard.compared(first.engine_field, "=", value))
        )
        hits = _prefixed(value, self.page_after(equal, rest, values[1:], id_, limit))
        if len(hits) >= limit:
            return hits
        if value is None:
            beyond = None if first.descending else combined(query, existing)
        else:
            sign = "<" if first.descending else ">"
            beyond = combined(query, self._shard.compared(first.engine_field, sign, value))
        if beyond is not None:
            hits += self._valued(beyond, first, rest, limit - len(hits))
        if first.descending and value is not None and len(hits) < limit:
            lacking = excluding(query, existing)
            hits += _prefixed(None, self.page(lacking, rest, limit - len(hits)))
        return hits

    def _parts(self, column: _Column) -> tuple[str, str]:
        return ("valued", "missing") if column.descending else ("missing", "valued")

    def _valued(
        self, query: tantivy.Query, column: _Column, rest: list[_Column], limit: int
    ) -> list[Found]:
        """Hits that all have a value in the column."""
        if limit <= 0:
            return []
        # One more than wanted tells whether hits equal to the last one are left out.
        listed = self._shard.first(
            query, limit + 1, column.engine_field, descending=column.descending
        )
        cut = None  # the value whose hits may not all be listed
        if len(listed) > limit and listed[-1][0] == listed[limit - 1][0]:
            cut = listed[-1][0]
            listed = [hit for hit in listed if hit[0] != cut]
        hits = self._in_order(listed[:limit], rest)
        if cut is not None:
            shown = decode(cut) if isinstance(cut, str) else cut
            equal = combined(query, self._shard.compared(column.engine_field, "=", shown))
            hits += _prefixed(shown, self.page(equal, rest, limit - len(hits)))
        return hits

    def _in_order(
        self, listed: Sequence[tuple[Value, Address]], columns: list[_Column]
    ) -> list[Found]:
        """These hits, in the order of their values, equal ones by the keys that are left."""
        # All at once: a column costs as much to open as some hundred values to read.
        addresses = [address for _, address in listed]
        rows = [self._column_values(addresses, column) for column in columns]
        rest = zip(*rows, strict=True) if rows else repeat(())
        found = [
            Found((decode(value) if isinstance(value, str) else value, *others), id_, address)
            for (value, address), id_, others in zip(
                listed, self._shard.ids(addresses), rest, strict=False
            )
        ]
        descending = [column.descending for column in columns]
        return [
            hit
            for _, group in groupby(found, key=_first_value)
            for hit in _settled(list(group), descending)
        ]

    def _column_values(self, addresses: list[Address], column: _Column) -> list[Value]:
        if column.is_missing:
            return [None] * len(addresses)
        if not column.is_text:
            return list(self._shard.numbers(column.engine_field, addresses))
        # The engine gives no text of a column by address; these are documents of the page.
        documents = (orjson.loads(self._shard.source(address)) for address in addresses)
        return [document.get(column.name) for document in documents]


def _prefixed(value: Value, hits: list[Found]) -> list[Found]:
    return [Found((value, *hit.values), hit.id, hit.address) for hit in hits]


def _first_value(hit: Found) -> Value:
    return hit.values[0]


def _settled(group: list[Found], descending: Sequence[bool]) -> list[Found]:
    """Hits of one first value, by their other values and their ids."""
    if len(group) == 1:
        return group
    return arranged(group, (False, *descending))


def arranged(hits: list[Found], descending: Sequence[bool]) -> list[Found]:
    """Hits in order: None comes first ascending and last descending, equal ones by id."""
    hits = sorted(hits, key=lambda hit: hit.id)
    for place in reversed(range(len(descending))):
        hits.sort(key=lambda hit: rank(hit.values[place]), reverse=descending[place])
    return hits


def rank(value: Value) -> tuple[int, float | str]:
    """What a value is compared by: None is the lowest."""
    return (0, 0) if value is None else (1, value)


# ── by relevance ─────────────────────────────────────────────────────────────────────────────────

# The engine adds a document's scores in an order that changes from query to query, so the last
# bits of a sum do too. Scores as close as this are one score, or pages would not follow on.
EQUAL = 2e-6

Listed = tuple[float, Address]


def ranked_page(
    shard: Shard, query: tantivy.Query, after: Cursor | None, limit: int
) -> list[Found]:
    """The first ``limit`` hits after the cursor by score, highest first, then by id."""
    return _Ranked(shard, query).page(after, limit)


def constant_page(
    shard: Shard, query: tantivy.Query, score: float, after: Cursor | None, limit: int
) -> list[Found]:
    """As ``ranked_page``, where every hit scores the same."""
    after_id = None
    if after is not None:
        if _is_tied(score, _score_at(after)):
            after_id = after.id
        elif score > _score_at(after):
            return []
    return _prefixed(score, lowest_ids(shard, query, after_id, limit))


def tied(hits: Iterable[_Scored], score_of: Callable[[_Scored], float]) -> Iterator[list[_Scored]]:
    """Hits, highest score first, in groups of one score."""
    group: list[_Scored] = []
    last = 0.0
    for hit in hits:
        score = score_of(hit)
        if group and score < last * (1 - EQUAL / 2):
            yield group
            group = []
        group.append(hit)
        last = score
    if group:
        yield group


def _is_tied(score: float, other: float) -> bool:
    return abs(score - other) <= EQUAL * abs(other)


class _Ranked:
    def __init__(self, shard: Shard, query: tantivy.Query) -> None:
        self._shard = shard
        self._query = query

    def page(self, after: Cursor | None, limit: int) -> list[Found]:
        # Equal hits are many: names of one instrument have one length, so one score. A list that
        # is somewhat longer than wanted often closes their group, and costs little.
        length = 2 * limit + 200
        if after is not None and after.rank is not None:
            length += after.rank + 1
        while True:
            listed = self._shard.best(self._query, length)
            whole = len(listed) < length
            hits = self._beyond(listed, after, limit, whole=whole)
            if whole or len(hits) >= limit:
                return hits[:limit]
            length *= 4

    def _beyond(
        self, listed: list[Listed], after: Cursor | None, limit: int, *, whole: bool
    ) -> list[Found]:
        """Hits after the cursor as far as the list tells; ``whole``: nothing comes after it."""
        score = None if after is None else _score_at(after)
        ids: list[int] = []  # of the listed hits from the first group that counts
        hits: list[Found] = []
        above = start = 0
        for group in tied(listed, score_of=_score_of):
            if len(hits) >= limit:
                break
            value = group[0][0]
            after_id = None
            if after is not None and score is not None:
                if _is_tied(value, score):
                    after_id = after.id
                elif value > score:
                    above += len(group)
                    continue
            if not ids:
                # All at once: a column costs as much to open as some hundred values to read.
                ids = self._shard.ids([address for _, address in listed[above:]])
            of_group = ids[start : start + len(group)]
            start += len(group)
            found = _by_id(value, group, of_group, after_id)
            wanted = limit - len(hits)
            if not whole and above + len(group) == len(listed):
                found = self._lowest(value, found, after_id, wanted, above)
            hits += found[:wanted]
            above += len(group)
        return hits

    def _lowest(
        self, score: float, known: list[Found], after_id: int | None, wanted: int, above: int
    ) -> list[Found]:
        """The hits of this score with the lowest ids after ``after_id``, of which some are known.

        The wanted ones have no higher ids than as many known ones, which bounds a search for the
        others; the more it finds, the lower the bound. ``above``: how many hits score higher.
        """
        low, high = self._shard.id_bounds()
        after = low - 1 if after_id is None else after_id
        room = 2 * wanted + above + 100
        while True:
            last = known[wanted - 1].id if len(known) >= wanted else high
            if after >= last:
                return known
            listed = self._shard.best(
                combined(self._query, self._shard.ids_between(after, last)), room
            )
            equal = [hit for hit in listed if _is_tied(hit[0], score)]
            ids = self._shard.ids([address for _, address in equal])
            found = _by_id(score, equal, ids, None)
            if len(listed) < room or listed[-1][0] < score * (1 - EQUAL):
                return found
            known = _with_lowest(known, found, wanted)
            if len(known) < wanted or known[wanted - 1].id == last:
                room *= 4


def _by_id(score: float, group: list[Listed], ids: list[int], after_id: int | None) -> list[Found]:
    """Hits of one score after ``after_id``, by their ids."""
    if len(group) == 1 and after_id is None:
        return [Found((score,), ids[0], group[0][1])]
    found = [
        Found((score,), id_, address)
        for id_, (_, address) in zip(ids, group, strict=True)
        if after_id is None or id_ > after_id
    ]
    found.sort(key=_id_of)
    return found


def _id_of(hit: Found) -> int:
    return hit.id


def _with_lowest(known: list[Found], found: list[Found], wanted: int) -> list[Found]:
    by_id = {hit.id: hit for hit in (*known, *found)}
    return [by_id[id_] for id_ in sorted(by_id)[:wanted]]


def _score_of(hit: Listed) -> float:
    return hit[0]


def _score_at(cursor: Cursor) -> float:
    value = cursor.values[0]
    return float(value) if isinstance(value, int | float) else float("inf")
