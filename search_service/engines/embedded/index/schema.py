"""The table of entities as schemas of the engine.

A field of the catalogue becomes one engine field or several, named here and nowhere else:

* its words, under its own name: already analysed, joined by blanks;
* ``facet``: the whole value, to count and to filter by;
* ``_twins``: its synonyms, single words that mean the same as one of its words; apart, because
  they would make the text longer than it is, and only patterns and ``SynonymTerm`` ask for them;
* ``_parts``: the parts of all texts of a document in order (see ``analyzers.parts``), each with the
  letter of its field before it: one field for all, as each costs a document a microsecond;
* ``sort``: the whole value as a sort key (see ``sort_keys``), a column without terms;
* ``path``: a whole path. Under the name of such a field itself stand the tokens of the directories
  above it, see ``path_tokens``;
* ``_key``: the document's id, the key of every change. A field that repeats it has no other place;
* ``_terms``: the id, integers that documents are looked up by, the names of the fields that hold a
  word and of those to sort by that hold nothing, and the samples that a document belongs to (see
  ``samples``). Sets of many words are found in half the time of sets of numbers, and all in one
  field are written in less time than each in its own.
"""

import hashlib
from functools import cache
from typing import cast

import tantivy

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.lookup import entity as entity_named
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.catalogue.relations import PROPAGATIONS
from search_service.engines.documents.long_terms import term_of

KEY = "_key"
TERMS = "_terms"
SOURCE = "_source"
PARTS = "_parts"
WITH_UNDECLARED = b" "  # stands before a stored document that has fields the table does not know
UNDECLARED = "_undeclared"  # strings of fields that the table does not know

LAYOUT = 5
"""Goes up when the same table gives other engine fields, so that an index can tell."""

# A token that no analysis gives: it holds the place of a stop word and is dropped by the engine.
STOP_WORD_PLACE = ","

_WORDS = "words"
_COLUMN = "column"


def facet_field(name: str) -> str:
    """Where the labels of a facetable field stand."""
    return f"_facet.{name}"


def synonyms_field(name: str) -> str:
    """Where the synonyms of a field's words stand, single words; its name is older than ours."""
    return f"_twins.{name}"


def part_code(entity: Entity, name: str) -> str:
    """What the parts of a field begin with; a part itself has no capitals."""
    return _part_codes(entity.name)[name]


@cache
def _part_codes(entity: str) -> dict[str, str]:
    return {name: chr(ord("A") + n) for n, name in enumerate(entity_named(entity).parted_fields)}


def sort_field(name: str) -> str:
    """Where the keys stand that a string field is sorted by."""
    return f"_sort.{name}"


def whole_path_field(name: str) -> str:
    """Where whole paths stand, by the field of the directories above them."""
    return f"_path.{name}"


def key_term(id_: int) -> str:
    """The term of a document's id."""
    return f"#{id_}"


def lookup_prefix(entity: Entity, name: str) -> str:
    """What the terms of an integer field begin with, before the number in decimal."""
    return "#" if name == entity.id_field else f"{name}="


def present_term(name: str) -> str:
    """The term of a document that holds a word in a field."""
    return name


def absent_term(name: str) -> str:
    """The term of a document without a value in a field that it could be sorted by."""
    return f"-{name}"


def undeclared_term(name: str, value: str) -> str:
    """The term of a string in a field that the table does not know."""
    return term_of(f"{name}\x1f{value}")


def number_field(entity: Entity, name: str) -> str:
    """Where the numbers of a field stand."""
    return KEY if name == entity.id_field else name


def number_type(field: Field) -> tantivy.FieldType:
    """The engine's type of a field of numbers."""
    if field.kind is FieldKind.INTEGER:
        return tantivy.FieldType.Integer
    return tantivy.FieldType.Float


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


def schema_of(entity: Entity, facetable: frozenset[str]) -> tantivy.Schema:
    """The engine's schema of an entity."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(KEY, fast=True)
    builder.add_text_field(TERMS, tokenizer_name="whitespace", index_option="basic")
    builder.add_bytes_field(SOURCE, stored=True)
    if entity.parted_fields:
        builder.add_text_field(PARTS, tokenizer_name=_WORDS)
    builder.add_text_field(UNDECLARED, tokenizer_name="raw", index_option="basic")
    for field in entity.fields:
        match field.kind:
            case FieldKind.TEXT:
                builder.add_text_field(field.name, tokenizer_name=_WORDS)
                builder.add_text_field(
                    synonyms_field(field.name), tokenizer_name="whitespace", index_option="basic"
                )
            case FieldKind.PATH if field.name.endswith(".exact"):
                builder.add_text_field(
                    field.name, tokenizer_name="whitespace", index_option="basic"
                )
                builder.add_text_field(
                    whole_path_field(field.name), tokenizer_name="raw", index_option="basic"
                )
            case FieldKind.PATH:
                builder.add_text_field(field.name, tokenizer_name=_WORDS)
            case FieldKind.EXACT:
                builder.add_text_field(field.name, tokenizer_name="raw", index_option="basic")
            case FieldKind.INTEGER if field.name != entity.id_field:
                builder.add_integer_field(field.name, fast=True)
            case FieldKind.DOUBLE:
                builder.add_float_field(field.name, fast=True)
            case _:
                pass  # the id: it is the key
        if has_facet_column(field, facetable):
            builder.add_text_field(
                facet_field(field.name), tokenizer_name="raw", index_option="basic", fast=True
            )
        if is_text_sorted(field):
            builder.add_text_field(
                sort_field(field.name), tokenizer_name=_COLUMN, index_option="basic", fast=True
            )
    return builder.build()


def written(schema: tantivy.Schema) -> list[object]:
    """A schema as the engine writes it beside its files."""
    _, (content,) = cast(tuple[object, tuple[dict[str, list[object]]]], schema.__reduce__())
    return content["inner"]


def register(index: tantivy.Index, *, reading: bool) -> None:
    """Make the tokenizers of the schema known to an opened index.

    A sort key has no terms, so writing gives it none; a bound in a query is a whole key, so
    reading takes it whole.
    """
    raw = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).build()
    words = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        .filter(tantivy.Filter.custom_stopword([STOP_WORD_PLACE]))
        .build()
    )
    no_terms = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
        .filter(tantivy.Filter.remove_long(1))
        .build()
    )
    index.register_tokenizer(_WORDS, words)
    index.register_tokenizer(_COLUMN, raw if reading else no_terms)
    index.register_fast_field_tokenizer(_COLUMN, raw)


def fingerprint(facetable: frozenset[str], analysis: str) -> str:
    """A hash of all that decides what an index holds; ``analysis``: that of the words."""
    declared = repr((ENTITIES, sorted(facetable), analysis, STOP_WORD_PLACE, LAYOUT))
    return hashlib.sha256(declared.encode()).hexdigest()[:16]
