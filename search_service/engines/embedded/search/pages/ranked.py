"""A page of one slice by relevance, equal scores by id, however many hits are equal.

The engine orders by the score, and equal hits as it likes: what is tied with the last hit of such a
list may not be complete. Where few documents match all are listed; else it is asked for again
within a range of ids that gets narrower.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import cast

import numpy as np
import numpy.typing as npt
import tantivy

from search_service.engines.documents import engine_fields
from search_service.engines.embedded.search.pages.hits import SliceHit, id_of, prefixed
from search_service.engines.embedded.search.queries.combine import combined
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.engines.equal_scores import EQUAL, is_tied
from search_service.query.id_set import Ids
from search_service.query.order import Cursor

_CLOSE = 1 - EQUAL / 2

# A list takes 0.1 µs a hit, and each further one some 2 ms: a column is opened in each segment.
_MORE = 1_000
_ALL = 20_000
_LONGEST = 300_000  # hits of a list, which takes 50 MB; behind so many, range by range of ids
_SMALL = 64  # documents of one score that are put in order sooner without arrays


def ranked_page(
    slice_: Slice,
    query: tantivy.Query,
    after: Cursor | None,
    limit: int,
    most: int | None = None,
    longest: int = _LONGEST,
) -> list[SliceHit]:
    """The first ``limit`` hits after the cursor by score, highest first, then by id.

    ``most``: no more documents match, if that is known. ``longest``: hits that are listed at once.
    """
    return _Ranked(slice_, query, most, longest).page(after, limit)


def constant_page(
    score: float, after: Cursor | None, lowest: Callable[[int | None], list[SliceHit]]
) -> list[SliceHit]:
    """As ``ranked_page``, where every hit scores the same; ``lowest``: hits after an id."""
    after_id = None
    if after is not None:
        if is_tied(score, _score_at(after)):
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


@dataclass(frozen=True)
class _Equal:
    """Documents of one score by id, ascending."""

    ids: Ids
    addresses: list[Address]

    @staticmethod
    def of(ids: Ids, addresses: list[Address], after_id: int | None) -> "_Equal":
        """Of these documents those with higher ids than ``after_id``."""
        places = np.argsort(ids)
        if after_id is not None:
            places = places[ids[places] > after_id]
        return _Equal(ids[places], [addresses[place] for place in places.tolist()])

    def hits(self, score: float, count: int) -> list[SliceHit]:
        """The first of them as hits."""
        listed = zip(self.ids[:count].tolist(), self.addresses, strict=False)
        return [SliceHit((score,), id_, address) for id_, address in listed]

    def with_others(self, others: "_Equal", count: int) -> "_Equal":
        """The first of both together."""
        ids, first = np.unique(np.concatenate((self.ids, others.ids)), return_index=True)
        addresses = self.addresses + others.addresses
        return _Equal(ids[:count], [addresses[place] for place in first[:count].tolist()])


class _Listed:
    """Hits by score, highest first."""

    def __init__(self, slice_: Slice, hits: list[tuple[float, Address]]) -> None:
        self._slice = slice_
        # A third of the time of a loop.
        scores, addresses = zip(*hits, strict=True) if hits else ((), ())
        self.addresses: list[Address] = list(addresses)
        self.scores: npt.NDArray[np.float64] = np.array(scores, np.float64)

    def __len__(self) -> int:
        return len(self.addresses)

    @cached_property
    def groups(self) -> list[tuple[int, int]]:
        """The places of the hits of one score: first, and first beyond."""
        if not len(self):
            return []
        ends = np.flatnonzero(self.scores[1:] < self.scores[:-1] * _CLOSE) + 1
        places = [0, *ends.tolist(), len(self)]
        return list(pairwise(places))

    def ids(self, start: int, end: int) -> Ids:
        """The ids of some."""
        ids, _ = self._slice.integers(engine_fields.KEY, self.addresses[start:end])
        return ids


class _Ranked:
    def __init__(self, slice_: Slice, query: tantivy.Query, most: int | None, longest: int) -> None:
        self._slice = slice_
        self._query = query
        self._most = most
        self._longest = longest

    def page(self, after: Cursor | None, limit: int) -> list[SliceHit]:
        # Equal hits are many: names of one instrument have one length, so one score. A list that
        # is longer than wanted often closes their group, and costs little.
        length = 2 * limit + _MORE
        if after is not None and after.rank is not None:
            length += min(after.rank, _LONGEST) + 1  # a caller may have written any
        if self._most is not None and self._most < 3 * length:
            length = max(length, self._most + 1)
        while True:
            if length > self._longest < self._slice.documents:
                return self._far_behind(after, limit)
            listed = _Listed(self._slice, self._slice.best(self._query, length))
            whole = len(listed) < length
            hits = self._beyond(listed, after, limit, whole=whole)
            if whole or (hits is not None and len(hits) >= limit):
                return (hits or [])[:limit]
            length *= 4
            if self._most is not None and self._most <= _ALL:
                length = max(length, self._most + 1)

    def _far_behind(self, after: Cursor | None, limit: int) -> list[SliceHit]:
        """As ``page``, of all hits range by range of ids: the list of all may be of any length."""
        best: list[SliceHit] = []
        for hits in self._slice.every(self._query, self._longest):
            hits.sort(key=itemgetter(0), reverse=True)
            listed = _Listed(self._slice, hits)
            best += (self._beyond(listed, after, limit, whole=True) or [])[:limit]
            best = _best(best, limit)
        return best

    def _beyond(
        self, listed: _Listed, after: Cursor | None, limit: int, *, whole: bool
    ) -> list[SliceHit] | None:
        """Hits after the cursor as far as the list tells; ``whole``: nothing comes after it.

        None where it takes a longer list, of all that match.
        """
        counted = [group for group in listed.groups if _counts(listed, group, after)]
        if not counted:
            return []
        # All at once: a column costs as much to open as some thousand values to read.
        start, end = counted[0][0], _end(counted, after, limit)
        ids = listed.ids(start, end)
        known = ids.tolist()
        hits: list[SliceHit] = []
        for first, beyond in counted:
            if len(hits) >= limit:
                break
            if beyond > end:
                ids = np.concatenate((ids, listed.ids(end, beyond)))
                known, end = ids.tolist(), beyond
            score = float(listed.scores[first])
            after_id = after.id if after is not None and is_tied(score, _score_at(after)) else None
            is_closed = whole or beyond < len(listed)
            if is_closed and beyond - first <= _SMALL:
                of_group = known[first - start : beyond - start]
                hits += _by_id(score, of_group, listed.addresses[first:beyond], after_id)
                continue
            equal = _Equal.of(
                ids[first - start : beyond - start], listed.addresses[first:beyond], after_id
            )
            wanted = limit - len(hits)
            if not is_closed:
                if self._most is not None and len(listed) <= self._most <= _ALL:
                    return None
                equal = self._lowest(score, equal, after_id, wanted, first)
            hits += equal.hits(score, wanted)
        return hits

    def _lowest(
        self, score: float, known: _Equal, after_id: int | None, wanted: int, above: int
    ) -> _Equal:
        """The documents of this score with the lowest ids after ``after_id``; some are known.

        The wanted ones have no higher ids than as many known ones, which bounds a search for the
        others; the more it finds, the lower the bound. ``above``: how many hits score higher.
        """
        low, high = self._slice.id_bounds()
        first = low if after_id is None else after_id + 1
        room = 2 * wanted + above + _MORE
        while True:
            last = int(known.ids[wanted - 1]) if len(known.ids) >= wanted else high
            if first > last:
                return known
            within = combined(self._query, self._slice.ids_between(first, last))
            listed = _Listed(self._slice, self._slice.best(within, room))
            equal = np.flatnonzero(np.abs(listed.scores - score) <= EQUAL * abs(score)).tolist()
            start, end = (equal[0], equal[-1] + 1) if equal else (0, 0)
            found = _Equal.of(listed.ids(start, end), listed.addresses[start:end], None)
            if len(listed) < room or listed.scores[-1] < score * (1 - EQUAL):
                return found
            known = known.with_others(found, wanted)
            if len(known.ids) < wanted or int(known.ids[wanted - 1]) == last:
                room *= 4


def _best(hits: list[SliceHit], limit: int) -> list[SliceHit]:
    """The first of hits of several lists."""
    hits.sort(key=id_of)
    hits.sort(key=_score_of, reverse=True)
    found: list[SliceHit] = []
    for begin, end in tied([_score_of(hit) for hit in hits]):
        found += sorted(hits[begin:end], key=id_of)
    return found[:limit]


def _score_of(hit: SliceHit) -> float:
    return cast(float, hit.values[0])


def _by_id(
    score: float, ids: list[int], addresses: list[Address], after_id: int | None
) -> list[SliceHit]:
    """Hits of a small group after ``after_id``, by their ids."""
    values = (score,)
    if len(ids) == 1:  # most groups of a page of many words
        return (
            [SliceHit(values, ids[0], addresses[0])]
            if after_id is None or ids[0] > after_id
            else []
        )
    return [
        SliceHit(values, id_, address)
        for id_, address in sorted(zip(ids, addresses, strict=True), key=itemgetter(0))
        if after_id is None or id_ > after_id
    ]


def _counts(listed: _Listed, group: tuple[int, int], after: Cursor | None) -> bool:
    """Whether hits of a group come after the cursor."""
    if after is None:
        return True
    score, last = float(listed.scores[group[0]]), _score_at(after)
    return score <= last or is_tied(score, last)


def _end(groups: list[tuple[int, int]], after: Cursor | None, limit: int) -> int:
    """Up to where a page needs hits, as far as it is known before their ids are."""
    start = groups[0][1] if after is not None else groups[0][0]
    return next((end for _, end in groups if end - start >= limit), groups[-1][1])


def _score_at(cursor: Cursor) -> float:
    value = cursor.values[0]
    return float(value) if isinstance(value, int | float) else float("inf")
