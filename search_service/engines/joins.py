"""The joins of a query, resolved from the inside: each becomes the ids of the documents that join.

An engine has to answer trees without joins, and tells which values and scores the documents of a
joined entity have.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

import numpy as np
import numpy.typing as npt

from search_service.query.id_set import Ids, IdSet
from search_service.query.tree import Bool, Boost, Join, Nothing, Numbers, Query, children, rebuilt

# Ids that are remembered, of all joins together: 16 MB.
MOST_IDS = 2_000_000

# Mean scores this close count as one, so that few different ones are left.
_DIGITS = 3

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
    ) -> None:
        """``values``, ``stamp``: as in ``Reader``.

        ``scores``: the values of an integer field over the matching documents, each with the score
        of its document; a value comes as often as documents have it.
        ``unit``: what the engine gives a leaf that scores 1.
        """
        self._values = values
        self._scores = scores
        self._stamp = stamp
        self._unit = unit
        self._known: OrderedDict[Hashable, tuple[Query, int]] = OrderedDict()
        self._ids = 0

    def without_joins(self, query: Query) -> Query:
        """The tree with each join replaced by the ids that it stands for.

        A part that stands in several places still is one part.
        """
        known: dict[int, Query] = {}  # by identity: the tree keeps its parts

        def of(part: Query) -> Query:
            resolved = known.get(id(part))
            if resolved is None:
                resolved = self._resolved(part) if isinstance(part, Join) else rebuilt(part, of)
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
        self._remember(self._key(join), _as_numbers(join, values), len(values))

    def _key(self, join: Join) -> Hashable:
        return join, tuple(self._stamp(entity) for entity in joined_entities(join))

    def _resolved(self, join: Join) -> Query:
        key = self._key(join)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known[0]
        if join.scored:
            ids, scores = self._scores(join.entity, join.query, join.by)
            query, size = _as_scores(join.on, ids, scores, self._unit), len(ids)
        else:
            values = self._values(join.entity, join.query, join.by)
            query, size = _as_numbers(join, values), len(values)
        self._remember(key, query, size)
        return query

    def _remember(self, key: Hashable, query: Query, size: int) -> None:
        self._known[key] = (query, size)
        self._ids += size + 1
        while self._ids > MOST_IDS and len(self._known) > 1:
            _, (_, dropped) = self._known.popitem(last=False)
            self._ids -= dropped + 1


def joined_entities(query: Query) -> Iterable[str]:
    """The entities that the joins of a query ask; one may come several times."""
    if isinstance(query, Join):
        yield query.entity
    for child in children(query):
        yield from joined_entities(child)


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
