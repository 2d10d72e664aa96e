"""A page of one slice by relevance, equal scores by id, however many hits are equal.

The engine orders by the score, and equal hits as it likes: what is tied with the last hit of such a
list may not be complete, and is asked for again within a range of ids that gets narrower.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter

import tantivy

from search_service.engines.embedded.search.pages.hits import SliceHit, prefixed
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.query.order import Cursor

# The engine adds a document's scores in an order that changes from query to query, so the last
# bits of a sum do too. Scores as close as this are one score, or pages would not follow on.
EQUAL = 2e-6
_CLOSE = 1 - EQUAL / 2

Listed = tuple[float, Address]
_Found = tuple[int, Address]  # by its id
_id_of: Callable[[_Found], int] = itemgetter(0)


def ranked_page(
    slice_: Slice, query: tantivy.Query, after: Cursor | None, limit: int
) -> list[SliceHit]:
    """The first ``limit`` hits after the cursor by score, highest first, then by id."""
    return _Ranked(slice_, query).page(after, limit)


def constant_page(
    score: float, after: Cursor | None, lowest: Callable[[int | None], list[SliceHit]]
) -> list[SliceHit]:
    """As ``ranked_page``, where every hit scores the same; ``lowest``: hits after an id."""
    after_id = None
    if after is not None:
        if _is_tied(score, _score_at(after)):
            after_id = after.id
        elif score > _score_at(after):
            return []
    return prefixed(score, lowest(after_id))


def tied(scores: Sequence[float]) -> Iterator[tuple[int, int]]:
    """Where each group of one score begins and ends, of scores that begin with the highest."""
    begin = 0
    for end, (last, score) in enumerate(pairwise(scores), 1):
        if score < last * _CLOSE:
            yield begin, end
            begin = end
    if scores:
        yield begin, len(scores)


def _is_tied(score: float, other: float) -> bool:
    return abs(score - other) <= EQUAL * abs(other)


class _Ranked:
    def __init__(self, slice_: Slice, query: tantivy.Query) -> None:
        self._slice = slice_
        self._query = query

    def page(self, after: Cursor | None, limit: int) -> list[SliceHit]:
        # Equal hits are many: names of one instrument have one length, so one score. A list that
        # is somewhat longer than wanted often closes their group, and costs little.
        length = 2 * limit + 200
        if after is not None and after.rank is not None:
            length += after.rank + 1
        while True:
            listed = self._slice.best(self._query, length)
            whole = len(listed) < length
            hits = self._beyond(listed, after, limit, whole=whole)
            if whole or len(hits) >= limit:
                return hits[:limit]
            length *= 4

    def _beyond(
        self, listed: list[Listed], after: Cursor | None, limit: int, *, whole: bool
    ) -> list[SliceHit]:
        """Hits after the cursor as far as the list tells; ``whole``: nothing comes after it."""
        score = None if after is None else _score_at(after)
        ids: list[int] = []  # of the listed hits from the first group that counts
        hits: list[SliceHit] = []
        first = 0  # the hit that the first of the ids belongs to
        for begin, end in tied([score for score, _ in listed]):
            if len(hits) >= limit:
                break
            value = listed[begin][0]
            after_id = None
            if after is not None and score is not None:
                if _is_tied(value, score):
                    after_id = after.id
                elif value > score:
                    continue
            if not ids:
                # All at once: a column costs as much to open as some hundred values to read.
                ids, first = self._slice.ids([address for _, address in listed[begin:]]), begin
            found = _by_id(ids[begin - first : end - first], listed[begin:end], after_id)
            wanted = limit - len(hits)
            if not whole and end == len(listed):
                found = self._lowest(value, found, after_id, wanted, begin)
            values = (value,)
            hits += [SliceHit(values, id_, address) for id_, address in found[:wanted]]
        return hits

    def _lowest(
        self, score: float, known: list[_Found], after_id: int | None, wanted: int, above: int
    ) -> list[_Found]:
        """The hits of this score with the lowest ids after ``after_id``, of which some are known.

        The wanted ones have no higher ids than as many known ones, which bounds a search for the
        others; the more it finds, the lower the bound. ``above``: how many hits score higher.
        """
        low, high = self._slice.id_bounds()
        first = low if after_id is None else after_id + 1
        room = 2 * wanted + above + 100
        while True:
            last = _id_of(known[wanted - 1]) if len(known) >= wanted else high
            if first > last:
                return known
            listed = self._slice.best(
                combined(self._query, self._slice.ids_between(first, last)), room
            )
            equal = [hit for hit in listed if _is_tied(hit[0], score)]
            found = _by_id(self._slice.ids([address for _, address in equal]), equal, None)
            if len(listed) < room or listed[-1][0] < score * (1 - EQUAL):
                return found
            known = _with_lowest(known, found, wanted)
            if len(known) < wanted or _id_of(known[wanted - 1]) == last:
                room *= 4


def _by_id(ids: list[int], group: list[Listed], after_id: int | None) -> list[_Found]:
    """Hits of one score after ``after_id``, by their ids."""
    found = [(id_, address) for id_, (_, address) in zip(ids, group, strict=True)]
    if after_id is not None:
        found = [hit for hit in found if hit[0] > after_id]
    if len(found) > 1:
        found.sort(key=_id_of)
    return found


def _with_lowest(known: list[_Found], found: list[_Found], wanted: int) -> list[_Found]:
    by_id = dict((*known, *found))
    return [(id_, by_id[id_]) for id_ in sorted(by_id)[:wanted]]


def _score_at(cursor: Cursor) -> float:
    value = cursor.values[0]
    return float(value) if isinstance(value, int | float) else float("inf")
