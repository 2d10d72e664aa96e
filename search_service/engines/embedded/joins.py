"""Joins of a query, settled from the inside: to the ids of the documents that join."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable

from search_service.engines.embedded.search.scoring import CONSTANT
from search_service.query.tree import Bool, Boost, Constant, Join, Nothing, Numbers, Query

# Ids that are remembered, of all joins together: some 40 MB.
MOST_IDS = 1_000_000

# Mean scores this close count as one, so that few different ones are left.
_DIGITS = 3

Scores = dict[int, float]


def entities_of(query: Query) -> Iterable[str]:
    """The entities that the joins of a query ask."""
    match query:
        case Join(entity=entity, query=inner):
            yield entity
            yield from entities_of(inner)
        case Bool(must, should, must_not, filters):
            for part in (*must, *should, *must_not, *filters):
                yield from entities_of(part)
        case Boost(query=inner) | Constant(query=inner):
            yield from entities_of(inner)
        case _:
            pass


class Settled:
    """Joins as conditions on numbers, remembered until a document of their entities changes.

    What a user may see is one of these, and is asked by every page of every search.
    """

    def __init__(
        self,
        values: Callable[[str, Query, str], set[int]],
        scores: Callable[[str, Query, str], Scores],
        stamp: Callable[[str], Hashable],
    ) -> None:
        self._values = values
        self._scores = scores
        self._stamp = stamp
        self._known: OrderedDict[Hashable, tuple[Query, int]] = OrderedDict()
        self._ids = 0

    def without_joins(self, query: Query) -> Query:
        """The tree with each join replaced by the ids that it stands for.

        A part that stands in several places still is one part.
        """
        settled: dict[int, Query] = {}

        def of(query: Query) -> Query:
            found = settled.get(id(query))
            if found is None:
                found = settled[id(query)] = without(query)
            return found

        def without(query: Query) -> Query:
            match query:
                case Join():
                    return self._settle(query)
                case Bool(must, should, must_not, filters):
                    return Bool(
                        tuple(map(of, must)),
                        tuple(map(of, should)),
                        tuple(map(of, must_not)),
                        tuple(map(of, filters)),
                    )
                case Boost(inner, factor):
                    return Boost(of(inner), factor)
                case Constant(inner, score):
                    return Constant(of(inner), score)
                case _:
                    return query

        return of(query)

    def _settle(self, join: Join) -> Query:
        key = (join, tuple(self._stamp(entity) for entity in entities_of(join)))
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known[0]
        if join.scored:
            query, size = _as_scores(join.on, self._scores(join.entity, join.query, join.by))
        else:
            ids = self._values(join.entity, join.query, join.by)
            query, size = Numbers(join.on, tuple(sorted(ids))) if ids else Nothing(), len(ids)
        self._remember(key, query, size)
        return query

    def _remember(self, key: Hashable, query: Query, size: int) -> None:
        self._known[key] = (query, size)
        self._ids += size + 1
        while self._ids > MOST_IDS and len(self._known) > 1:
            _, (_, dropped) = self._known.popitem(last=False)
            self._ids -= dropped + 1


def _as_scores(on: str, scores: Scores) -> tuple[Query, int]:
    """Numbers that score what their joined documents scored in the mean."""
    by_score: dict[float, list[int]] = defaultdict(list)
    for id_, score in scores.items():
        by_score[float(f"{score:.{_DIGITS}g}")].append(id_)
    parts = [
        Boost(Numbers(on, tuple(sorted(ids))), score / CONSTANT)
        for score, ids in sorted(by_score.items())
    ]
    return (Bool(should=tuple(parts)) if parts else Nothing()), len(scores)
