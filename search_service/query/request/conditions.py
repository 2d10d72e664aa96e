"""The JSON of a search's or a facet's conditions, read into shapes.

Everything of a wrong form is told to the caller, and so is what is more than the limits allow,
which are asked of the whole before it is read; keys that mean nothing here are labels of the
caller's and passed over. Not here: bytes and query strings, see ``service.wire``.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from search_service.catalogue import lookup
from search_service.catalogue.model import FieldKind
from search_service.errors import BadRequest
from search_service.query.limits import DEFAULTS, QueryLimits
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
from search_service.query.text.patterns import marks, pattern_of_values

T = TypeVar("T")

_ENDS = ("from", "to")
_COMPARED = frozenset((*_ENDS, "exact"))

# Doubles beyond these have an exponent where Java writes them.
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def read_conditions(query: object, limits: QueryLimits = DEFAULTS) -> Conditions:
    """The ``query`` object of a search. Raises BadRequest."""
    query = an_object(query, "'query'")
    for key in ("text", "userFullName"):
        if isinstance(text := query.get(key), str):
            limits.check("max_text_length", len(text), f"The '{key}' has {len(text):,} characters")
    parameters = _optional(query, "parameters", a_list) or []
    filters = _optional(query, "filter", an_object) or {}
    _check(parameters, filters, limits)
    return Conditions(
        text=_optional(query, "text", a_string),
        user=_optional(query, "user", a_string),
        user_full_name=_optional(query, "userFullName", a_string),
        period=_period(query, "lower", "upper") or Period(),
        parameters=tuple(_parameter(value, limits) for value in parameters),
        filters=tuple(_filter(key, value) for key, value in filters.items()),
    )


def read_facet_conditions(
    query: object, limits: QueryLimits = DEFAULTS
) -> tuple[ValueCondition, ...]:
    """The ``query`` object of a facet request. Raises BadRequest."""
    conditions = an_object(query, "'query'")
    limits.check(
        "max_search_conditions", len(conditions), f"There are {len(conditions):,} conditions"
    )
    values = sum(len(value) for value in conditions.values() if isinstance(value, list))
    limits.check("max_facet_values", values, f"The conditions have {values:,} values")
    return tuple(_value_condition(field, value) for field, value in conditions.items())


def read_dimensions(dimensions: object, limits: QueryLimits = DEFAULTS) -> tuple[Dimension, ...]:
    """The ``dimensions`` of a facet request. Raises BadRequest."""
    listed = a_list(dimensions, "'dimensions'")
    limits.check("max_facet_dimensions", len(listed), f"There are {len(listed):,} dimensions")
    found: list[Dimension] = []
    ranges = 0
    for dimension in listed:
        if isinstance(dimension, dict) and isinstance(dimension.get("ranges"), list):
            ranges += len(dimension["ranges"])
            limits.check(
                "max_facet_ranges", ranges, f"The dimensions have {ranges:,} or more ranges"
            )
        found.append(_dimension(dimension))
    return tuple(found)


def _check(parameters: Sequence[object], filters: Mapping[str, Any], limits: QueryLimits) -> None:
    """Raises LimitExceeded where there are too many. What has no meaning is told by reading it."""
    groups = [
        group
        for key, value in filters.items()
        for listed in (value if isinstance(value, list) else [value],)
        for group in ([listed] if _is_of_field(key, listed) else map(_conditions_in, listed))
    ]
    conditions = len(parameters) + len(groups)
    limits.check(
        "max_search_conditions", conditions, f"The search has {conditions:,} parameters and filters"
    )
    values = sum(map(len, groups))
    limits.check("max_filter_values", values, f"The filters have {values:,} values")
    ranges = sum(
        isinstance(value, dict) and not _COMPARED.isdisjoint(value)
        for group in groups
        for value in group
    )
    limits.check("max_filter_ranges", ranges, f"The filters compare {ranges:,} times with numbers")


def _is_of_field(key: str, listed: Sequence[object]) -> bool:
    """Whether a filter is one condition, which one of these values has to meet."""
    return "." in key or (any(map(is_range, listed)) and lookup.find_entity(key) is None)


def _conditions_in(group: object) -> Sequence[object]:
    """The conditions that one joined document has to meet."""
    conditions = group.get("filter") if isinstance(group, dict) else None
    return conditions if isinstance(conditions, list) else [group]


def _optional(
    found: Mapping[str, Any], key: str, read: Callable[[object, str], T], inside: str = ""
) -> T | None:
    """A key that is there has a value of the right kind: null would be ignored silently."""
    return read(found[key], f"'{inside}{key}'") if key in found else None


# ── parameters ────────────────────────────────────────────────────────────────────────────────────


def _parameter(value: object, limits: QueryLimits) -> ParameterCondition:
    condition = an_object(value, "An entry of 'parameters'")
    inside = "parameters."

    def pattern(found: object, what: str) -> str:
        written = a_string(found, what)
        limits.check("max_text_length", len(written), f"{what} has {len(written):,} characters")
        wildcards = marks(pattern_of_values(written))
        limits.check("max_word_wildcards", wildcards, f"{what} has {wildcards:,} wildcards")
        return written

    string = _optional(condition, "stringValue", pattern, inside)
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
        _optional(condition, "name", pattern, inside),
        _optional(condition, "units", pattern, inside),
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
    if _is_of_field(key, values):
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
