"""What was typed → parts of names, formulas and identifiers, beside the words of a field.

Each function gives what else is looked for in one field, or None. Not here: the words themselves
(``analyse``), and what counts more than what (``people``).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from analyzers import parts as of_names
from analyzers.chain import lower, text_words
from analyzers.dois import dois
from analyzers.folding import folded, spellings, unified
from analyzers.numbers import date_parts
from search_service.catalogue.model import Field
from search_service.query import patterns
from search_service.query.conditions import any_of
from search_service.query.ranking import Ranking
from search_service.query.tree import (
    ANY,
    Bool,
    Boost,
    Exists,
    Fuzzy,
    Mark,
    Marks,
    PartFuzzy,
    Parts,
    PartWildcard,
    Pattern,
    Phrase,
    Query,
    Term,
    Twin,
    Wildcard,
)

_SHORTEST = 4
"""Letters of the shortest word that may be misspelled."""

_TWO_EDITS = 8
"""Letters of the shortest word of which two may be wrong."""


# ── words and phrases ─────────────────────────────────────────────────────────────────────────────


@lru_cache(1000)
def readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The ways to take a text apart."""
    return tuple(map(tuple, of_names.readings(text)))


def _in_other_ways(reading: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Other ways to write the same: a date apart or joined, a noun in its other number."""
    match reading:
        case (str(only),):
            if date := date_parts(only):
                yield tuple(date)
            for other in of_names.inflections(only):
                yield (other,)
        case (str(year), str(month), str(day)) if all(part.isdigit() for part in reading):
            joined = f"{year}{month:0>2}{day:0>2}"
            if date_parts(joined):
                yield (joined,)


def word(field: Field, text: str, ranking: Ranking) -> Query | None:
    """One word as it was typed, as parts of the field's texts."""
    found: list[Query] = [Parts(field.name, (of_names.DOI + doi,)) for doi in dois(text)]
    for reading in readings(text):
        weight = ranking.part if len(reading) == 1 else ranking.joined
        found.append(Boost(Parts(field.name, reading), weight))
        found += [
            Boost(Parts(field.name, other), ranking.part / 2) for other in _in_other_ways(reading)
        ]
    return any_of(found) if found else None


def phrase(field: Field, text: str, ranking: Ranking) -> Query | None:
    """Quoted text as parts in order."""
    found = [Boost(Parts(field.name, reading), ranking.joined) for reading in readings(text)]
    return any_of(found) if found else None


def other_words(name: str, text: str) -> Query | None:
    """The words of a field that the same text has when it is folded, or joined at its hyphens."""
    said: list[tuple[str, ...]] = []
    if not text.isascii():
        plain = unified(text)
        said += [tuple(text_words(way)) for way in (plain, *spellings(plain))]
        said += [tuple(filter(None, text_words(" ".join(way)))) for way in readings(text)]
    elif not text.isalnum():
        said += [tuple(text_words(way[0])) for way in readings(text) if len(way) == 1]
    typed = tuple(text_words(text))
    found = [_in_order(name, way) for way in dict.fromkeys(said) if way != typed and any(way)]
    if len(typed) == 1 and typed[0]:
        found.append(Twin(name, typed[0]))
    return any_of(found) if found else None


def _in_order(name: str, words: Sequence[str]) -> Query:
    placed = [(at, word) for at, word in enumerate(words) if word]
    first, only = placed[0]
    if len(placed) == 1:
        return Term(name, only)
    return Phrase(name, tuple((at - first, word) for at, word in placed))


# ── nearly so spelled ─────────────────────────────────────────────────────────────────────────────


def edits_allowed(word: str) -> int:
    """How many letters of a word may be wrong. A number is another one.

    >>> [edits_allowed(word) for word in ("neturon", "cryostatt", "hc12", "ab")]
    [1, 2, 0, 0]
    """
    if not word.isalpha() or len(word) < _SHORTEST:
        return 0
    return 1 if len(word) < _TWO_EDITS else 2


def nearly(field: Field, text: str, edits: int) -> Query | None:
    """A word spelled nearly so, better spelled first."""
    typed = folded(unified(text))
    found: list[Query] = []
    for allowed in range(1, edits + 1):
        if field.parts:
            found.append(PartFuzzy(field.name, typed, allowed))
        if not field.named:  # its parts are all there is
            stems = [stem for stem in text_words(typed) if stem]
            found += [
                Fuzzy(field.name, form, allowed) for form in dict.fromkeys([lower(text), *stems])
            ]
    return any_of(found) if found else None


# ── wildcards ─────────────────────────────────────────────────────────────────────────────────────


def extension(pattern: Pattern) -> str | None:
    """The extension that a pattern like ``*.edf`` asks for."""
    match pattern:
        case (mark, str(rest)) if mark is ANY and rest.startswith("."):
            return of_names.extension_of(f"x{rest}")
        case _:
            return None


def begins_with_mark(pattern: Pattern) -> bool:
    """Whether a pattern would have to be tried on every word."""
    return bool(pattern) and isinstance(pattern[0], Mark)


def wildcard(field: Field, pattern: Pattern) -> Query | None:
    """A pattern over parts; over words too where the parts do not say all."""
    found: list[Query] = []
    over_parts = _part_pattern(field, pattern) if field.parts else None
    if over_parts is not None:
        found.append(over_parts)
    if not (over_parts is not None and field.named and begins_with_mark(pattern)):
        forms = dict.fromkeys([patterns.mapped(pattern, lower), patterns.mapped(pattern, _folded)])
        found += [
            Exists(field.name) if form == (ANY,) else Wildcard(field.name, form) for form in forms
        ]
    return any_of(found) if found else None


def _folded(text: str) -> str:
    return folded(unified(text))


def _part_pattern(field: Field, pattern: Pattern) -> Query | None:
    """All pieces between separators; those of one literal run after the other in order."""
    if (found := extension(pattern)) is not None:
        return _with_extension(field, pattern, found)
    pieces = [piece for piece in _pieces(pattern) if piece != (ANY,)]
    queries: list[Query] = []
    literal: list[str] = []
    for piece in [*pieces, None]:
        match piece:
            case (str(text),):
                literal += readings(text)[0] if readings(text) else ()
            case _:
                if literal:
                    queries.append(Parts(field.name, tuple(literal)))
                    literal = []
                if piece is not None:
                    queries.append(_piece(field, piece))
    if not queries:
        return None
    return queries[0] if len(queries) == 1 else Bool(must=tuple(queries))


def _with_extension(field: Field, pattern: Pattern, extension: str) -> Query:
    literal = str(pattern[1])
    ends = Parts(field.name, (of_names.EXTENSION + extension,))
    parts = readings(literal)[0]
    return ends if literal.count(".") == 1 else Bool(must=(Parts(field.name, parts), ends))


def _piece(field: Field, piece: Pattern) -> Query:
    """A pattern without separators: within letters, within a number, or over both."""
    literal = "".join(part for part in piece if isinstance(part, str))
    if literal.isalpha():
        marks = Marks.LETTERS if begins_with_mark(piece) else Marks.ANYTHING
        found: list[Query] = [PartWildcard(field.name, piece, marks)]
    elif literal.isdigit():
        found = [PartWildcard(field.name, form, Marks.DIGITS) for form in _numbers(piece)]
    else:
        found = [PartWildcard(field.name, piece)]
        if in_runs := _runs(piece):
            found.append(Parts(field.name, in_runs))
    if not begins_with_mark(piece):
        found.append(Wildcard(field.name, piece))
    return any_of(found)


def _numbers(piece: Pattern) -> Iterable[Pattern]:
    """As numbers are kept, without the zeros that they began with."""
    match piece:
        case (str(first), *others):
            yield patterns.joined([first.lstrip("0"), *others])
        case (mark, str(first), *others) if mark is ANY and first[0] == "0":
            yield piece
            yield patterns.joined([first.lstrip("0") or "0", *others])
        case _:
            yield piece


def _runs(piece: Pattern) -> tuple[str, ...] | None:
    """The runs of a piece that is open at its ends only, such as ``xb07*``: they follow on."""
    literals = [part for part in piece if part is not ANY]
    match literals:
        case [str(literal)]:
            found = readings(literal)
            return found[0] if found and len(found[0]) > 1 else None
        case _:
            return None


def _pieces(pattern: Pattern) -> Iterable[Pattern]:
    piece: list[str | Mark] = []
    for part in pattern:
        if isinstance(part, Mark):
            piece.append(part)
            continue
        for sign in _folded(part):
            if sign.isalnum():
                piece.append(sign)
            elif piece:
                yield patterns.joined(piece)
                piece = []
    if piece:
        yield patterns.joined(piece)
