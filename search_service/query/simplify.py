"""A tree without what is always or never true: the same documents, in the same order.

An engine answers a tree that is ``Nothing`` without looking, and pays for each level of a nested
one.
"""

from collections import Counter

from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    Query,
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
                return self._bool(query)
            case Boost(inner, factor):
                return _boost(self.of(inner), factor)
            case Constant(inner, score):
                found = self.of(inner)
                return found if found == NOTHING else Constant(found, score)
            case Join():
                inner = self.of(query.query)
                if inner == NOTHING:
                    return NOTHING
                return Join(query.entity, query.by, query.on, inner, scored=query.scored)
            case Exact(values=()) | Numbers(values=()):
                return NOTHING
            case NumberRange(_, low, high) if low is not None and high is not None and low > high:
                return NOTHING
            case _:
                return query

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
        must, filters = _spread_must(must), _spread_filter(filters)
        if not is_optional:
            should = _spread_should(should)
        if len(should) > MANY:
            should = tuple(_boost(part, times) for part, times in Counter(should).items())
        wanted = tuple(part for part in filters if part != EVERYTHING)
        if len(wanted) < len(filters):
            filters = wanted if must or wanted else (EVERYTHING,)
        if must == (EVERYTHING,) and filters and not should:
            must = ()
        match Bool(must, should, must_not, filters):
            case Bool((only,), (), (), ()) | Bool((), (only,), (), ()):
                return only
            case smaller:
                return smaller

    def _each(self, queries: Queries) -> Queries:
        return tuple(self.of(query) for query in queries)


def _boost(query: Query, factor: float) -> Query:
    match query:
        case Nothing():
            return query
        case Boost(inner, other):
            return _boost(inner, factor * other)
        case _:
            return query if factor == 1 else Boost(query, factor)


def _spread_must(queries: Queries) -> Queries:
    found: list[Query] = []
    for query in queries:
        match query:
            case Bool(must=parts, should=(), must_not=(), filter=()):
                found.extend(parts)
            case _:
                found.append(query)
    return tuple(found)


def _spread_filter(queries: Queries) -> Queries:
    found: list[Query] = []
    for query in queries:
        match query:
            case Bool(must=parts, should=(), must_not=(), filter=others):
                found.extend(parts + others)
            case Boost(inner, _):
                found.append(inner)
            case _:
                found.append(query)
    return tuple(found)


def _spread_should(queries: Queries) -> Queries:
    found: list[Query] = []
    for query in queries:
        match query:
            case Bool(must=(), should=parts, must_not=(), filter=()):
                found.extend(parts)
            case _:
                found.append(query)
    return tuple(found)
