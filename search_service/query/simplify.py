"""A tree without what is always or never true: the same documents, in the same order.

An engine answers a tree that is ``Nothing`` without looking, and pays for each level of a nested
one.
"""

from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import assert_never

from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Join,
    Leaf,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
    alternatives,
)

Queries = tuple[Query, ...]

MANY = 32  # clauses; fewer are carried out sooner than looked through for repetitions

NOTHING = Nothing()
EVERYTHING = Everything()


def simplify(query: Query) -> Query:
    """The same tree, smaller. Scores of all hits may change by the same constant.

    A part that stands in several places still is one part.
    """
    return _Simplifier().of(query)


class _Simplifier:
    def __init__(self) -> None:
        self._known: dict[int, Query] = {}  # by identity: what a query is made of is kept by it

    def of(self, query: Query) -> Query:
        known = self._known.get(id(query))
        if known is None:
            known = self._known[id(query)] = self._of(query)
        return known

    def _of(self, query: Query) -> Query:
        match query:
            case Bool():
                return query if query.is_simple else self._bool(query)
            case Boost(inner, factor):
                return _boost(self.of(inner), factor)
            case Constant(inner, score):
                found = self.of(inner)
                return NOTHING if found == NOTHING else Constant(found, score)
            case Join(entity, by, on, inner, scored):
                found = self.of(inner)
                return NOTHING if found == NOTHING else Join(entity, by, on, found, scored)
            case _:
                return NOTHING if _finds_nothing(query) else query

    def _bool(self, query: Bool) -> Query:
        must = self._each(query.must)
        filters = self._each(query.filter)
        should = tuple(part for part in self._each(query.should) if part != NOTHING)
        must_not = tuple(part for part in self._each(query.must_not) if part != NOTHING)
        if NOTHING in must or NOTHING in filters or EVERYTHING in must_not:
            return NOTHING
        is_optional = bool(must or filters)
        if not is_optional and not should:
            return NOTHING
        must, filters = _each(_requirements, must), _each(_conditions, filters)
        if not is_optional:
            should = _each(alternatives, should)
        if len(should) > MANY:
            should = tuple(_boost(part, times) for part, times in Counter(should).items())
        wanted = tuple(part for part in filters if part != EVERYTHING)
        if len(wanted) < len(filters):
            filters = wanted if must or wanted else (EVERYTHING,)
        if must == (EVERYTHING,) and filters and not should:
            must = ()
        match Bool(must, should, must_not, filters, is_simple=True):
            case Bool((only,), (), (), ()) | Bool((), (only,), (), ()):
                return only
            case smaller:
                return smaller

    def _each(self, queries: Queries) -> Queries:
        return tuple(self.of(query) for query in queries)


def _finds_nothing(leaf: Leaf) -> bool:
    """Whether no document can have what a leaf asks for."""
    match leaf:
        # The most frequent first, in a tree of some hundred leaves.
        case (
            Term() | Parts() | Phrase() | SynonymGroup() | SynonymTerm() | Fuzzy() | PartFuzzy()
            | Wildcard() | PartWildcard() | PartPatterns() | WordRange() | Exists() | Everything()
            | ExactWildcard()
        ):  # fmt: skip
            return False
        case Nothing():
            return True
        case Exact(values=values) | Numbers(values=values):
            return not values
        case NumberRange(_, low, high):
            return low is not None and high is not None and low > high
        case _:
            assert_never(leaf)


def _boost(query: Query, factor: float) -> Query:
    if isinstance(query, Boost):
        return _boost(query.query, factor * query.factor)
    return query if factor == 1 or query == NOTHING else Boost(query, factor)


def _requirements(query: Query) -> Queries:
    """The queries that have to match, of a group that says nothing else; else the query itself."""
    if isinstance(query, Bool) and not (query.should or query.must_not or query.filter):
        return query.must
    return (query,)


def _conditions(query: Query) -> Queries:
    """What has to match, score or not; a weight means nothing where nothing is scored."""
    if isinstance(query, Boost):
        return (query.query,)
    if isinstance(query, Bool) and not (query.should or query.must_not):
        return query.must + query.filter
    return (query,)


def _each(of: Callable[[Query], Queries], queries: Queries) -> Queries:
    return tuple(chain.from_iterable(map(of, queries)))
