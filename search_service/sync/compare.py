"""A document in the index and the one that the source gives now, field by field.

Dates that differ by less than a second are equal: a catalogue sends some with milliseconds that
its database does not keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analyzers import Units
from search_service.catalogue import lookup
from search_service.catalogue.columns import (
    CATALOGUE_6,
    CATALOGUE_7,
    Column,
    Holds,
    Layout,
    Parent,
)
from search_service.catalogue.documents import Document, prepare
from search_service.errors import BadRequest
from search_service.sources.base import Row

_SECOND = 1_000


@dataclass(frozen=True, slots=True)
class FieldDiffers:
    """A field with both values; None: it is not there."""

    name: str
    in_source: object
    in_index: object


def differences(wanted: Document, held: Document) -> list[FieldDiffers]:
    """The fields that differ."""
    return [
        FieldDiffers(name, wanted.get(name), held.get(name))
        for name in sorted({*wanted, *held})
        if not _equal(name, wanted.get(name), held.get(name))
    ]


def kept(entity: str, row: Row, units: Units) -> Document | str:
    """The document as the index would keep it; what is wrong when it would be refused."""
    try:
        return prepare(lookup.entity(entity), row[0], row[1], units)
    except BadRequest as error:
        return str(error)


def _equal(name: str, one: object, other: object) -> bool:
    if one == other:
        return True
    if name in DATES and isinstance(one, int) and isinstance(other, int):
        return abs(one - other) < _SECOND
    return False


def _columns(place: Layout | Parent) -> Iterator[Column]:
    yield from place.columns
    for parent in place.parents:
        yield from _columns(parent)


DATES = frozenset(
    column.field
    for layout in (*CATALOGUE_6, *CATALOGUE_7)
    for column in _columns(layout)
    if column.holds is Holds.DATE
)
