"""Numbers and sets of ids as queries of the engine: ranges of columns, and terms in decimal."""

from collections.abc import Hashable, Sequence
from threading import Lock
from weakref import WeakKeyDictionary

import tantivy

from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.search.queries.combine import any_of, constant, excluding
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.integer_bounds import integer_bounds
from search_service.query.id_set import HIGHEST, LOWEST, IdSet

# Up to here a union of terms is quicker than the engine's set of terms (measured over 300,000
# documents: 100 ids at random 0.4 ms and 0.7 ms; 1,000 ids 5.0 ms and 2.6 ms). Ids are terms in
# decimal: a set of 10,000 integers takes 29 ms, of the same as strings 12 ms.
UNION_OF_TERMS = 200
# Of a set that has every fourth id at least, a run of consecutive ids is one range over a column.
DENSE = RANGES = 4
# Terms of sets that are kept as compiled: some 30 MB.
MOST_TERMS = 500_000


class KnownSets:
    """Sets of ids as compiled, as long as the sets are kept by others.

    What a user may see is one of these, and so is a filter that comes again.
    """

    def __init__(self) -> None:
        self._queries: WeakKeyDictionary[IdSet, dict[Hashable, tantivy.Query]] = WeakKeyDictionary()
        self._added = 0  # terms, since those that are left were counted
        self._turn = Lock()  # slices are asked by threads

    def compiled(self, slice_: Slice, field: str, ids: IdSet) -> tantivy.Query:
        """Documents of a slice that have one of these ids in a field of ids."""
        if field == slice_.entity.id_field:
            # Of all slices together each id is looked up once.
            low, high = slice_.id_bounds()
        else:
            low, high = LOWEST, HIGHEST
        if len(ids) <= UNION_OF_TERMS:
            return constant(_ids(slice_, field, ids.between(low, high)))
        place = slice_.entity.name, field, low, high
        with self._turn:
            of_set = self._queries.setdefault(ids, {})
            query = of_set.get(place)
            if query is None:
                query = of_set[place] = constant(_ids(slice_, field, ids.between(low, high)))
                self._added += len(ids)
                if self._added > MOST_TERMS:
                    self._added = sum(len(ids) * len(known) for ids, known in self._queries.items())
                    if self._added > MOST_TERMS // 2:
                        self._queries.clear()
                        self._added = 0
            return query


def between(slice_: Slice, field: str, low: float | None, high: float | None) -> tantivy.Query:
    """Documents whose number is within the bounds, both inclusive; None is an open end."""
    declared = slice_.entity.by_name.get(field)
    if declared is None or not declared.kind.is_number:
        return tantivy.Query.empty_query()
    column = engine_fields.number_field(slice_.entity, field)
    if declared.kind is FieldKind.INTEGER:
        bounds = integer_bounds(low, high)
        if bounds is None:
            return tantivy.Query.empty_query()
        low, high = bounds
        kind = tantivy.FieldType.Integer
    else:
        low = None if low is None else float(low)
        high = None if high is None else float(high)
        kind = tantivy.FieldType.Float
    if low is None and high is None:
        return constant(tantivy.Query.exists_query(column))
    if low is not None and high is not None and low > high:
        return tantivy.Query.empty_query()
    return constant(tantivy.Query.range_query(slice_.schema, column, kind, low, high))


def equal_to(
    slice_: Slice, field: str, values: Sequence[float] | IdSet, known: KnownSets | None = None
) -> tantivy.Query:
    """Documents whose number is one of these. ``known``: sets as compiled; it is added to."""
    entity = slice_.entity
    declared = entity.by_name.get(field)
    if declared is None or not declared.kind.is_number or not values:
        return tantivy.Query.empty_query()
    has_terms = field == entity.id_field or field in engine_fields.lookup_fields(entity)
    if declared.kind is FieldKind.DOUBLE or not has_terms:
        return constant(any_of(between(slice_, field, v, v) for v in sorted(set(values))))
    ids = values if isinstance(values, IdSet) else IdSet.of(values)
    return (known or KnownSets()).compiled(slice_, field, ids)


def _ids(slice_: Slice, field: str, ids: IdSet) -> tantivy.Query:
    if not ids:
        return tantivy.Query.empty_query()
    if len(ids) > 1 and ids.span < len(ids) * DENSE:
        runs = ids.runs()
        if len(runs) <= RANGES:
            return any_of(_run(slice_, field, first, last) for first, last in runs)
        gaps = ids.gaps()
        if len(gaps) < len(ids) // 2 and len(ids) > UNION_OF_TERMS:
            first, last = runs[0][0], runs[-1][1]
            return excluding(_run(slice_, field, first, last), _terms(slice_, field, gaps))
    return _terms(slice_, field, ids)


def _run(slice_: Slice, field: str, first: int, last: int) -> tantivy.Query:
    column, kind = engine_fields.number_field(slice_.entity, field), tantivy.FieldType.Integer
    return tantivy.Query.range_query(slice_.schema, column, kind, first, last)


def _terms(slice_: Slice, field: str, ids: IdSet) -> tantivy.Query:
    prefix = schema.lookup_prefix(slice_.entity, field)
    terms = [f"{prefix}{id_}" for id_ in ids]
    if len(terms) > UNION_OF_TERMS:
        return tantivy.Query.term_set_query(slice_.schema, engine_fields.TERMS, terms)
    return any_of(
        tantivy.Query.term_query(slice_.schema, engine_fields.TERMS, term, "basic")
        for term in terms
    )
