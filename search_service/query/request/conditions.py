"""The JSON of a search's or a facet's conditions, read into shapes.

Everything of a wrong form is told to the caller; keys that mean nothing here are labels of the
caller's and passed over. Not here: bytes and query strings, see ``service.wire``.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from search_service.catalogue import lookup
from search_service.catalogue.model import FieldKind
from search_service.errors import BadRequest
from search_service.query.request.dates import lower_bound, upper_bound
from search_service.query.request.shapes import (
    Between,
    Conditions,
    Dimension,
    Equals,
    FieldCondition,
    FieldFilter,
    Filter,
    JoinedFilter,
    LabelRange,
    Number,
    OwnFilter,
    ParameterCondition,
    Period,
    ValueCondition,
)
from search_service.query.request.values import (
    a_list,
    a_number,
    a_string,
    all_integers,
    an_integer,
    an_object,
    is_number,
    shown,
)

T = TypeVar("T")

_ENDS = ("from", "to")

# Doubles beyond these have an exponent where Java writes them.
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def read_conditions(query: object) -> Conditions:
    """The ``query`` object of a search."""
    query = an_object(query, "'query'")
    return Conditions(
        text=_optional(query, "text", a_string),
        user=_optional(query, "user", a_string),
        user_full_name=_optional(query, "userFullName", a_string),
        period=_period(query, "lower", "upper") or Period(),
        parameters=tuple(map(_parameter, _optional(query, "parameters", a_list) or ())),
        filters=tuple(
            _filter(key, value)
            for key, value in (_optional(query, "filter", an_object) or {}).items()
        ),
    )


def read_facet_conditions(query: object) -> tuple[ValueCondition, ...]:
    """The ``query`` object of a facet request."""
    return tuple(
        _value_condition(field, value) for field, value in an_object(query, "'query'").items()
    )


def read_dimensions(dimensions: object) -> tuple[Dimension, ...]:
    """The ``dimensions`` of a facet request."""
    return tuple(map(_dimension, a_list(dimensions, "'dimensions'")))


def _optional(
    found: Mapping[str, Any], key: str, read: Callable[[object, str], T], inside: str = ""
) -> T | None:
    """A key that is there has a value of the right kind: null would be ignored silently."""
    return read(found[key], f"'{inside}{key}'") if key in found else None


# ── parameters ────────────────────────────────────────────────────────────────────────────────────


def _parameter(value: object) -> ParameterCondition:
    condition = an_object(value, "An entry of 'parameters'")
    inside = "parameters."
    string = _optional(condition, "stringValue", a_string, inside)
    dates = _period(condition, "lowerDateValue", "upperDateValue", inside)
    low = _optional(condition, "lowerNumericValue", a_number, inside)
    high = _optional(condition, "upperNumericValue", a_number, inside)
    numbers = None if low is None and high is None else Between(low, high)
    if sum(part is not None for part in (string, dates, numbers)) > 1:
        raise BadRequest(
            "An entry of 'parameters' should have one of stringValue, lowerDateValue with "
            "upperDateValue, or lowerNumericValue with upperNumericValue, but has several"
        )
    value_ = next((part for part in (string, dates, numbers) if part is not None), None)
    return ParameterCondition(
        _optional(condition, "name", a_string, inside),
        _optional(condition, "units", a_string, inside),
        value_,
    )


def _period(found: Mapping[str, Any], low: str, high: str, inside: str = "") -> Period | None:
    if low not in found and high not in found:
        return None
    return Period(
        _optional(found, low, lower_bound, inside), _optional(found, high, upper_bound, inside)
    )


# ── filters ───────────────────────────────────────────────────────────────────────────────────────


def _filter(key: str, value: object) -> Filter:
    entity, dot, field = key.partition(".")
    values = value if isinstance(value, list) else [value]
    if dot:
        return FieldFilter(entity, field, tuple(_string_or_range(key, v) for v in values))
    if any(map(is_range, values)) and lookup.find_entity(key) is None:
        return OwnFilter(key, tuple(_string_or_range(key, v) for v in values))
    return JoinedFilter(entity, tuple(_group(key, v) for v in values))


def is_range(value: object) -> bool:
    """Whether a filter's value is a range, so that its key names a field."""
    return isinstance(value, dict) and "filter" not in value and not value.keys().isdisjoint(_ENDS)


def _string_or_range(key: str, value: object) -> str | Between:
    match value:
        case str():
            return value
        case dict():
            return _between(value, f"filter.{key}.")
    raise BadRequest(
        f"The filter {shown(key)} should be a string, an object with 'from' and 'to', or an array "
        f"of these, but has {shown(value)}"
    )


