"""What was typed → parts of names, formulas and identifiers, beside the words of a field.

Each gives what else is looked for in one field. What no document has is left out at once: most
words are in few fields, and each that is looked for costs time. Not here: the words themselves
(``words``), and what counts more than what (``weights``).
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from analyzers import parts as of_names
from analyzers.chain import lower, text_words
from analyzers.dois import dois
from analyzers.folding import folded, spellings, unified
from analyzers.numbers import date_parts
from search_service.catalogue.model import Entity, Field
from search_service.query.conditions import any_of
from search_service.query.text import patterns
from search_service.query.text.relevance.part_patterns import over_parts
from search_service.query.text.relevance.weights import Relevance
from search_service.query.tree import (
    ANY,
    ONE,
    Boost,
    Characters,
    Constant,
    Exists,
    Mark,
    Parts,
    PartWildcard,
    Pattern,
    Phrase,
    Query,
    SynonymTerm,
    Term,
    Wildcard,
    alternatives,
)
from search_service.query.vocabulary import Vocabulary

_YEAR_OR_MONTH = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])?")
"""The beginning of a date as names have it."""

_LONGEST = 500
"""Characters of a text that is looked for by its parts."""

_AS_TYPED = 3.0
"""What a pattern weighs that fits with its accents too."""


# ── words and phrases ─────────────────────────────────────────────────────────────────────────────


def readings(text: str) -> tuple[tuple[str, ...], ...]:
    """The ways to take a text apart; none of one that is too long to be a name or a phrase."""
    return _readings(text) if len(text) <= _LONGEST else ()


@lru_cache(1000)
def _readings(text: str) -> tuple[tuple[str, ...], ...]:
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
            for joined in (f"{year}{month:0>2}{day:0>2}", f"{day}{month:0>2}{year:0>2}"):
                if date := date_parts(joined):
                    yield from ((joined,), tuple(date))


def _as_nuclide(reading: Sequence[str]) -> Iterable[tuple[str, str]]:
    """The same atoms with their mass on the other side."""
    match reading:
        case (one, other) if is_nuclide(one, other) or is_nuclide(other, one):
            yield other, one


class Fields:
    """The parts of one entity's texts: what its documents may hold of them."""

    def __init__(self, entity: Entity, known: Vocabulary) -> None:
        self._entity = entity.name
        self._known = known

    def present(self, name: str, reading: Sequence[str]) -> Parts | None:
        """Parts that follow on, unless no document has one of them."""
        known, entity = self._known, self._entity
        if all(known.part_document_frequency(entity, name, part) for part in reading):
            return Parts(name, tuple(reading))
        return None

    def word(self, name: str, text: str, relevance: Relevance) -> list[Query]:
        """One word as it was typed, as parts of a field."""
        ways: list[tuple[Sequence[str], float]] = []
        ways += [((of_names.DOI + doi,), 1.0) for doi in dois(text)]
        if text.isalnum() and not text.isalpha() and not text.isdigit():
            ways.append(((_folded(text),), relevance.joined))  # a chunk of a name, an identifier
        for reading in readings(text):
            ways.append((reading, relevance.part if len(reading) == 1 else relevance.joined))
            ways += [(way, relevance.joined) for way in _as_nuclide(reading)]
            ways += [(way, relevance.part / 2) for way in _in_other_ways(reading)]
        held = [(self.present(name, way), weight) for way, weight in ways]
        found = [Boost(parts, weight) for parts, weight in held if parts is not None]
        if _YEAR_OR_MONTH.fullmatch(text):
            days = PartWildcard((name,), (text, *[ONE] * (8 - len(text))), Characters.DIGITS)
            return [*found, Boost(days, relevance.part / 2)]
        return [*found]

    def phrase(self, name: str, text: str, relevance: Relevance) -> list[Query]:
        """Quoted text as parts in order."""
        ways = [way for reading in readings(text) for way in (reading, *_as_nuclide(reading))]
        held = [self.present(name, way) for way in ways]
        return [Boost(typed, relevance.joined) for typed in held if typed is not None]

    def synonym(self, name: str, text: str) -> list[Query]:
        """Documents with a synonym of the word, where the text is one word."""
        words = text_words(text)
        if len(words) == 1 and words[0] and self._known.has_synonym(self._entity, name, words[0]):
            return [SynonymTerm(name, words[0])]
        return []


def other_words(name: str, text: str) -> list[Query]:
    """The words of a field that the same text has when it is folded, or joined at its hyphens."""
    if (text.isascii() and text.isalnum()) or len(text) > _LONGEST:
        return []
    return [_in_order(name, way) for way in _other_words(text)]


@lru_cache(1000)
def _other_words(text: str) -> tuple[tuple[str, ...], ...]:
    said: list[tuple[str, ...]] = []
    if not text.isascii():
        plain = unified(text)
        said += [tuple(text_words(way)) for way in (plain, *spellings(plain))]
        said += [tuple(filter(None, text_words(" ".join(way)))) for way in readings(text)]
    else:
        said += [tuple(text_words(way[0])) for way in readings(text) if len(way) == 1]
    typed = tuple(text_words(text))
    return tuple(way for way in dict.fromkeys(said) if way != typed and any(way))


