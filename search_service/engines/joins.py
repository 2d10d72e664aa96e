"""The joins of a query, resolved from the inside: each becomes the ids of the documents that join.

An engine has to answer trees without joins, and tells which values and scores the documents of a
joined entity have.
"""

from collections.abc import Callable, Hashable, Iterable

import numpy as np
import numpy.typing as npt

from search_service.bounded_cache import BoundedCache
from search_service.engines.common_ids import CommonIds
from search_service.errors import LimitExceeded
from search_service.query.id_set import Ids, IdSet
from search_service.query.tree import Bool, Boost, Join, Nothing, Numbers, Query, children, rebuilt
from search_service.query.weight import weight

# Bytes that are remembered, of all joins together: two million ids, or what callers wrote.
MOST_BYTES = 16 << 20

# Mean scores this close count as one, so that few different ones are left.
_DIGITS = 3

# Bytes that an id takes while it is looked for: in its set, and as a term of a compiled query.
_IN_SET, _AS_TERM = 8, 82
_MB = 1_000_000

Scores = npt.NDArray[np.float64]


class JoinResolver:
    """Joins as conditions on numbers, remembered until a document of their entities changes.

    What a user may see is one of these, and is asked by every page of every search.
    """

    def __init__(
        self,
        values: Callable[[str, Query, str], IdSet],
        scores: Callable[[str, Query, str], tuple[Ids, Scores]],
        stamp: Callable[[str], Hashable],
        unit: float = 1.0,
        most: int = 0,
    ) -> None:
        """``values``, ``stamp``: as in ``Reader``.

        ``scores``: the values of an integer field over the matching documents, each with the score
        of its document; a value comes as often as documents have it.
        ``unit``: what the engine gives a leaf that scores 1. ``most``: bytes that the ids of all
        joins of a query may take while they are looked for; 0: any.
        """
        self._values = values
        self._scores = scores
        self._stamp = stamp
        self._unit = unit
        self._most = most
        self._known: BoundedCache[Hashable, Query] = BoundedCache(MOST_BYTES)
        self._common = CommonIds()

    def without_joins(self, query: Query) -> Query:
        """The tree with each join replaced by the ids that it stands for, those of a group in one.

        A part that stands in several places still is one part. Raises LimitExceeded where the ids
        of all joins together take too much.
        """
        known: dict[int, Query] = {}  # by identity: the tree keeps its parts
        taken = 0

        def of(part: Query) -> Query:
            nonlocal taken
            resolved = known.get(id(part))
            if resolved is None:
                if isinstance(part, Join):
                    resolved = self._resolved(part)
                    taken += _memory_of_ids(resolved)
                    self._check(taken)
                else:
                    resolved = self._common.in_one(rebuilt(part, of))
                known[id(part)] = resolved
            return resolved

        return of(query)

    def is_known(self, join: Join) -> bool:
        """Whether it is remembered."""
        return self._key(join) in self._known

    def ready(self, query: Query) -> list[Join]:
        """Joins of a query that can be resolved at once: not scored, not known, all within known.

        For an engine that finds the values of several in less time than of one after the other.
        """
        found: dict[Join, None] = {}

        def look(part: Query) -> bool:
            """Whether all joins in it are known."""
            looked_at = [
                look(child) for child in children(part)
            ]  # each, also behind an unknown one
            are_known = all(looked_at)
            if not isinstance(part, Join) or self.is_known(part):
                return are_known
            if are_known and not part.scored:
                found[part] = None
            return False

        look(query)
        return list(found)

    def learn(self, join: Join, values: IdSet) -> None:
        """Remember what a join that is not scored stands for."""
        self._remember(join, self._key(join), _as_numbers(join, values))

    def _check(self, taken: int) -> None:
        if 0 < self._most < taken:
            raise LimitExceeded(
                f"The joined documents that conditions of the search find take {taken // _MB:,} MB",
                self._most // _MB,
                "max_search_memory",
            )

    def _key(self, join: Join) -> Hashable:
        return join, tuple(self._stamp(entity) for entity in joined_entities(join))

    def _resolved(self, join: Join) -> Query:
        key = self._key(join)
        known = self._known.get(key)
        if known is not None:
            return known
        if join.scored:
            ids, scores = self._scores(join.entity, join.query, join.by)
            query = _as_scores(join.on, ids, scores, self._unit)
        else:
            values = self._values(join.entity, join.query, join.by)
            query = _as_numbers(join, values)
        self._remember(join, key, query)
        return query

    def _remember(self, join: Join, key: Hashable, query: Query) -> None:
        self._known.add(key, query, weight(join) + weight(query))


def joined_entities(query: Query) -> Iterable[str]:
    """The entities that the joins of a query ask; one may come several times."""
    if isinstance(query, Join):
        yield query.entity
    for child in children(query):
        yield from joined_entities(child)


def _memory_of_ids(query: Query) -> int:
    """Bytes that the ids of a resolved join take while they are looked for, about.

    Of a set that has most ids between its ends an engine looks for those that are missing.
    """
    match query:
        case Numbers(_, IdSet() as ids):
            terms = min(len(ids), ids.span - len(ids))
            return _IN_SET * len(ids) + _AS_TERM * terms
        case _:
            return sum(map(_memory_of_ids, children(query)))


def _as_numbers(join: Join, values: IdSet) -> Query:
    return Numbers(join.on, values) if values else Nothing()


def _as_scores(on: str, ids: Ids, scores: Scores, unit: float) -> Query:
    """Numbers that score what their joined documents scored in the mean."""
    if not len(ids):
        return Nothing()
    known, place, times = np.unique(ids, return_inverse=True, return_counts=True)
    means = _rounded(np.bincount(place, weights=scores) / times)
    parts = [
        Boost(Numbers(on, IdSet(known[means == mean])), mean / unit)
        for mean in np.unique(means).tolist()
    ]
    return Bool(should=tuple(parts))


def _rounded(scores: Scores) -> Scores:
    """To so many digits that differ."""
    magnitude = np.floor(np.log10(np.where(scores > 0, scores, 1.0)))
    unit = 10.0 ** (magnitude + 1 - _DIGITS)
    rounded: Scores = np.round(scores / unit) * unit
    return rounded
