"""What was typed → words of the index, field by field, by what each field holds.

A word is looked for in every default field. Text without a word to search for, such as stop words
alone, vanishes: it requires nothing, and nothing but it finds nothing. Here is what all readings
share: groups, fields, words with their synonyms, paths and whole values. Not here: what one of them
does otherwise, see ``peer`` and ``matching``.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import NamedTuple, assert_never

from analyzers.chain import lower, text_words
from analyzers.paths import SEPARATORS, components
from analyzers.synonyms import Match as Synonym
from analyzers.synonyms import Synonyms
from search_service.catalogue import lookup
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.catalogue.model import Entity, FieldKind
from search_service.query.conditions import any_of
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.parsed import (
    Match,
    MatchFuzzy,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Parsed,
    ParsedBool,
    ParsedBoost,
    Raw,
)
from search_service.query.price import Price
from search_service.query.text import patterns
from search_service.query.tree import (
    ANY,
    Bool,
    Boost,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Mark,
    Nothing,
    Pattern,
    Phrase,
    Query,
    SynonymGroup,
    Term,
    Wildcard,
    WordRange,
)

MOST_PHRASES = 24
"""Ways to say a phrase that are searched for. A pasted sentence with six element symbols has 64 and
more; those beyond are left out, and what was typed is always among those within."""

WHOLE_PATH, FILE_NAME = ".exact", ".fileName"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9]+://")


@dataclass(frozen=True)
class Analysis:
    """How words are made, which is the same for documents and for what is searched for."""

    synonyms: Synonyms = field(default_factory=Synonyms.builtin)
    separators: str = SEPARATORS
    facetable: frozenset[str] = frozenset(FACETABLE_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class _Analysed:
    query: Query
    # Stop words are components of paths too, but nobody requires them there: `+the +scan`.
    can_be_required: bool = True


class TextWords(NamedTuple):
    """A text by its words: those of the chain, where a stop word is empty."""

    words: list[str]
    synonyms: list[Synonym]


class Analyst:
    """Analyses texts for one entity, and remembers what they have in common.

    It goes on only while what they find takes no more than the limits allow all together: a phrase
    of many synonyms is as many phrases, in each field.
    """

    def __init__(
        self,
        entity: Entity,
        analysis: Analysis,
        fields: Sequence[str] | None = None,
        limits: QueryLimits = DEFAULTS,
    ) -> None:
        """``fields``: those that are searched where a text names none; the entity's, if None."""
        self._entity = entity
        self._analysis = analysis
        self._price = Price(limits)
        self._fields = entity.default_fields if fields is None else tuple(fields)
        # The text fields of an entity have the same words: analysed once, not for each.
        self._text_words: dict[str, TextWords] = {}

    def query(self, parsed: Parsed) -> Query:
        """The tree of words; ``Nothing`` when no word is left."""
        found = self._of(parsed)
        return Nothing() if found is None else found.query

    def _of(self, parsed: Parsed) -> _Analysed | None:
        """None: it vanishes."""
        match parsed:
            case Everything() | Nothing():
                return _Analysed(parsed)
            case ParsedBool():
                return self._group(parsed)
            case ParsedBoost(inner, factor):
                found = self._of(inner)
                if found is None:
                    return None
                return _Analysed(Boost(found.query, factor), found.can_be_required)
            case Match() | MatchPhrase() | MatchWildcard() | MatchFuzzy() | MatchRange():
                return self._in_fields(parsed)
            case _:
                assert_never(parsed)

    def _group(self, group: ParsedBool) -> _Analysed | None:
        must, should, must_not = (
            [found for part in parts if (found := self._of(part)) is not None]
            for parts in (group.must, group.should, group.must_not)
        )
        if not must and not should and not must_not:
            return None
        required = [found.query for found in must if found.can_be_required]
        optional = [found.query for found in must if not found.can_be_required]
        optional += [found.query for found in should]
        return _Analysed(
            Bool(tuple(required), tuple(optional), tuple(found.query for found in must_not)),
            any(found.can_be_required for found in [*must, *should]) or not (must or should),
        )

    def _in_fields(self, raw: Raw) -> _Analysed | None:
        found = self._unpriced(raw)
        if found is not None:
            self._price.add(found.query, self._entity.name)
        return found

    def _unpriced(self, raw: Raw) -> _Analysed | None:
        if raw.field is not None:
            query = self._in_named_field(raw, raw.field)
            return None if query is None else _Analysed(query)
        by_field = {name: self._in_field(raw, name) for name in self._fields}
        queries = [query for query in by_field.values() if query is not None]
        if not queries:
            return None
        texts = [name for name in self._fields if self._kind(name) is FieldKind.TEXT]
        only_in_paths = bool(texts) and all(by_field[name] is None for name in texts)
        return _Analysed(self._in_any_field(raw, queries), can_be_required=not only_in_paths)

    def _in_named_field(self, raw: Raw, name: str) -> Query | None:
        return self._in_field(raw, name)

    def _in_any_field(self, raw: Raw, queries: Sequence[Query]) -> Query:
        """``queries``: those of the default fields that have any."""
        return any_of(queries)

    def _kind(self, name: str) -> FieldKind | None:
        declared = self._entity.by_name.get(name)
        return None if declared is None else declared.kind

    def _in_field(self, raw: Raw, name: str) -> Query | None:
        if name not in self._entity.by_name and lookup.kind_of(name) is not None:
            return self._in_field_of_others(raw)
        match self._kind(name):
            case FieldKind.TEXT:
                return self._in_text(raw, name)
            case FieldKind.PATH if not name.endswith(WHOLE_PATH):
                return self._in_path(raw, name)
            case FieldKind.INTEGER | FieldKind.DOUBLE:
                return Nothing()
            case FieldKind.PATH | FieldKind.EXACT | None as kind:
                return self._whole(raw, name, kind)
            case other:
                assert_never(other)

    def _in_field_of_others(self, raw: Raw) -> Query | None:
        """Nothing can be found, but stop words require nothing here either."""
        match raw:
            case Match(_, text) | MatchPhrase(_, text) if not any(text_words(text)):
                return None
            case _:
                return Nothing()

    # ── text ──────────────────────────────────────────────────────────────────────────────────────

    def _in_text(self, raw: Raw, name: str) -> Query | None:
        match raw:
            case Match(_, text):
                return self._any_word(name, text)
            case MatchPhrase(_, text, slop):
                return self._phrase(name, text, slop)
            case MatchWildcard(_, pattern):
                return _wildcard(name, patterns.mapped(pattern, lower))
            case MatchFuzzy(_, text, edits):
                return _fuzzy_words(name, text, edits)
            case MatchRange():
                return _range(raw, name, lower)
            case _:
                assert_never(raw)

    def _any_word(self, name: str, text: str) -> Query | None:
        """Any of the words that an unquoted one has, and what means the same."""
        found = self._words(text)
        if not any(found.words):
            return None
        return any_of(self._of_any_word(name, found))

    def _of_any_word(self, name: str, found: TextWords) -> Iterable[Query]:
        queries = self._without_synonyms(name, found)
        for match in found.synonyms:
            if match.is_of_single_words:
                queries.append(synonym_group(name, match))
            else:
                queries += [
                    Term(name, word) for word in found.words[match.start : match.end] if word
                ]
                queries += [
                    sequence(name, list(enumerate(words)), 0) for words in match.alternatives
                ]
        return dict.fromkeys(queries)

    def _without_synonyms(self, name: str, found: TextWords) -> list[Query]:
        """The words that have no synonyms."""
        having = {at for match in found.synonyms for at in range(match.start, match.end)}
        return [
            Term(name, word) for at, word in enumerate(found.words) if word and at not in having
        ]

    def _phrase(self, name: str, text: str, slop: int) -> Query | None:
        found = self._words(text)
        if not any(found.words):
            return None
        sequences = (sequence(name, way, slop) for way in islice(self._ways(found), MOST_PHRASES))
        return any_of(dict.fromkeys(sequences))

    def _ways(self, found: TextWords) -> Iterable[Sequence[tuple[int, str]]]:
        """The ways to say a phrase, words with their positions: as typed first."""
        choices: list[list[Sequence[str]]] = []
        at = 0
        for match in found.synonyms:
            choices.append([found.words[at : match.start]])
            typed = tuple(found.words[match.start : match.end])
            choices.append(list(dict.fromkeys([typed, *match.alternatives])))
            at = match.end
        choices.append([found.words[at:]])
        for chosen in product(*choices):
            words = [word for choice in chosen for word in choice]
            yield [(position, word) for position, word in enumerate(words) if word]

    def _words(self, text: str) -> TextWords:
        found = self._text_words.get(text)
        if found is None:
            words = text_words(_without_address(text))
            found = self._text_words[text] = TextWords(
                words, self._analysis.synonyms.matches(words)
            )
        return found

    # ── paths ─────────────────────────────────────────────────────────────────────────────────────

    def _in_path(self, raw: Raw, name: str) -> Query | None:
        match raw:
            case Match(_, text):
                pieces = self._pieces(name, text)
                return self._any_piece(name, pieces) if pieces else None
            case MatchPhrase(_, text, slop):
                pieces = self._pieces(name, text)
                return sequence(name, list(enumerate(pieces)), slop) if pieces else None
            case MatchWildcard(_, pattern):
                return self._path_wildcard(name, patterns.mapped(pattern, lower))
            case MatchFuzzy(_, text, edits):
                return Fuzzy(name, lower(text), edits) if edits else Term(name, lower(text))
            case MatchRange():
                return _range(raw, name, lower)
            case _:
                assert_never(raw)

    def _pieces(self, name: str, text: str) -> list[str]:
        """Components; of a file name its parts, where what has a separator is no part."""
        text = _without_address(text)
        if name.endswith(FILE_NAME):
            return [part for part in lower(text).split(".") if part]
        return components(text, self._analysis.separators)

    def _any_piece(self, name: str, pieces: list[str]) -> Query:
        """Any of the components; a path as it was typed comes before its mere components."""
        found: list[Query] = [Term(name, piece) for piece in dict.fromkeys(pieces)]
        if len(pieces) > 1 and not name.endswith(FILE_NAME):
            found.append(Phrase(name, tuple(enumerate(pieces))))
        return any_of(found)

    def _path_wildcard(self, name: str, pattern: Pattern) -> Query:
        """A pattern over each component that was typed."""
        pieces = patterns.split(pattern, self._analysis.separators)
        meant = [piece for piece in pieces if piece != (ANY,)] or pieces
        found = tuple(
            _wildcard(name, piece) if _has_mark(piece) else Term(name, str(piece[0]))
            for piece in meant
        )
        return found[0] if len(found) == 1 else Bool(must=found)

    # ── whole values ──────────────────────────────────────────────────────────────────────────────

    def _whole(self, raw: Raw, name: str, kind: FieldKind | None) -> Query:
        """Values that were indexed as they are. An undeclared field is such a one."""
        is_path = kind is FieldKind.PATH
        match raw:
            case Match(_, text) | MatchPhrase(_, text):
                if is_path:
                    return Term(name, self._without_last_separator(text))
                return Exact(name, (text,))
            case MatchWildcard(_, pattern):
                if pattern == (ANY,):
                    return Exists(name)
                return Wildcard(name, pattern) if is_path else ExactWildcard(name, pattern)
            case MatchFuzzy() | MatchRange() if kind is None:
                return Nothing()
            case MatchFuzzy(_, text, edits):
                return Fuzzy(name, text, edits) if edits else Term(name, text)
            case MatchRange():
                return _range(raw, name, str)
            case _:
                assert_never(raw)

    def _without_last_separator(self, path: str) -> str:
        return path.rstrip(self._analysis.separators) or path


