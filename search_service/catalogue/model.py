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

    def __repr__(self) -> str:
        # The fingerprint of an index is made of it: another text would ask for a re-index.
        return f"<Kind.{self.name}: {self.value!r}>"

    @property
    def is_number(self) -> bool:
        """Whether values are compared as numbers."""
        return self in (FieldKind.INTEGER, FieldKind.DOUBLE)


class Completion(Enum):
    """How a field completes a text that somebody types, in the order of suggestions."""

    WORD = "a word within a text"
    NAME = "a value by its beginning"
    WHOLE = "a value by the beginning of a word of it"
    LABEL = "one of few values that repeat"

    @property
    def is_for_all(self) -> bool:
        """Whether it is suggested in searches of every entity, not only of the field's own."""
        return self in (Completion.WHOLE, Completion.LABEL)


@dataclass(frozen=True, slots=True)
class Suggested:
    """A field whose values are suggested; ``kind`` is its name in the answer."""

    kind: str
    by: Completion


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
    suggested: Suggested | None = field(default=None, repr=False)
    is_doi: bool = field(default=False, repr=False)  # of the document itself
    is_size: bool = field(default=False, repr=False)  # a number of bytes

    @property
    def has_values(self) -> bool:
        """Whether its values can be labels, to filter and to count by."""
        return self.kind in (FieldKind.TEXT, FieldKind.EXACT)

    @property
    def is_text(self) -> bool:
        """Whether it holds analysed words."""
        return self.kind is FieldKind.TEXT

    @property
    def is_whole_path(self) -> bool:
        """Whether it holds paths as wholes; other fields of paths hold their components."""
        return self.kind is FieldKind.PATH and self.name.endswith(".exact")


@dataclass(frozen=True, slots=True)
class Join:
    """How the documents of an entity are found from another one.

    A document of ``to`` joins those whose field ``by`` equals its own field ``on``.
    """

    to: str
    by: str
    on: str = "id"


@dataclass(frozen=True, slots=True)
class ParameterFields:
    """The fields of an entity whose documents are values with a name and a unit.

    ``in_si``: the fields of numbers → those of the same numbers in SI units. A number lies between
    ``bottom`` and ``top`` where a document has these.
    """

    name: str
    units: str
    string: str
    number: str
    date: str
    bottom: str
    top: str
    units_si: str
    in_si: Mapping[str, str]


@dataclass(frozen=True)
class Entity:
    """An entity with an index of its own.

    The columns after ``dates`` are no part of what shards hold, and so none of its ``repr``.
    """

    name: str
    fields: tuple[Field, ...]
    joins: tuple[Join, ...] = ()
    id_field: str | None = "id"  # the field that repeats the document's id, if there is one
    searched: bool = False  # has a search operation of its own
    dates: tuple[str, ...] = ()  # fields that `lower` and `upper` bound
    parameters: str | None = field(default=None, repr=False)  # the entity that has them
    values: ParameterFields | None = field(default=None, repr=False)  # of parameters themselves
    decides_rights: bool = field(default=False, repr=False)  # others follow the one they belong to
    # The field with the name of a user who may see the documents that these join to.
    gives_rights_to: str | None = field(default=None, repr=False)
    full_name: str | None = field(default=None, repr=False)  # the field that people are found by

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