def _in_order(name: str, words: Sequence[str]) -> Query:
    placed = [(at, word) for at, word in enumerate(words) if word]
    first, only = placed[0]
    if len(placed) == 1:
        return Term(name, only)
    return Phrase(name, tuple((at - first, word) for at, word in placed))


# ── wildcards ─────────────────────────────────────────────────────────────────────────────────────


def begins_with_mark(pattern: Pattern) -> bool:
    """Whether a pattern would have to be tried on every word."""
    return bool(pattern) and isinstance(pattern[0], Mark)


def wildcard(field: Field, pattern: Pattern) -> Query | None:
    """A pattern over parts; over words too where the parts do not say all."""
    length = sum(len(part) for part in pattern if isinstance(part, str))
    has_parts = field.parts and length <= _LONGEST
    among_parts = over_parts(field.name, pattern) if has_parts else None
    found: list[Query] = [] if among_parts is None else [among_parts]
    if not (found and field.named and begins_with_mark(pattern)):
        typed, plain = patterns.mapped(pattern, lower), patterns.mapped(pattern, _folded)
        found += [_over_words(field, form) for form in dict.fromkeys([plain, *_pieces(plain)])]
        if typed != plain:  # accents and all comes first
            found.append(Boost(_over_words(field, typed), _AS_TYPED))
    return any_of(found) if found else None


def in_any_field(pattern: Pattern, queries: Iterable[Query]) -> Query:
    """What a pattern finds in several fields.

    One of letters and digits scores one, in however many it fits. Signs and accents fit words
    better than parts, which have none.
    """
    found = any_of(_with_one_pattern(queries))
    literals = [part for part in pattern if isinstance(part, str)]
    is_plain = all(part.isascii() and part.isalnum() for part in literals)
    return Constant(found, 1.0) if is_plain else found


def _with_one_pattern(queries: Iterable[Query]) -> list[Query]:
    """The same pattern over parts of several fields as one: it is made ready once."""
    fields: dict[tuple[Pattern, Characters], list[str]] = {}
    others: list[Query] = []
    for query in _flattened(queries):
        if isinstance(query, PartWildcard):
            fields.setdefault((query.pattern, query.characters), []).extend(query.fields)
        else:
            others.append(query)
    return [PartWildcard(tuple(names), *kind) for kind, names in fields.items()] + others


def _flattened(queries: Iterable[Query]) -> Iterable[Query]:
    """Alternatives within alternatives as one row of them."""
    for query in queries:
        found = alternatives(query)
        if found == (query,):
            yield query
        else:
            yield from _flattened(found)


def _over_words(field: Field, pattern: Pattern) -> Query:
    if pattern == (ANY,):
        return Exists(field.name)
    # A text with other letters is among the parts, where it has their plain forms.
    is_ascii = all(part.isascii() for part in pattern if isinstance(part, str))
    characters = Characters.ASCII if is_ascii and field.parts else Characters.ANYTHING
    return Wildcard(field.name, pattern, characters)


def _folded(text: str) -> str:
    return folded(unified(text))


def _pieces(pattern: Pattern) -> Iterable[Pattern]:
    """Of ``zw42?-*``, whose sign is in no word, what is before it."""
    pieces = [piece for piece in patterns.split_at_signs(pattern) if piece != (ANY,)]
    if len(pieces) == 1 and any(isinstance(part, Mark) for part in pieces[0]):
        yield pieces[0]


# ── nuclides ──────────────────────────────────────────────────────────────────────────────────────

_SYMBOLS = (
    "h he li be b c n o f ne na mg al si p s cl ar k ca sc ti v cr mn fe co ni cu zn ga ge as se "
    "br kr rb sr y zr nb mo tc ru rh pd ag cd in sn sb te i xe cs ba la ce pr nd pm sm eu gd tb dy "
    "ho er tm yb lu hf ta w re os ir pt au hg tl pb bi po at rn fr ra ac th pa u np pu am cm"
)
_CHARGES = {symbol: charge for charge, symbol in enumerate(_SYMBOLS.split(), 1)}


def is_nuclide(symbol: str, mass: str) -> bool:
    """Whether an element, folded, has atoms of about this mass: `10 K` is no potassium.

    They are written with their mass before or after: `57Fe` is `Fe-57`.

    >>> is_nuclide("fe", "57"), is_nuclide("k", "10"), is_nuclide("li", "7"), is_nuclide("hc", "12")
    (True, False, True, False)
    """
    charge = _CHARGES.get(symbol)
    if charge is None or not mass.isdigit() or len(mass) > 3:
        return False
    return 1.8 * charge <= int(mass) <= 2.7 * charge + 1 or (symbol, mass) in _LIGHT


_LIGHT = frozenset({("h", "1"), ("h", "3")})
"""Of hydrogen the rule knows one."""
