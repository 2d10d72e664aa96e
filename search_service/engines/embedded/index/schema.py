"""The table of entities as schemas of the engine.

Which fields there are and what they hold, see ``documents.engine_fields``. Here ``_sort`` holds
keys (see ``sort_keys``), in columns without terms, and ``_terms`` the id, integers that documents
are looked up by, the names of the fields that hold a word and of those to sort by that hold
nothing, and the samples that a document belongs to (see ``samples``). Sets of many words are found
in half the time of sets of numbers, and all in one field are written in less time than each in its
own.
"""

import hashlib
from typing import cast

import tantivy

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.engines.documents.engine_fields import (
    KEY,
    PARTS,
    STOP_WORD_PLACE,
    TERMS,
    UNDECLARED,
    facet_field,
    has_facet_column,
    is_text_sorted,
    sort_field,
    synonyms_field,
    undeclared_value,
    whole_path_field,
)
from search_service.engines.embedded.index.terms import term_of

SOURCE = "_source"

LAYOUT = 5
"""Goes up when the same table gives other engine fields, so that an index can tell."""

_WORDS = "words"
_COLUMN = "column"


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
    return term_of(undeclared_value(name, value))


def number_type(field: Field) -> tantivy.FieldType:
    """The engine's type of a field of numbers."""
    if field.kind is FieldKind.INTEGER:
        return tantivy.FieldType.Integer
    return tantivy.FieldType.Float


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
            case FieldKind.PATH if field.is_whole_path:
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
