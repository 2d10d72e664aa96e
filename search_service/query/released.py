"""Which investigations are public, as a condition on the field that holds their ids.

Nearly always they are those up to some id, without a few: one stretch of ids with exceptions, and
others one by one, is far smaller than all of them, and an engine asks it once for each search. Not
here: when an investigation is released, see ``service.searching.releases``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_service.query.id_set import IdSet
from search_service.query.tree import Bool, Nothing, NumberRange, Numbers, Query


@dataclass(frozen=True, slots=True, eq=False)
class Released:
    """A set of ids, made by ``released``. One is compared with another by identity: it is large."""

    ids: frozenset[int]
    low: int  # of the stretch
    high: int  # inclusive
    without: IdSet  # in the stretch, and not in the set
    besides: IdSet  # in the set, and not in the stretch

    def on(self, field: str) -> Query:
        """Documents with one of the ids in this field."""
        if not self.ids:
            return Nothing()
        within: Query = NumberRange(field, self.low, self.high)
        if self.without:
            within = Bool(must=(within,), must_not=(Numbers(field, self.without),))
        if not self.besides:
            return within
        return Bool(should=(within, Numbers(field, self.besides)))


def released(ids: Iterable[int]) -> Released:
    """The set of these ids.

    An id between two that nobody has counts as an exception too: who gets it later is not public.
    """
    known = frozenset(ids)
    if not known:
        return Released(known, 0, -1, IdSet.of(()), IdSet.of(()))
    ordered = sorted(known)
    low, high = _stretch(ordered)
    return Released(
        known,
        low,
        high,
        IdSet.of(id_ for id_ in range(low, high + 1) if id_ not in known),
        IdSet.of(id_ for id_ in ordered if not low <= id_ <= high),
    )


def _stretch(ids: Sequence[int]) -> tuple[int, int]:
    """The ends of the stretch with most ids, each that it lacks taking one away."""
    best, best_ends = 0, (ids[0], ids[0])
    gained, start, before = 0, ids[0], ids[0]
    for id_ in ids:
        gained -= max(0, id_ - before - 1)
        if gained <= 0:
            gained, start = 0, id_
        gained += 1
        if gained > best:
            best, best_ends = gained, (start, id_)
        before = id_
    return best_ends
