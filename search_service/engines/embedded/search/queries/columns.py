"""Conditions that columns of integers tell, of one document as well as of all.

To find the documents of a large set of ids takes a look into the dictionary for each id; to see
whether a document that is found anyway has one of them takes a look at a column. Not here: which
of both is done, see ``pages.one_slice``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import tantivy

from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.integer_bounds import integer_bounds
from search_service.query.id_set import Ids, IdSet, Mask
from search_service.query.tree import Bool, NumberRange, Numbers, Query, children

Columns = Mapping[str, tuple[Ids, Mask]]
"""By field: the integers of some documents, and which of them have one."""


def is_of_columns(query: Query, entity: Entity) -> bool:
    """Whether columns of integers tell which documents meet the condition."""
    match query:
        case Numbers(field) | NumberRange(field):
            declared = entity.by_name.get(field)
            return declared is not None and declared.kind is FieldKind.INTEGER
        case Bool():
            return all(is_of_columns(part, entity) for part in children(query))
        case _:
            return False


def looked_up(query: Query) -> int:
    """How many ids are looked up for the sets of a condition."""
    if isinstance(query, Numbers):
        return len(query.values)
    return sum(looked_up(part) for part in children(query))


def share(query: Query, slice_: Slice) -> float:
    """About which share of a slice's documents meets a condition of columns; above 0."""
    match query:
        case Numbers(field, values):
            ids = values if isinstance(values, IdSet) else IdSet.of(values)
            is_key = field == slice_.entity.id_field
            of = max(slice_.documents, 1) if is_key else max(ids.span, 1)
            found = len(ids) / of
        case Bool(must, should, must_not, filters):
            found = 1.0
            for part in (*must, *filters):
                found *= share(part, slice_)
            if should and not (must or filters):
                found = sum(share(part, slice_) for part in should)
            for part in must_not:
                found *= 1 - share(part, slice_)
        case _:
            found = 0.5
    return min(1.0, max(found, 1e-6))


def met(query: Query, slice_: Slice, addresses: Sequence[tantivy.DocAddress]) -> Mask:
    """Which of these documents meet a condition of columns."""
    entity = slice_.entity
    columns = {
        field: slice_.integers(engine_fields.number_field(entity, field), addresses)
        for field in _fields(query)
    }
    return _met(query, columns, len(addresses))


def _fields(query: Query) -> set[str]:
    if isinstance(query, Numbers | NumberRange):
        return {query.field}
    return {field for part in children(query) for field in _fields(part)}


def _met(query: Query, columns: Columns, documents: int) -> Mask:
    match query:
        case Numbers(field, values):
            numbers, present = columns[field]
            ids = values if isinstance(values, IdSet) else IdSet.of(values)
            return ids.held(numbers) & present
        case NumberRange(field, low, high):
            numbers, present = columns[field]
            bounds = integer_bounds(low, high)
            if bounds is None:
                return np.zeros(documents, np.bool_)
            first, last = bounds
            found = present.copy()
            if first is not None:
                found &= numbers >= first
            if last is not None:
                found &= numbers <= last
            return found
        case Bool(must, should, must_not, filters):
            required = (*must, *filters)
            found = np.full(documents, bool(required), np.bool_)
            for part in required:
                found &= _met(part, columns, documents)
            if not required:
                for part in should:
                    found |= _met(part, columns, documents)
            for part in must_not:
                found &= ~_met(part, columns, documents)
            return found
        case _:
            raise AssertionError("a condition that columns do not tell")
