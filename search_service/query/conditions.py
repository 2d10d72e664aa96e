"""Dates, parameters, filters and facet conditions as trees over one entity's documents.

What a caller names that the tables do not have is told to it, where it could not be met by any
document and cannot be a facility's own field either.
"""

from collections.abc import Iterable
from typing import assert_never, cast

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity, FieldKind
from search_service.errors import BadRequest
from search_service.query.request.shapes import (
    Between,
    Equals,
    FieldCondition,
    FieldFilter,
    Filter,
    JoinedFilter,
    Number,
    OwnFilter,
    ParameterCondition,
    Period,
    ValueCondition,
)
from search_service.query.request.values import an_integer, shown
from search_service.query.text.patterns import pattern_of_values
from search_service.query.tree import (
    ANY,
    Bool,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    Query,
    Term,
)

Facetable = frozenset[str]


def joined(source: str, target: str, query: Query) -> Query | None:
    """Documents of ``target`` that a matching document of ``source`` joins to; None: none can.

    Directly, as the target's parent, or through an entity that is there to join others (a sample's
    parameters join to an investigation through its samples).
    """
    direct = lookup.join(source, target)
    if direct is not None:
        return Join(source, by=direct.by, on=direct.on, query=query)
    parent = lookup.join(target, source)
    if parent is not None:
        return Join(source, by=parent.on, on=parent.by, query=query)
    through = [
        Join(middle.name, by=last.by, on=last.on, query=Join(source, first.by, first.on, query))
        for middle in ENTITIES
        if not middle.searched
        and (first := lookup.join(source, middle.name)) is not None
        and (last := lookup.join(middle.name, target)) is not None
    ]
    return any_of(through) if through else None


def any_of(queries: Iterable[Query]) -> Query:
    """One of them, or more."""
    found = tuple(queries)
    return found[0] if len(found) == 1 else Bool(should=found)


def in_period(entity: Entity, period: Period) -> list[Query]:
    """Each of the entity's dates lies in the period."""
    if period == Period():
        return []
    return [NumberRange(field, period.lower, period.upper) for field in entity.dates]


# ── parameters ────────────────────────────────────────────────────────────────────────────────────


def with_parameter(entity: Entity, condition: ParameterCondition) -> Query:
    """Some parameter of the entity meets the condition."""
    parameters = lookup.find_entity(entity.parameters or "")
    if parameters is None or parameters.values is None:
        return Nothing()
    fields = parameters.values
    parts: list[Query] = []
    if condition.name is not None:
        parts.append(_matching(fields.name, condition.name))
    if condition.units is not None:
        parts.append(_matching(fields.units, condition.units))
    match condition.value:
        case str(pattern):
            parts.append(_matching(fields.string, pattern))
        case Period(lower, upper):
            parts.append(NumberRange(fields.date, lower, upper))
        case Between(low, high):
            parts.append(NumberRange(fields.number, low, high))
        case None:
            pass
        case _:
            assert_never(condition.value)
    query = Bool(filter=tuple(parts)) if parts else Everything()
    return joined(parameters.name, entity.name, query) or Nothing()


def _matching(field: str, written: str) -> Query:
    """A pattern against whole values of the field. An empty one fits none, as with the peer."""
    pattern = pattern_of_values(written)
    if not pattern:
        return Nothing()
    if pattern == (ANY,):
        return Exists(field)
    if all(isinstance(part, str) for part in pattern):
        return Exact(field, ("".join(str(part) for part in pattern),))
    return ExactWildcard(field, pattern)


# ── filters ───────────────────────────────────────────────────────────────────────────────────────


def filtered(target: Entity, condition: Filter, facetable: Facetable, units: Units) -> list[Query]:
    """What has to hold, all of it, for the documents of ``target``."""
    if isinstance(condition, OwnFilter):
        return [_on_field(target, condition.field, condition.any_of, facetable)]
    if (own := _own_field(target, condition)) is not None:
        return filtered(target, own, facetable, units)
    entity = lookup.find_entity(condition.entity)
    if entity is None:
        raise _does_not_join(condition.entity, target)
    match condition:
        case FieldFilter(_, field, any_of_these):
            found = [_on_field(entity, field, any_of_these, facetable)]
        case JoinedFilter(_, groups):
            found = [
                _all_of(_on_joined(entity, part, facetable, units) for part in group)
                for group in groups
            ]
        case _:
            assert_never(condition)
    return [_carried_to(target, entity, query) for query in found]


def _own_field(target: Entity, condition: FieldFilter | JoinedFilter) -> OwnFilter | None:
    """A range of `type.id` or `sample.id`, which the documents of the target have themselves."""
    match condition:
        case FieldFilter(name, field, values) if any(isinstance(v, Between) for v in values):
            whole = f"{name}.{field}"
            return OwnFilter(whole, values) if whole in target.by_name else None
        case _:
            return None


def _carried_to(target: Entity, entity: Entity, query: Query) -> Query:
    if entity == target:
        return query
    carried = joined(entity.name, target.name, query)
    if carried is None:
        raise _does_not_join(entity.name, target)
    return carried


