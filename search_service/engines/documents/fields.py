"""What the value of a field puts into the line of a document.

Decided once by field, as every document of a load passes here. Not here: how the line is put
together, and what of it is remembered, see ``encode``.
"""

from collections.abc import Callable
from typing import Any

from analyzers import Synonyms, components
from analyzers.chain import lower
from search_service.catalogue.lookup import repeats
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.engines.documents.long_terms import term_of
from search_service.engines.documents.numbered_names import NumberedNames
from search_service.engines.documents.path_tokens import divided, tokens_above
from search_service.engines.documents.remembered import Remembered
from search_service.engines.documents.texts import (
    SURELY_SHORT,
    Analyse,
    Text,
    analyse_with_parts,
    analyse_words,
)
from search_service.engines.documents.tokens import as_term
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.doubles import readable
from search_service.engines.embedded.index.sort_keys import encode as sort_key

# Bytes that are remembered of each field, about. A repeated one is asked for once for a dataset.
_OF_REPEATED = 1_000_000
_OF_OTHERS = 6_000_000
_OF_DIRECTORIES = 2_000_000

Line = dict[str, Any]
"""Values by engine field; what ``schema.TERMS`` holds is a list beside it until the end."""

Put = Callable[[Line, list[str], Any], None]


def put_of(entity: Entity, field: Field, facetable: frozenset[str], texts: "Texts") -> Put:
    """What a value of a field does to a line."""
    match field.kind:
        case FieldKind.INTEGER | FieldKind.DOUBLE:
            return _put_number(entity, field.name)
        case FieldKind.PATH:
            return _put_path(field.name, texts.separators)
        case FieldKind.EXACT:
            put = _put_exact(field.name)
        case FieldKind.TEXT:
            put = _put_text(field.name, texts.analysis(entity, field))
    extra: list[tuple[str, Callable[[str], str]]] = []
    if schema.has_facet_column(field, facetable):
        extra.append((schema.facet_field(field.name), term_of))
    if schema.is_text_sorted(field):
        extra.append((schema.sort_field(field.name), sort_key))
    return _also(put, extra) if extra else put


def is_plain_number(entity: Entity, field: Field) -> bool:
    """Whether all that a value does is to stand in the line as it is."""
    looked_up = field.name == entity.id_field or field.name in schema.lookup_fields(entity)
    return field.kind is FieldKind.INTEGER and not looked_up


class Texts:
    """How the texts of an index are analysed, and what is remembered of them."""

    def __init__(self, synonyms: Synonyms, separators: str) -> None:
        self.separators = separators
        self._synonyms = synonyms

    def analysis(self, entity: Entity, field: Field) -> Analyse:
        """How the values of a field are analysed."""
        if field.parts:
            code = schema.part_code(entity, field.name)
            analyse = analyse_with_parts(self._synonyms, code, named=field.named)
        else:
            analyse = analyse_words(self._synonyms)
        if field.name in repeats(entity.name):
            return Remembered(analyse, _size, _OF_REPEATED).__getitem__
        if field.named:
            return NumberedNames(analyse, self._synonyms.longest_number).text_of
        return Remembered(analyse, _size, _OF_OTHERS).__getitem__


def _size(value: str, text: Text) -> int:
    return len(value) + 2 * len(text[0]) + len(text[1]) + len(text[2])


def _put_text(name: str, analyse: Analyse) -> Put:
    synonyms_of_it, present = schema.synonyms_field(name), schema.present_term(name)

    def put(line: Line, terms: list[str], value: Any) -> None:
        words, synonyms, parts = analyse(value)
        if words:
            line[name] = words
            terms.append(present)
        if synonyms:
            line[synonyms_of_it] = synonyms
        if parts:
            add_parts(line, parts)

    return put


def add_parts(line: Line, parts: str) -> None:
    """The parts of one text behind those of others."""
    before = line.get(schema.PARTS)
    line[schema.PARTS] = parts if before is None else f"{before} {parts}"


def _put_path(name: str, separators: str) -> Put:
    file_name, exact = f"{name}.fileName", f"{name}.exact"
    whole = schema.whole_path_field(exact)
    present = schema.present_term(name)
    both_present = f"{present} {schema.present_term(file_name)}"

    def of_directory(directory: str) -> tuple[str, str]:
        return (
            " ".join(map(as_term, components(directory, separators))),
            " ".join(tokens_above(directory, separators)),
        )

    def size(directory: str, found: tuple[str, str]) -> int:
        return len(directory) + sum(map(len, found))

    directories = Remembered(of_directory, size, _OF_DIRECTORIES)

    def put(line: Line, terms: list[str], value: Any) -> None:
        directory, last = divided(value, separators)
        above, tokens = directories[directory]
        if not last:  # closes with a separator
            if above:
                line[name] = above
                terms.append(present)
        else:
            low = lower(last)
            term = as_term(low)
            line[name] = f"{above} {term}" if above else term
            line[file_name] = (
                term.replace(".", " ")
                if len(last) <= SURELY_SHORT
                else " ".join(map(as_term, low.split(".")))
            )
            terms.append(both_present)
        if tokens:
            line[exact] = tokens
        line[whole] = term_of(value)

    return put


def _put_number(entity: Entity, name: str) -> Put:
    if name == entity.id_field:

        def skip(line: Line, terms: list[str], value: Any) -> None:
            pass  # the key stands for it

        return skip

    if name in schema.lookup_fields(entity):
        prefix = schema.lookup_prefix(entity, name)

        def put_with_term(line: Line, terms: list[str], value: Any) -> None:
            line[name] = value
            terms.append(f"{prefix}{value}")

        return put_with_term

    def put(line: Line, terms: list[str], value: Any) -> None:
        line[name] = readable(value) if type(value) is float else value

    return put


def _put_exact(name: str) -> Put:
    present = schema.present_term(name)

    def put(line: Line, terms: list[str], value: Any) -> None:
        line[name] = term_of(value)
        terms.append(present)

    return put


def _also(put: Put, extra: list[tuple[str, Callable[[str], str]]]) -> Put:
    (name, of), *more = extra
    if more:
        return _also(_also(put, more), extra[:1])

    def put_both(line: Line, terms: list[str], value: Any) -> None:
        put(line, terms, value)
        line[name] = of(value)

    return put_both
