"""The requests of ``/v1``, read into shapes.

Front ends are told of everything that they get wrong: a key that means nothing is refused, and
whose rights hold must be said.

What conditions, sorting and dimensions are, they are as in the contract: see ``conditions`` and
``pages``. Not here: bytes and cursors, see ``workers.searching.front_ends``.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.errors import BadRequest, NobodyAsks
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.order import Order
from search_service.query.request.conditions import is_range, read_conditions, read_dimensions
from search_service.query.request.pages import read_fields, read_order
from search_service.query.request.shapes import Conditions, Dimension, JoinedFields
from search_service.query.request.values import (
    a_list,
    a_string,
    an_integer,
    an_object,
    shown,
    written_integer,
)

MOST_HITS, HITS = 1_000, 20
MOST_LABELS, LABELS = 1_000, 10
MOST_FACETS = 20
MOST_SUGGESTIONS, SUGGESTIONS = 50, 10
LONGEST_PREFIX = 100

_CONDITIONS = ("text", "userFullName", "lower", "upper", "parameters", "filter")
SEARCH_KEYS = (
    *("entity", "user", "public", *_CONDITIONS, "fields", "sort", "limit", "cursor", "count"),
    *("facets", "highlight"),
)
_PARAMETER_KEYS = (
    *("name", "units", "stringValue", "lowerDateValue", "upperDateValue"),
    *("lowerNumericValue", "upperNumericValue"),
)
_FACET_KEYS = ("dimension", "entity", "ranges", "limit")
SUGGEST_KEYS = ("entity", "prefix", "user", "public", "limit")


class Counted(Enum):
    """How many hits there are in all, and how that is found out."""

    BOUNDED = "bounded"
    EXACT = "exact"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose rights hold: a user's, everybody's, or both together."""

    user: str | None
    public: bool


@dataclass(frozen=True, slots=True)
class FacetAsked:
    """A dimension of the hits, or of documents of another entity that join to them."""

    dimension: Dimension
    entity: Entity
    labels: int


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """``POST /v1/search``. ``fields``: None is all; ``cursor`` is as it was written."""

    entity: Entity
    asker: Asker
    conditions: Conditions
    order: Order
    limit: int
    fields: frozenset[str] | None
    joined: tuple[JoinedFields, ...]
    cursor: str | None
    counted: Counted
    facets: tuple[FacetAsked, ...]
    highlight: bool


@dataclass(frozen=True, slots=True)
class SuggestAsked:
    """``GET /v1/suggest``."""

    entity: Entity
    asker: Asker
    prefix: str
    limit: int


def read_search(body: object, limits: QueryLimits = DEFAULTS) -> SearchAsked:
    """The decoded body. Raises BadRequest."""
    found = an_object(body, "The body")
    _only(found, SEARCH_KEYS, "The body")
    entity = _entity(_required(found, "entity"))
    fields, joined = _fields(entity, found, limits)
    return SearchAsked(
        entity=entity,
        asker=_asker(found),
        conditions=_conditions(found, limits),
        order=_order(entity, found["sort"]) if "sort" in found else Order(),
        limit=_limit(found, HITS, MOST_HITS),
        fields=fields,
        joined=joined,
        cursor=a_string(found["cursor"], "'cursor'") if "cursor" in found else None,
        counted=_counted(found.get("count", Counted.BOUNDED.value)),
        facets=_facets(entity, found.get("facets", []), limits),
        highlight=_boolean(found.get("highlight", True), "'highlight'"),
    )


@dataclass(frozen=True, slots=True)
class ExplainAsked:
    """``POST /v1/explain``: a search, and the document of which it is asked why."""

    search: SearchAsked
    id: int | None


def read_explain(body: object, limits: QueryLimits = DEFAULTS) -> ExplainAsked:
    """The decoded body: that of a search, and an ``id``. Raises BadRequest."""
    found = {**an_object(body, "The body")}
    id_ = an_integer(found.pop("id"), "'id'") if "id" in found else None
    return ExplainAsked(read_search(found, limits), id_)


