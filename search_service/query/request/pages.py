"""Where a page of hits begins and ends: ``sort``, ``search_after`` and ``fields`` as they travel.

A caller sends back the ``search_after`` that it was given, or builds one from any hit that it
received; both hold the sort values and the id of a hit, which is all that a page goes on from.
"""

from collections.abc import Sequence
from typing import Any

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind, Join
from search_service.errors import BadRequest
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.order import Cursor, Order, SortKey, Value
from search_service.query.request.shapes import JoinedFields
from search_service.query.request.values import (
    a_list,
    a_number,
    a_string,
    an_integer,
    an_object,
    shown,
)

LARGEST_RANK = 2**31 - 1
"""What a caller keeps as the number of a hit is a 32-bit integer."""

LONGEST_NAME = 200
"""Characters of an entity and a field; facilities' own fields are declared nowhere."""

DIRECTIONS = {"asc": False, "desc": True}


def read_order(sort: object) -> Order:
    """The decoded ``sort``: field → ``asc`` or ``desc``, in order of precedence."""
    keys = []
    for field, direction in an_object(sort, "'sort'").items():
        if field not in lookup.sortable_fields():
            raise BadRequest(f"Hits cannot be sorted by {shown(field)}: it is no sortable field")
        if not isinstance(direction, str) or direction not in DIRECTIONS:
            raise BadRequest(f"Sort order must be 'asc' or 'desc' but it was '{shown(direction)}'")
        keys.append(SortKey(field, descending=DIRECTIONS[direction]))
    return Order(tuple(keys))


def read_cursor(search_after: object, order: Order) -> Cursor:
    """The decoded ``search_after``: the sort values of a hit, then its id."""
    found = an_object(search_after, "'search_after'")
    for key in ("doc", "shardIndex", "fields"):
        if key not in found:
            raise BadRequest(f"'search_after' has no '{key}'")
    rank = an_integer(found["doc"], "'search_after.doc'")
    an_integer(found["shardIndex"], "'search_after.shardIndex'")
    fields = a_list(found["fields"], "'search_after.fields'")
    expected = len(order.keys) + 1 if order.keys else 2
    if len(fields) != expected:
        raise BadRequest(
            f"'search_after.fields' should have the values of the sort fields and the id, "
            f"{expected} in all, but has {len(fields)}"
        )
    *values, id_ = fields
    return Cursor(
        values=tuple(
            _value(value, field) for value, field in zip(values, _sorted_by(order), strict=True)
        ),
        id=an_integer(id_, "The id in 'search_after.fields'"),
        rank=rank if 0 <= rank <= LARGEST_RANK else None,
    )


def write_cursor(
    order: Order, score: float | None, values: Sequence[Value], id_: int, rank: int
) -> dict[str, Any]:
    """``search_after`` for the page after this hit."""
    place: dict[str, Any] = {"doc": rank, "shardIndex": 0}
    if order.by_relevance:
        return {**place, "score": score, "fields": [score, id_]}
    return {**place, "fields": [*values, id_]}


def first_rank(after: Cursor | None) -> int:
    """How many hits come before the first of a page, as far as that is known."""
    return after.rank + 1 if after is not None and after.rank is not None else 0


def _sorted_by(order: Order) -> list[str | None]:
    """The sort fields; None for the score."""
    return [None] if order.by_relevance else [key.field for key in order.keys]


def _value(value: object, field: str | None) -> Value:
    if field is None:
        return float(a_number(value, "The score in 'search_after.fields'"))
    what = f"The value of {field} in 'search_after.fields'"
    if value is None:
        return None
    match lookup.kind_of(field):
        case FieldKind.INTEGER:
            return an_integer(value, what)
        case FieldKind.DOUBLE:
            return float(a_number(value, what))
        case _:
            return a_string(value, what)


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


def read_field_names(fields: object, limits: QueryLimits = DEFAULTS) -> list[str]:
    """Names of fields as they were written. An answer may repeat them for each hit."""
    listed = a_list(fields, "'fields'")
    limits.check("max_search_fields", len(listed), f"'fields' has {len(listed):,} entries")
    names = [a_string(written, "An entry of 'fields'") for written in listed]
    longest = max(names, key=len, default="")
    if len(longest) > LONGEST_NAME:
        raise BadRequest(
            f"The field {shown(longest)} has {len(longest):,} characters; none has more than "
            f"{LONGEST_NAME}"
        )
    return names


def read_fields(
    entity: Entity, fields: object, limits: QueryLimits = DEFAULTS
) -> tuple[frozenset[str], tuple[JoinedFields, ...]]:
    """The fields asked for: of the hits themselves, and of entities that join to them."""
    own: set[str] = set()
    joined: dict[str, set[str]] = {}
    for written in read_field_names(fields, limits):
        match written.split(" "):
            case [field]:
                own.add(field)
            case [name, field]:
                joined.setdefault(name, set()).add(field)
            case _:
                raise BadRequest(
                    f"The field {shown(written)} should be a field, or an entity and a field with "
                    "one space between"
                )
    by_key: dict[str, set[str]] = {}
    for name, of_it in joined.items():
        by_key.setdefault(name.lower(), set()).update(of_it)
    return frozenset(own), tuple(
        JoinedFields(key, *_joined_entity(entity, key), frozenset(of_it))
        for key, of_it in by_key.items()
    )


def _joined_entity(target: Entity, name: str) -> tuple[str, Join | None]:
    other = lookup.find_entity(name)
    if other is None:
        return name, None
    return other.name, _join_of_fields(other, target)


def _join_of_fields(other: Entity, target: Entity) -> Join | None:
    """What belongs to the hit itself, else to its investigation, else what the tables join."""
    direct = lookup.join(other.name, target.name)
    if direct is not None and direct.on == "id":
        return direct
    parent = lookup.join(target.name, other.name)
    if parent is not None:
        return Join(target.name, by=parent.on, on=parent.by)
    root = lookup.rights_entity().name
    of_investigation = lookup.join(other.name, root)
    investigation = lookup.join(target.name, root)
    if of_investigation is not None and investigation is not None:
        return Join(target.name, by=of_investigation.by, on=investigation.by)
    return direct
