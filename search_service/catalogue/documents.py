"""A document as it was sent → as it is kept: checked by the table, with its SI fields.

Kept is what was sent, unknown fields too, so that an answer repeats it. Not here: how it is
indexed, see ``engines``; how an operation is carried out, see ``service.indexing.changes``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.errors import BadRequest

Document = dict[str, Any]

OperationKind = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A change of one document that the catalogue asks for, as it was received.

    ``entity`` is written as the caller wrote it; ``document`` is None of a delete only.
    """

    kind: OperationKind
    entity: str
    id: int
    document: Document | None = None


LOWEST_INTEGER = -(2**63)
HIGHEST_INTEGER = 2**63 - 1


def prepare(entity: Entity, id_: int, document: Document, units: Units) -> Document:
    """The document as kept; the one given when nothing had to be changed.

    Raises BadRequest when a declared field holds what its kind does not allow.
    """
    expected = _types(entity.name)
    corrected: Document | None = None
    # Every document of a population passes here: about 2 µs for 17 fields.
    for name, value in document.items():
        wanted = expected.get(name)
        given = type(value)
        if given is wanted:
            if given is not int or LOWEST_INTEGER <= value <= HIGHEST_INTEGER:
                continue
        elif wanted is None:
            continue
        accepted = _accepted(entity.name, id_, name, entity.by_name[name].kind, value)
        if accepted is not value:
            corrected = corrected or dict(document)
            corrected[name] = accepted
    kept = corrected or document
    return kept if entity.values is None else with_si(entity, kept, units)


def with_si(entity: Entity, document: Document, units: Units) -> Document:
    """The document with the SI fields that its units give, and with no other ones."""
    fields = entity.values
    if fields is None:
        return document
    symbol = document.get(fields.units)
    conversion = units.factor(symbol) if isinstance(symbol, str) else None
    of_units = (fields.units_si, *fields.in_si.values())
    if conversion is None and not any(name in document for name in of_units):
        return document
    kept = {name: value for name, value in document.items() if name not in of_units}
    if conversion is not None:
        kept[fields.units_si] = conversion.unit
        for name, name_si in fields.in_si.items():
            if (value := kept.get(name)) is not None:
                value_si = conversion.apply(value)
                if math.isfinite(value_si):
                    kept[name_si] = value_si
    return kept


def id_of(entity: Entity, document: Document) -> int:
    """The id that a document carries itself, for operations that name none beside it."""
    name = entity.id_field
    value = document.get(name) if name else None
    if type(value) is int and LOWEST_INTEGER <= value <= HIGHEST_INTEGER:
        return value
    if value is None:
        raise BadRequest(f"A document of {entity.name} has no {name}; every document needs one")
    accepted = _accepted(entity.name, None, str(name), FieldKind.INTEGER, value)
    assert isinstance(accepted, int)  # noqa: S101
    return accepted


def repeated_fields(related: str, id_: int, document: Document) -> Document:
    """Of a related entity's document the fields that others repeat. Raises BadRequest."""
    return {
        name: _accepted(related, id_, name, kind, document[name])
        for name, kind in _repeated(related).items()
        if name in document
    }


@cache
def _repeated(related: str) -> Mapping[str, FieldKind]:
    return {
        source: lookup.entity(propagation.entity).by_name[target].kind
        for propagation in lookup.propagations(related)
        for target, source in propagation.fields.items()
    }


@cache
def _types(entity: str) -> Mapping[str, type]:
    exact = {FieldKind.INTEGER: int, FieldKind.DOUBLE: float}
    return {field.name: exact.get(field.kind, str) for field in lookup.entity(entity).fields}


def _accepted(entity: str, id_: int | None, name: str, kind: FieldKind, value: object) -> object:
    """The value as kept. Raises BadRequest when the kind does not allow it."""
    match kind, value:
        case _, bool():
            pass
        case FieldKind.INTEGER, int() if LOWEST_INTEGER <= value <= HIGHEST_INTEGER:
            return value
        # A double of -2⁶³ may have been an integer below, as JSON is read.
        case FieldKind.INTEGER, float() if value.is_integer() and abs(value) < 2.0**63:
            return int(value)
        case FieldKind.DOUBLE, int() | float():
            return value
        case FieldKind.TEXT | FieldKind.PATH | FieldKind.EXACT, str():
            return value
    place = entity if id_ is None else f"{entity} {id_}"
    raise BadRequest(f"{place}: {name} should be {_WANTED[kind]}, but it is {_described(value)}")


_WANTED = {
    FieldKind.TEXT: "a string",
    FieldKind.PATH: "a string",
    FieldKind.EXACT: "a string",
    FieldKind.INTEGER: "a 64-bit integer",
    FieldKind.DOUBLE: "a number",
}


_NAMES: Mapping[type, str] = {
    bool: "a truth value",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def _described(value: object) -> str:
    return _NAMES.get(type(value), f"the number {value}")
