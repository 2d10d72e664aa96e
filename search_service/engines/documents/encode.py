"""A document as the line that an engine indexes, a JSON object of engine fields.

This is the hot path of every load. A document is its own part (a file's name, location, size, date)
and the part that it repeats of others (its dataset, investigation, sample), which is encoded once
for all that repeat the same values; see ``docs/decisions/0024-the-part-of-a-dataset.md``. Not here:
what a field puts into a line, see ``fields``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import orjson

from analyzers import Synonyms
from search_service.catalogue.lookup import entity as entity_named
from search_service.catalogue.lookup import repeats
from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.documents.fields import (
    Line,
    Put,
    Texts,
    add_parts,
    is_plain_number,
    put_of,
)
from search_service.engines.documents.format import Format
from search_service.engines.documents.remembered import Remembered

_OF_PARTS = 4_000_000  # bytes of repeated parts that are remembered, about: 2,000 datasets

MOST_NAMES = 100_000  # of fields in all of these sets: a document may have any
MOST_PARTS = 10  # sets of repeated fields, for each of which parts are remembered
MOST_SHAPES = 1_000  # sets of fields that documents have; the table's make some dozens

Names = tuple[str, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """The part of a line that a document repeats of others."""

    members: bytes  # of the JSON object, each after a comma
    terms: str
    parts: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What documents with the same fields, in the same order, have in common."""

    numbers: Names  # own ones that stand in the line as they are
    puts: tuple[tuple[str, Put], ...]  # of the other own fields
    repeated: Callable[[Mapping[str, Any]], Values]  # their values
    part_of: Remembered[Values, Repeated]
    undeclared: Names
    absent: Sequence[str]  # terms of the fields to sort by that they lack


class Encoder:
    """Encodes documents of one entity. Not for several threads at once."""

    def __init__(
        self,
        entity: str,
        facetable: frozenset[str],
        synonyms: Synonyms,
        separators: str,
        form: Format,
    ) -> None:
        found = entity_named(entity)
        texts = Texts(synonyms, separators, form)
        self._form = form
        self._terms_of_id = form.terms_of_id
        self._stored = form.stored
        self._before_stored, self._behind_stored = form.before_stored, form.behind_stored
        self._fields = [
            field
            for field in found.fields
            if not (field.kind is FieldKind.PATH and "." in field.name)
        ]
        self._puts = {f.name: put_of(found, f, facetable, texts) for f in self._fields}
        self._numbers = {f.name for f in self._fields if is_plain_number(found, f, form)}
        self._repeats = repeats(entity)
        self._sorted = [f.name for f in self._fields if f.sortable and f.name != found.id_field]
        self._shapes: dict[Names, Shape] = {}
        self._shape_names = 0
        self._parts: dict[Names, Remembered[Values, Repeated]] = {}

    def line(self, id_: int, document: Mapping[str, Any]) -> str:
        """The document, whose values are of the kinds of their fields, as a JSON object."""
        names = tuple(document)
        shape = self._shapes.get(names)
        if shape is None:
            shape = self._shapes[names] = self._shape(names)
        line: Line = {engine_fields.KEY: id_}
        terms = self._terms_of_id(id_)
        terms += shape.absent
        for name in shape.numbers:
            line[name] = document[name]
        for name, put in shape.puts:
            put(line, terms, document[name])
        source = orjson.dumps(document)
        if shape.undeclared:
            source = engine_fields.WITH_UNDECLARED + source
            if found := self._undeclared_terms(shape.undeclared, document):
                line[engine_fields.UNDECLARED] = found
        repeated = shape.part_of[shape.repeated(document)]
        if repeated.terms:
            terms.append(repeated.terms)
        if terms:
            line[engine_fields.TERMS] = " ".join(terms)
        if repeated.parts:
            add_parts(line, repeated.parts)
        own = orjson.dumps(line)
        # One copy of all, as most of a line is what others have too and the stored document.
        pieces = (
            own[:-1],
            repeated.members,
            self._before_stored,
            self._stored(source),
            self._behind_stored,
        )
        return b"".join(pieces).decode()

    def _shape(self, names: Names) -> Shape:
        self._shape_names += len(names)
        if len(self._shapes) >= MOST_SHAPES or self._shape_names > MOST_NAMES:
            self._shapes.clear()
            self._shape_names = len(names)
        if len(self._parts) >= MOST_PARTS:  # each may be full
            self._shapes.clear()
            self._parts.clear()
        own = [name for name in names if name in self._puts and name not in self._repeats]
        repeated = tuple(name for name in names if name in self._puts and name in self._repeats)
        part_of = self._parts.get(repeated)
        if part_of is None:
            part_of = Remembered(partial(self._repeated, repeated), _size, _OF_PARTS)
            self._parts[repeated] = part_of
        return Shape(
            tuple(name for name in own if name in self._numbers),
            tuple((name, self._puts[name]) for name in own if name not in self._numbers),
            _values_of(repeated),
            part_of,
            tuple(name for name in names if name not in self._puts),
            [
                term
                for name in self._sorted
                if name not in names
                for term in self._form.absent(name)
            ],
        )

    def _repeated(self, names: Names, values: Values) -> Repeated:
        line: Line = {}
        terms: list[str] = []
        for name, value in zip(names, values, strict=True):
            self._puts[name](line, terms, value)
        parts = line.pop(engine_fields.PARTS, "")
        members = orjson.dumps(line)[1:-1]
        return Repeated(b"," + members if members else b"", " ".join(terms), parts)

    def _undeclared_terms(self, names: Names, document: Mapping[str, Any]) -> list[str]:
        values = ((name, document[name]) for name in names)
        return [
            self._form.term_of(engine_fields.undeclared_value(name, value))
            for name, value in values
            if isinstance(value, str)
        ]


def _size(values: Values, repeated: Repeated) -> int:
    return 2 * len(repeated.members) + len(repeated.parts)


def _values_of(names: Names) -> Callable[[Mapping[str, Any]], Values]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda document: tuple(document[name] for name in names)
