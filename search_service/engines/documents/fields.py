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
from search_service.engines.documents import engine_fields
from search_service.engines.documents.format import Format
from search_service.engines.documents.numbered_names import NumberedNames
from search_service.engines.documents.path_tokens import divided, tokens_above
from search_service.engines.documents.remembered import Remembered
from search_service.engines.documents.texts import (
    Analyse,
    Text,
    analyse_with_parts,
    analyse_words,
)

# Bytes that are remembered of each field, about. A repeated one is asked for once for a dataset.
_OF_REPEATED = 1_000_000
_OF_OTHERS = 6_000_000
_OF_DIRECTORIES = 2_000_000

Line = dict[str, Any]
"""Values by engine field; what ``engine_fields.TERMS`` holds is a list beside it until the end."""

Put = Callable[[Line, list[str], Any], None]


def put_of(entity: Entity, field: Field, facetable: frozenset[str], texts: "Texts") -> Put:
    """What a value of a field does to a line."""
    form = texts.form
    match field.kind:
        case FieldKind.INTEGER | FieldKind.DOUBLE:
            return _put_number(entity, field.name, form)
        case FieldKind.PATH:
            return _put_path(field.name, texts.separators, form)
        case FieldKind.EXACT:
            put = _put_exact(field.name, form)
        case FieldKind.TEXT:
            put = _put_text(field, texts.analysis(entity, field), form)
    extra: list[tuple[str, Callable[[str], str]]] = []
    if engine_fields.has_facet_column(field, facetable):
        extra.append((engine_fields.facet_field(field.name), form.term_of))
    if engine_fields.is_text_sorted(field):
        extra.append((engine_fields.sort_field(field.name), form.sort_key))
    return _also(put, extra) if extra else put


def is_plain_number(entity: Entity, field: Field, form: Format) -> bool:
    """Whether all that a value does is to stand in the line as it is."""
    return (
        field.kind is FieldKind.INTEGER
        and field.name != entity.id_field
        and _lookup_prefix(entity, field.name, form) is None
    )


def _lookup_prefix(entity: Entity, name: str, form: Format) -> str | None:
    if name not in engine_fields.lookup_fields(entity):
        return None
    return form.lookup_prefix(entity, name)


class Texts:
    """How the texts of an index are analysed, and what is remembered of them."""

    def __init__(self, synonyms: Synonyms, separators: str, form: Format) -> None:
        self.separators = separators
        self.form = form
        self._synonyms = synonyms

    def analysis(self, entity: Entity, field: Field) -> Analyse:
        """How the values of a field are analysed."""
        if field.parts:
            code = engine_fields.part_code(entity, field.name)
            analyse = analyse_with_parts(self._synonyms, code, self.form, named=field.named)
        else:
            analyse = analyse_words(self._synonyms, self.form)
        if field.name in repeats(entity.name):
            return Remembered(analyse, _size, _OF_REPEATED).__getitem__
        if field.named:
            return NumberedNames(analyse, self._synonyms.longest_number).text_of
        return Remembered(analyse, _size, _OF_OTHERS).__getitem__


def _size(value: str, text: Text) -> int:
    return len(value) + 2 * len(text[0]) + len(text[1]) + len(text[2])


def _put_text(field: Field, analyse: Analyse, form: Format) -> Put:
    name = field.name
    synonyms_of_it, present = engine_fields.synonyms_field(name), form.present(name)

    def put(line: Line, terms: list[str], value: Any) -> None:
        words, synonyms, parts = analyse(value)
        if words:
            line[name] = words
            terms += present
        if synonyms:
            line[synonyms_of_it] = synonyms
        if parts:
            add_parts(line, parts)

    return _and_count(put, name, form) if engine_fields.has_counted_words(field) else put


def _and_count(put: Put, name: str, form: Format) -> Put:
    counted, words_of = form.counted_words, engine_fields.counted_field(name)
    if counted is None:
        return put

    def put_and_count(line: Line, terms: list[str], value: Any) -> None:
        put(line, terms, value)
        if name in line:
            line[words_of] = counted(line[name])

    return put_and_count


def add_parts(line: Line, parts: str) -> None:
    """The parts of one text behind those of others."""
    before = line.get(engine_fields.PARTS)
    line[engine_fields.PARTS] = parts if before is None else f"{before} {parts}"


def _put_path(name: str, separators: str, form: Format) -> Put:
    file_name, exact = f"{name}.fileName", f"{name}.exact"
    whole = engine_fields.whole_path_field(exact)
    present = form.present(name)
    both_present = [*present, *form.present(file_name)]
    as_term, term_of, surely_short = form.as_term, form.term_of, form.surely_short

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
                terms += present
        else:
            low = lower(last)
            term = as_term(low)
            line[name] = f"{above} {term}" if above else term
            line[file_name] = (
                term.replace(".", " ")
                if len(last) <= surely_short
                else " ".join(map(as_term, low.split(".")))
            )
            terms += both_present
        if tokens:
            line[exact] = tokens
        line[whole] = term_of(value)

    return put


def _put_number(entity: Entity, name: str, form: Format) -> Put:
    if name == entity.id_field:

        def skip(line: Line, terms: list[str], value: Any) -> None:
            pass  # the key stands for it

        return skip

    prefix = _lookup_prefix(entity, name, form)
    if prefix is not None:

        def put_with_term(line: Line, terms: list[str], value: Any) -> None:
            line[name] = value
            terms.append(f"{prefix}{value}")

        return put_with_term

    number = form.number

    def put(line: Line, terms: list[str], value: Any) -> None:
        # One zero: engines differ in whether -0.0 comes before 0.0, and numbers do not.
        line[name] = number(value + 0.0) if type(value) is float else value

    return put


def _put_exact(name: str, form: Format) -> Put:
    present, term_of = form.present(name), form.term_of

    def put(line: Line, terms: list[str], value: Any) -> None:
        line[name] = term_of(value)
        terms += present

    return put


def _also(put: Put, extra: list[tuple[str, Callable[[str], str]]]) -> Put:
    (name, of), *more = extra
    if more:
        return _also(_also(put, more), extra[:1])

    def put_both(line: Line, terms: list[str], value: Any) -> None:
        put(line, terms, value)
        line[name] = of(value)

    return put_both
