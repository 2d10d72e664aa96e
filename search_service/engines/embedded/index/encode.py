"""A document as the line that the engine indexes.

This is the hot path of every load: what each field needs is decided once, by entity, and the
words of values that repeat from document to document are remembered.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from analyzers import Synonyms, components, parts, text_words
from analyzers.chain import lower
from search_service.catalogue.lookup import entity as entity_named
from search_service.catalogue.lookup import repeated_fields
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.doubles import readable
from search_service.engines.embedded.index.long_terms import term_of
from search_service.engines.embedded.index.path_tokens import divided, tokens_above
from search_service.engines.embedded.index.sort_keys import encode as sort_key
from search_service.engines.embedded.index.tokens import as_placed, as_term, as_text

REMEMBERED = 100_000  # values whose words are kept, of all fields together; some 20 MB

REMEMBERED_PARTS = 20_000  # values of a field whose parts are kept

LONGEST_REMEMBERED = 1_000  # characters: longer values do not repeat, and would fill the memory

_SURELY_SHORT = 16_000  # characters of a value whose words are all shorter than a term may be

Line = dict[str, Any]
Words = tuple[str | dict[str, object], str]  # in their places, and words that mean the same
_Put = Callable[[Line, list[str], Any], None]


class Encoder:
    """Encodes documents of one entity. Not for several threads at once."""

    def __init__(
        self,
        entity: str,
        facetable: frozenset[str],
        synonyms: Synonyms,
        separators: str,
    ) -> None:
        self._entity = entity_named(entity)
        self._synonyms = synonyms
        self._separators = separators
        self._remembered: dict[str, Words] = {}
        self._directories: dict[str, tuple[str, str]] = {}
        self._puts: Mapping[str, _Put] = {
            field.name: self._put_of(field, facetable)
            for field in self._entity.fields
            if not (field.kind is FieldKind.PATH and "." in field.name)
        }

    def line(self, id_: int, document: Mapping[str, Any]) -> str:
        """The document as a JSON object of engine fields."""
        terms = [schema.key_term(id_)]
        source = orjson.dumps(document)
        line: Line = {schema.KEY: id_}
        undeclared = False
        puts = self._puts
        for name, value in document.items():
            put = puts.get(name)
            if put is not None:
                put(line, terms, value)
            else:
                undeclared = True
                if isinstance(value, str):
                    line.setdefault(schema.UNDECLARED, []).append(
                        schema.undeclared_term(name, value)
                    )
        line[schema.TERMS] = " ".join(terms)
        if undeclared:
            source = schema.WITH_UNDECLARED + source
        line[schema.SOURCE] = b64encode(source).decode("ascii")
        return orjson.dumps(line).decode()

    # ── what each kind of field puts into the line ─────────────────────────────────────────────

    def _put_of(self, field: Field, facetable: frozenset[str]) -> _Put:
        match field.kind:
            case FieldKind.INTEGER | FieldKind.DOUBLE:
                return _put_number(self._entity, field.name)
            case FieldKind.PATH:
                return self._put_path(field.name)
            case FieldKind.EXACT:
                put = _put_exact(field.name)
            case FieldKind.TEXT:
                put = self._put_text(field.name)
                if field.parts:
                    put = self._with_parts(put, field)
        extra: list[tuple[str, Callable[[str], str]]] = []
        if schema.has_facet_column(field, facetable):
            extra.append((schema.facet_field(field.name), term_of))
        if schema.is_text_sorted(field):
            extra.append((schema.sort_field(field.name), sort_key))
        return _also(put, extra) if extra else put

    def _put_text(self, name: str) -> _Put:
        words_of = self._remembered_words if _is_repeated(name) else self._words

        synonyms_of_it, present = schema.synonyms_field(name), schema.present_term(name)

        def put(line: Line, terms: list[str], value: Any) -> None:
            words, synonyms = words_of(value)
            if words:
                line[name] = words
                terms.append(present)
            if synonyms:
                line[synonyms_of_it] = synonyms

        return put

    def _with_parts(self, put: _Put, field: Field) -> _Put:
        code = schema.part_code(self._entity, field.name)
        named = field.named
        is_repeated = _is_repeated(field.name)
        known: dict[str, str] = {}

        def put_both(line: Line, terms: list[str], value: Any) -> None:
            put(line, terms, value)
            found = known.get(value)
            if found is None:
                found = as_parts(code, value, named=named)
                if is_repeated and len(value) <= LONGEST_REMEMBERED:
                    if len(known) >= REMEMBERED_PARTS:
                        known.clear()
                    known[value] = found
            if found:
                before = line.get(schema.PARTS)
                line[schema.PARTS] = found if before is None else f"{before} {found}"

        return put_both

    def _put_path(self, name: str) -> _Put:
        separators = self._separators
        file_name, exact = f"{name}.fileName", f"{name}.exact"
        whole = schema.whole_path_field(exact)
        present, present_file = schema.present_term(name), schema.present_term(file_name)

        def put(line: Line, terms: list[str], value: Any) -> None:
            directory, last = divided(value, separators)
            above, tokens = self._of_directory(directory)
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
                    if len(last) <= _SURELY_SHORT
                    else " ".join(map(as_term, low.split(".")))
                )
                terms.append(present)
                terms.append(present_file)
            if tokens:
                line[exact] = tokens
            line[whole] = term_of(value)

        return put

    def _of_directory(self, directory: str) -> tuple[str, str]:
        """The components of a directory, and its tokens: its files repeat them."""
        known = self._directories.get(directory)
        if known is None:
            separators = self._separators
            known = (
                " ".join(map(as_term, components(directory, separators))),
                " ".join(tokens_above(directory, separators)),
            )
            if len(directory) <= LONGEST_REMEMBERED:
                if len(self._directories) >= REMEMBERED:
                    self._directories.clear()
                self._directories[directory] = known
        return known

    def _words(self, value: str) -> Words:
        words = text_words(value)
        indexed = self._synonyms.indexed(words)
        if indexed is None:
            return as_text(words), ""
        placed, synonyms = indexed
        return as_placed(placed), " ".join(dict.fromkeys(synonyms))

    def _remembered_words(self, value: str) -> Words:
        words = self._remembered.get(value)
        if words is None:
            words = self._words(value)
            if len(value) <= LONGEST_REMEMBERED:
                if len(self._remembered) >= REMEMBERED:
                    self._remembered.clear()
                self._remembered[value] = words
        return words


def _is_repeated(name: str) -> bool:
    """Whether it repeats what another entity says: the same few values over and over."""
    return name in repeated_fields()


def as_parts(code: str, value: str, *, named: bool) -> str:
    """The parts of a value as the engine takes them; none where they say no more than its words.

    All of a name's are kept, so that patterns need not look anywhere else.
    """
    if not named and parts.says_no_more(value):
        return ""
    found = parts.indexed(value, whole=named)
    if not found:
        return ""
    if len(value) > _SURELY_SHORT:
        found = [part and term_of(code + part)[len(code) :] for part in found]
    if parts.GAP in found:
        return " ".join([f"{code}{part}" if part else schema.STOP_WORD_PLACE for part in found])
    return code + f" {code}".join(found)


def _put_number(entity: Entity, name: str) -> _Put:
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


def _put_exact(name: str) -> _Put:
    present = schema.present_term(name)

    def put(line: Line, terms: list[str], value: Any) -> None:
        line[name] = term_of(value)
        terms.append(present)

    return put


def _also(put: _Put, extra: list[tuple[str, Callable[[str], str]]]) -> _Put:
    def put_all(line: Line, terms: list[str], value: Any) -> None:
        put(line, terms, value)
        for name, of in extra:
            line[name] = of(value)

    return put_all
