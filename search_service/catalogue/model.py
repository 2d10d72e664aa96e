"""The shapes of the two tables that declare the catalogue: entities and relations.

Not here: any fact about a particular entity, see ``entities`` and ``relations``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property


class FieldKind(Enum):
    """What a field holds, which decides how it is indexed."""

    TEXT = "text"  # analysed words, with synonyms
    PATH = "path"  # a file's location: components, file name, ancestors
    EXACT = "exact"  # an exact string
    INTEGER = "integer"  # 64-bit; dates are epoch milliseconds
    DOUBLE = "double"

    @property
    def is_number(self) -> bool:
        """Whether values are compared as numbers."""
        return self in (FieldKind.INTEGER, FieldKind.DOUBLE)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity's documents; a name with a dot is a literal name."""

    name: str
    kind: FieldKind
    sortable: bool = False
    default: bool = False  # searched when the text names no field
    parts: bool = False  # a text that is found by its parts too, see `analyzers.parts`
    named: bool = False  # a name or a title of the document itself: found as a whole too
    # Held as an exact value too, unless a setting says which are; so no part of what shards have.
    facetable: bool = field(default=False, repr=False)

    @property
    def has_values(self) -> bool:
        """Whether its values can be labels, to filter and to count by."""
        return self.kind in (FieldKind.TEXT, FieldKind.EXACT)

    @property
    def is_text(self) -> bool:
        """Whether it holds analysed words."""
        return self.kind is FieldKind.TEXT


@dataclass(frozen=True, slots=True)
class Join:
    """How the documents of an entity are found from another one.

    A document of ``to`` joins those whose field ``by`` equals its own field ``on``.
    """

    to: str
    by: str
    on: str = "id"


@dataclass(frozen=True)
class Entity:
    """An entity with an index of its own."""

    name: str
    fields: tuple[Field, ...]
    joins: tuple[Join, ...] = ()
    id_field: str | None = "id"  # the field that repeats the document's id, if there is one
    searched: bool = False  # has a search operation of its own
    dates: tuple[str, ...] = ()  # fields that `lower` and `upper` bound

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by their names."""
        return {f.name: f for f in self.fields}

    @cached_property
    def default_fields(self) -> tuple[str, ...]:
        """The fields searched when a text names none."""
        return tuple(f.name for f in self.fields if f.default)

    @cached_property
    def is_of_files(self) -> bool:
        """Whether its names are those of files: as many different ones as there are documents."""
        return any(f.kind is FieldKind.PATH for f in self.fields)

    @cached_property
    def parted_fields(self) -> tuple[str, ...]:
        """The fields that are found by parts."""
        return tuple(f.name for f in self.fields if f.parts)

    @cached_property
    def has_units(self) -> bool:
        """Whether values are given in SI units too."""
        return "type.units" in self.by_name


@dataclass(frozen=True, slots=True)
class Propagation:
    """Documents of ``entity`` that repeat (denormalise) fields of a related entity.

    ``by``: the field that holds the related entity's id. ``fields``: the documents' names of fields
    → the related entity's. ``whole``: a delete of the related entity deletes the documents,
    otherwise only the fields go.
    """

    entity: str
    by: str
    fields: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