def _without_address(text: str) -> str:
    """Without the scheme of an address, which is no part of a path or a title."""
    return _ADDRESS.sub("", text, count=1) if "://" in text else text


def synonym_group(name: str, match: Synonym) -> Query:
    """Any of single words that mean the same."""
    return SynonymGroup(name, tuple(word for (word,) in match.alternatives))


def sequence(name: str, words: Sequence[tuple[int, str]], slop: int = 0) -> Query:
    """Words with their positions in one field, as a phrase or as the one that they are."""
    first, word = words[0]
    if len(words) == 1:
        return Term(name, word)
    return Phrase(name, tuple((position - first, word) for position, word in words), slop)


def _wildcard(name: str, pattern: Pattern) -> Query:
    return Exists(name) if pattern == (ANY,) else Wildcard(name, pattern)


def _has_mark(pattern: Pattern) -> bool:
    return any(isinstance(part, Mark) for part in pattern)


def _fuzzy_words(name: str, text: str, edits: int) -> Query | None:
    """A word spelled nearly so, whether the index has it stemmed or not.

    Of a text that has several words, each; a short one is as typed, or it would be every word.
    """
    typed = lower(text)
    words = [word for word in text_words(text) if word]
    if not words:
        return None
    forms = [typed, words[0]] if len(words) == 1 else words

    def is_long(form: str) -> bool:
        return len(words) == 1 or len(form) > 2 * edits

    return any_of(
        Fuzzy(name, form, edits) if edits and is_long(form) else Term(name, form)
        for form in dict.fromkeys(forms)
    )


def _range(raw: MatchRange, name: str, change: Callable[[str], str]) -> Query:
    low, high = (None if end is None else change(end) for end in (raw.low, raw.high))
    if low is None and high is None:
        return Exists(name)
    return WordRange(name, low, high, raw.include_low, raw.include_high)