def read_suggest(pairs: Collection[tuple[str, str]]) -> SuggestAsked:
    """The parameters of a query string, in order. Raises BadRequest."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counted.items() if count > 1)
        raise BadRequest(f"{shown(twice)} is in the query string more than once")
    _only(found, SUGGEST_KEYS, "The query string")
    prefix = _required(found, "prefix")
    if not 1 <= len(prefix) <= LONGEST_PREFIX or not prefix.strip():
        raise BadRequest(
            f"'prefix' should be what was typed, 1 to {LONGEST_PREFIX} characters and not only "
            f"blanks, but has {len(prefix)}"
        )
    values: dict[str, Any] = dict(found)
    if "public" in values:
        values["public"] = {"true": True, "false": False}.get(values["public"], values["public"])
    if "limit" in values:
        values["limit"] = written_integer(values["limit"], "'limit'")
    return SuggestAsked(
        _entity(_required(found, "entity")),
        _asker(values),
        prefix,
        _limit(values, SUGGESTIONS, MOST_SUGGESTIONS),
    )


def _only(found: Mapping[str, object], keys: Collection[str], what: str) -> None:
    for key in found:
        if key not in keys:
            raise BadRequest(f"{what} has the unknown key {shown(key)}; it may have {_all(keys)}")


def _all(names: Collection[str]) -> str:
    return ", ".join(names)


def _required(found: Mapping[str, Any], key: str) -> Any:
    if key not in found:
        raise BadRequest(f"'{key}' is missing")
    return found[key]


def _entity(value: object) -> Entity:
    written = a_string(value, "'entity'")
    found = lookup.find_entity(written)
    if found is None or not found.searched:
        names = _all(lookup.searched_names())
        raise BadRequest(f"'entity' should be one of {names}, but is {shown(written)}")
    return found


def _asker(found: Mapping[str, Any]) -> Asker:
    user = a_string(found["user"], "'user'") if "user" in found else None
    public = _boolean(found.get("public", False), "'public'")
    if user == "":
        raise BadRequest("'user' should be the name of a user, but is an empty string")
    if user is None and not public:
        raise NobodyAsks
    return Asker(user, public)


def _boolean(value: object, what: str) -> bool:
    if isinstance(value, bool):
        return value
    raise BadRequest(f"{what} should be true or false, but is {shown(value)}")


def _limit(found: Mapping[str, Any], default: int, most: int) -> int:
    limit = an_integer(found.get("limit", default), "'limit'")
    if not 1 <= limit <= most:
        raise BadRequest(f"'limit' should be from 1 to {most}, but is {limit}")
    return limit


def _counted(value: object) -> Counted:
    for known in Counted:
        if known.value == value:
            return known
    choices = _all([known.value for known in Counted])
    raise BadRequest(f"'count' should be one of {choices}, but is {shown(value)}")


# ── conditions ───────────────────────────────────────────────────────────────────────────────────


def _conditions(found: Mapping[str, Any], limits: QueryLimits) -> Conditions:
    for parameter in _each(found, "parameters"):
        if isinstance(parameter, dict):
            _only(parameter, _PARAMETER_KEYS, "An entry of 'parameters'")
    filters = found.get("filter", {})
    if isinstance(filters, dict):
        for key, value in filters.items():
            _check_filter(key, value)
    return read_conditions({key: found[key] for key in _CONDITIONS if key in found}, limits)


def _each(found: Mapping[str, Any], key: str) -> list[object]:
    value = found.get(key, [])
    return value if isinstance(value, list) else []


def _check_filter(key: str, value: object) -> None:
    """That there is nothing beside what is read; whether that is right is told by reading it."""
    what = f"The filter {shown(key)}"
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            continue
        if "." in key or is_range(each):
            _only(each, ("from", "to"), what)
            continue
        _only(each, ("filter",), what)
        for condition in _each(each, "filter"):
            if isinstance(condition, dict):
                _only(
                    condition,
                    ("field", "value", "exact", "from", "to", "units"),
                    f"A condition of the filter {shown(key)}",
                )


# ── order, fields, facets ────────────────────────────────────────────────────────────────────────


def _order(entity: Entity, sort: object) -> Order:
    for name in an_object(sort, "'sort'"):
        declared = entity.by_name.get(name)
        if declared is None or not declared.sortable:
            sortable = [field.name for field in entity.fields if field.sortable]
            raise BadRequest(
                f"Hits of {entity.name} cannot be sorted by {shown(name)}, but by {_all(sortable)}"
            )
    return read_order(sort)


def _fields(
    entity: Entity, found: Mapping[str, Any], limits: QueryLimits
) -> tuple[frozenset[str] | None, tuple[JoinedFields, ...]]:
    if "fields" not in found:
        return None, ()
    own, joined = read_fields(entity, found["fields"], limits)
    for each in joined:
        if each.join is None:
            raise BadRequest(
                f"'fields' asks for fields of {shown(each.entity)}, which nothing joins to "
                f"{entity.name}"
            )
    return own, joined


def _facets(entity: Entity, value: object, limits: QueryLimits) -> tuple[FacetAsked, ...]:
    facets = a_list(value, "'facets'")
    if len(facets) > MOST_FACETS:
        raise BadRequest(f"'facets' should have at most {MOST_FACETS} entries, not {len(facets)}")
    ranges = sum(len(_each(facet, "ranges")) for facet in facets if isinstance(facet, dict))
    limits.check("max_facet_ranges", ranges, f"'facets' has {ranges:,} ranges")
    found = tuple(_facet(entity, facet, limits) for facet in facets)
    names = [(facet.entity.name, facet.dimension.field) for facet in found]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest(f"'facets' has the dimension {shown(name[1])} more than once")
    return found


def _facet(target: Entity, value: object, limits: QueryLimits) -> FacetAsked:
    facet = an_object(value, "An entry of 'facets'")
    _only(facet, _FACET_KEYS, "An entry of 'facets'")
    for range_ in _each(facet, "ranges"):
        if isinstance(range_, dict):
            _only(range_, ("key", "from", "to"), "An entry of 'facets.ranges'")
    asked = {key: facet[key] for key in ("dimension", "ranges") if key in facet}
    (dimension,) = read_dimensions([asked], limits)
    entity = target
    if "entity" in facet:
        written = a_string(facet["entity"], "'facets.entity'")
        known = lookup.find_entity(written)
        if known is None:
            raise BadRequest(f"'facets.entity' names {shown(written)}, but there is no such entity")
        entity = known
    if dimension.field not in entity.by_name:
        raise BadRequest(f"{entity.name} has no field {shown(dimension.field)} to count by")
    return FacetAsked(dimension, entity, _limit(facet, LABELS, MOST_LABELS))
