"""Compares a document in the index with the one that the source gives now, field by field.

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
from search_service.catalogue.document_limits import DocumentLimits
from search_service.catalogue.documents import Document, prepare
from search_service.errors import BadRequest
from search_service.sources.base import Row

_SECOND = 1_000  # milliseconds


@dataclass(frozen=True, slots=True)
class FieldDiffers:
    """A field with its two values; None where the document does not have the field."""

    name: str
    in_source: object
    in_index: object


def differences(in_source: Document, in_index: Document) -> list[FieldDiffers]:
    """The fields that differ, by name; empty when the documents are equal.

    ``in_source``: as ``indexed_document`` prepares it.
    """
    return [
        FieldDiffers(name, in_source.get(name), in_index.get(name))
        for name in sorted({*in_source, *in_index})
        if not _equal(name, in_source.get(name), in_index.get(name))
    ]


def indexed_document(entity: str, row: Row, units: Units, limits: DocumentLimits) -> Document | str:
    """The document that the index would store for a row; the reason where it would refuse it."""
    try:
        document = prepare(lookup.entity(entity), row[0], row[1], units)
        limits.check(entity, *row)
    except BadRequest as error:
        return str(error)
    return document


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