def _does_not_join(name: str, target: Entity) -> BadRequest:
    others = [
        entity.name
        for entity in ENTITIES
        if entity != target and joined(entity.name, target.name, Everything()) is not None
    ]
    return BadRequest(
        f"The filter names the entity {shown(name)}, but {target.name} can be filtered by its own "
        f"fields and by those of {', '.join(others)}"
    )


def _all_of(queries: Iterable[Query]) -> Query:
    found = tuple(queries)
    return Bool(filter=found) if found else Everything()


def _on_field(
    entity: Entity, field: str, any_of_these: tuple[str | Between, ...], facetable: Facetable
) -> Query:
    strings = tuple(value for value in any_of_these if isinstance(value, str))
    found: list[Query] = [
        _in_range(entity, field, value) for value in any_of_these if isinstance(value, Between)
    ]
    if strings and field in facetable:
        found.append(Exact(field, strings))
    return any_of(found) if found else Nothing()


def _on_joined(
    entity: Entity, condition: FieldCondition, facetable: Facetable, units: Units
) -> Query:
    field = condition.field
    match condition.test:
        case str(value):
            is_exact = field in facetable or _kind(entity, field) is FieldKind.EXACT
            return Exact(field, (value,)) if is_exact else Nothing()
        case Equals(number):
            return _equal(entity, field, number, condition.units, units)
        case Between() as between:
            return _between(entity, field, between, condition.units, units)
        case _:
            assert_never(condition.test)


def _kind(entity: Entity, field: str) -> FieldKind | None:
    declared = entity.by_name.get(field)
    return None if declared is None else declared.kind


def _number_kind(entity: Entity, field: str) -> FieldKind | None:
    """None: a field that the table does not know, so that no document has a number in it."""
    kind = _kind(entity, field)
    if kind is not None and not kind.is_number:
        raise BadRequest(
            f"The filter compares {shown(field)} of {entity.name} with numbers, but it holds text"
        )
    return kind


def _in_range(entity: Entity, field: str, between: Between) -> Query:
    kind = _number_kind(entity, field)
    if kind is None:
        return Nothing()
    if kind is FieldKind.INTEGER:
        for end in (between.low, between.high):
            if end is not None:
                an_integer(end, f"The range of {shown(field)}")
    return NumberRange(field, between.low, between.high)


def _between(entity: Entity, field: str, between: Between, unit: str | None, units: Units) -> Query:
    if unit is None or _number_kind(entity, field) is not FieldKind.DOUBLE:
        return _in_range(entity, field, between)
    conversion = units.factor(unit)
    in_si = None if entity.values is None else entity.values.in_si.get(field)
    if conversion is None or in_si is None:
        return _with_unit(entity, _in_range(entity, field, between), unit)
    low, high = (
        None if end is None else conversion.apply(end) for end in (between.low, between.high)
    )
    return NumberRange(in_si, low, high)


def _equal(entity: Entity, field: str, number: Number, unit: str | None, units: Units) -> Query:
    kind = _number_kind(entity, field)
    if kind is None:
        return Nothing()
    if kind is FieldKind.INTEGER:
        return Numbers(field, (an_integer(number, f"The value of {shown(field)}"),))
    fields = entity.values
    if fields is None:
        return _with_unit(entity, Numbers(field, (number,)), unit)
    raw = _equal_or_between(field, fields.bottom, fields.top, number)
    if unit is None:
        return raw
    converted = units.to_si(number, unit)
    in_si = fields.in_si
    if converted is None or field not in in_si:
        return _with_unit(entity, raw, unit)
    return _equal_or_between(in_si[field], in_si[fields.bottom], in_si[fields.top], converted[0])


def _with_unit(entity: Entity, query: Query, unit: str | None) -> Query:
    """Those that have the unit as it is written; none of an entity that has no units."""
    if unit is None:
        return query
    if entity.values is None:
        return Nothing()
    return Bool(filter=(query, Exact(entity.values.units, (unit,))))


def _equal_or_between(field: str, bottom: str, top: str, number: Number) -> Query:
    """A number equals that of a field, or a stored range holds it."""
    holds = Bool(filter=(NumberRange(bottom, None, number), NumberRange(top, number, None)))
    return Bool(should=(Numbers(field, (number,)), holds))


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


def having(entity: Entity, condition: ValueCondition, facetable: Facetable) -> Query:
    """The condition of a facet request: exact where the field allows it, else one of its words."""
    field = condition.field
    numbers, strings = _divided(condition.any_of)
    kind = _kind(entity, field)
    found: list[Query] = []
    if numbers and kind is not None:
        found.append(Numbers(field, numbers))
    if strings and (kind is None or kind is FieldKind.EXACT or field in facetable):
        found.append(Exact(field, strings))
    elif strings and kind is not None and not kind.is_number:
        found.extend(Term(field, value) for value in strings)
    return any_of(found) if found else Nothing()


def _divided(
    values: tuple[str | int | float, ...],
) -> tuple[tuple[int | float, ...], tuple[str, ...]]:
    strings = tuple(value for value in values if isinstance(value, str))
    if not strings:
        return cast(tuple[int | float, ...], values), ()  # a page of ids, by the thousand
    return tuple(value for value in values if not isinstance(value, str)), strings
