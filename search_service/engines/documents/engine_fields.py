"""The fields that engines have for the fields of the catalogue.

A field of the catalogue becomes one engine field or several, named here and nowhere else:

* its words, under its own name: already analysed, joined by blanks;
* ``_facet``: the whole value, to count and to filter by;
* ``_twins``: its synonyms, single words that mean the same as one of its words; apart, because
  they would make the text longer than it is, and only patterns and ``SynonymTerm`` ask for them;
* ``_parts``: the parts of all texts of a document in order (see ``analyzers.parts``), each with the
  letter of its field before it: one field for all, as each costs a document a microsecond;
* ``_words``, for an engine that asks for it: the different words of a field, to be counted;
* ``_sort``: the whole value as it is sorted by;
* ``_path``: a whole path. Under the name of such a field itself stand the tokens of the directories
  above it, see ``path_tokens``;
* ``_key``: the document's id, the key of every change. A field that repeats it has no other place;
* ``_undeclared``: strings of fields that the table does not know;
* ``_terms``, for an engine that asks for it: what a ``Format`` says of a document beside all this.

Not here: of which type they are, see each engine.
"""

from functools import cache

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.lookup import entity as entity_named
from search_service.catalogue.model import Completion, Entity, Field, FieldKind
from search_service.catalogue.relations import PROPAGATIONS

KEY = "_key"
TERMS = "_terms"
PARTS = "_parts"
UNDECLARED = "_undeclared"

# A token that no analysis gives: it holds the place of a stop word and is dropped by the engine.
STOP_WORD_PLACE = ","

WITH_UNDECLARED = b" "  # stands before a stored document that has fields the table does not know

LONGEST_SORTED = 1_000
"""Characters of a string that it is sorted by: at most 4 kB."""


def facet_field(name: str) -> str:
    """Where the labels of a facetable field stand."""
    return f"_facet.{name}"


def synonyms_field(name: str) -> str:
    """Where the synonyms of a field's words stand, single words; its name is older than ours."""
    return f"_twins.{name}"


def counted_field(name: str) -> str:
    """Where the different words of a field stand, to be counted by their beginnings."""
    return f"_words.{name}"


def sort_field(name: str) -> str:
    """Where the keys stand that a string field is sorted by."""
    return f"_sort.{name}"


def whole_path_field(name: str) -> str:
    """Where whole paths stand, by the field of the directories above them."""
    return f"_path.{name}"


def part_code(entity: Entity, name: str) -> str:
    """What the parts of a field begin with; a part itself has no capitals."""
    return _part_codes(entity.name)[name]


@cache
def _part_codes(entity: str) -> dict[str, str]:
    return {name: chr(ord("A") + n) for n, name in enumerate(entity_named(entity).parted_fields)}


def undeclared_value(name: str, value: str) -> str:
    """What stands for a string in a field that the table does not know."""
    return f"{name}\x1f{value}"


def number_field(entity: Entity, name: str) -> str:
    """Where the numbers of a field stand."""
    return KEY if name == entity.id_field else name


def is_text_sorted(field: Field) -> bool:
    """Whether a field of strings has sort keys."""
    return field.sortable and not field.kind.is_number


def sort_column(entity: Entity, field: Field) -> str:
    """Where the values stand that hits are sorted by."""
    if field.kind.is_number:
        return number_field(entity, field.name)
    return sort_field(field.name)


def has_facet_column(field: Field, facetable: frozenset[str]) -> bool:
    """Whether a field of strings has labels."""
    return field.name in facetable and field.kind in (FieldKind.TEXT, FieldKind.EXACT)


def has_counted_words(field: Field) -> bool:
    """Whether words of a field are counted by their beginnings."""
    return field.suggested is not None and field.suggested.by is Completion.WORD


def lookup_fields(entity: Entity) -> frozenset[str]:
    """Integer fields that documents are looked up by, singly or in great number."""
    joins = {join.by for join in entity.joins}
    joins |= {join.on for other in ENTITIES for join in other.joins if join.to == entity.name}
    propagated = {
        propagation.by
        for propagations in PROPAGATIONS.values()
        for propagation in propagations
        if propagation.entity == entity.name
    }
    return frozenset(joins | propagated) - {entity.id_field or ""}