def _group(key: str, value: object) -> tuple[FieldCondition, ...]:
    conditions = value.get("filter") if isinstance(value, dict) else None
    if not isinstance(conditions, list):
        raise BadRequest(
            f"The filter {shown(key)} names no field, so it should be an object whose 'filter' is "
            "an array of conditions, or an array of such objects"
        )
    return tuple(_field_condition(key, condition) for condition in conditions)


def _field_condition(key: str, value: object) -> FieldCondition:
    inside = f"filter.{key}."
    condition = an_object(value, f"A condition of the filter {shown(key)}")
    if "field" not in condition:
        raise BadRequest(f"A condition of the filter {shown(key)} has no 'field'")
    field = a_string(condition["field"], f"'{inside}field'")
    units = _optional(condition, "units", a_string, inside)
    if "value" in condition:
        return FieldCondition(field, a_string(condition["value"], f"'{inside}value'"))
    if "exact" in condition:
        number = a_number(condition["exact"], f"'{inside}exact'")
        return FieldCondition(field, Equals(number), units)
    return FieldCondition(field, _between(condition, inside), units)


def _between(found: Mapping[str, Any], inside: str) -> Between:
    if "from" not in found and "to" not in found:
        raise BadRequest(f"'{inside[:-1]}' has neither a value nor 'from' or 'to'")
    return Between(
        _optional(found, "from", a_number, inside), _optional(found, "to", a_number, inside)
    )


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


def _value_condition(field: str, value: object) -> ValueCondition:
    values = value if isinstance(value, list) else [value]
    if lookup.kind_of(field) is FieldKind.INTEGER and all_integers(values):
        return ValueCondition(field, tuple(values))  # a page of ids
    return ValueCondition(field, tuple(_facet_value(field, v) for v in values))


def _facet_value(field: str, value: object) -> str | Number:
    if isinstance(value, str):
        return value
    if not is_number(value):
        raise BadRequest(
            f"The condition on {shown(field)} should be a string, a number or an array of these, "
            f"but has {shown(value)}"
        )
    return _number_of(field, value, f"The condition on {shown(field)}")


def _dimension(value: object) -> Dimension:
    found = an_object(value, "An entry of 'dimensions'")
    if "dimension" not in found:
        raise BadRequest("An entry of 'dimensions' has no 'dimension', the field to count by")
    field = a_string(found["dimension"], "'dimensions.dimension'")
    if "ranges" not in found:
        return Dimension(field)
    ranges = a_list(found["ranges"], "'dimensions.ranges'")
    if not _is_number_field(field):
        raise BadRequest(f"Ranges cannot be counted of {shown(field)}: it is not a number field")
    return Dimension(field, tuple(_label_range(field, range_) for range_ in ranges))


def _label_range(field: str, value: object) -> LabelRange:
    found = an_object(value, "An entry of 'dimensions.ranges'")
    ends = [
        _number_of(field, found[key], f"'dimensions.ranges.{key}'") if key in found else None
        for key in ("from", "to")
    ]
    label = _optional(found, "key", a_string, "dimensions.ranges.")
    if label is None:
        shown_end = _double if lookup.kind_of(field) is FieldKind.DOUBLE else str
        label = "-".join("*" if end is None else shown_end(end) for end in ends)
    return LabelRange(label, *ends)


def _double(number: Number) -> str:
    """A number as icat.lucene writes a double, which is Java's way.

    >>> [_double(number) for number in (100, 0.001, 12345678, -2.5e-7, 1e10)]
    ['100.0', '0.001', '1.2345678E7', '-2.5E-7', '1.0E10']
    """
    double = float(number)
    if double == 0 or _PLAIN_FROM <= abs(double) < _PLAIN_BELOW:
        return format(Decimal(repr(double)), "f")
    sign, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    first, *others = map(str, digits)
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{first}.{''.join(others) or '0'}E{power}"


def _is_number_field(field: str) -> bool:
    kind = lookup.kind_of(field)
    return kind is not None and kind.is_number


def _number_of(field: str, value: object, what: str) -> Number:
    """A number that a value of the field may be compared with."""
    kind = lookup.kind_of(field)
    if kind is None or not kind.is_number:
        raise BadRequest(f"{what} is a number, but {shown(field)} is not a number field")
    return an_integer(value, what) if kind is FieldKind.INTEGER else a_number(value, what)
