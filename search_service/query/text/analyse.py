"""What was typed → words of the index, field by field, by what each field holds.

A word is looked for in every default field. Text without a word to search for, such as stop words
alone, vanishes: it requires nothing, and nothing but it finds nothing.
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
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.query.conditions import any_of
from search_service.query.ranking import Ranking
from search_service.query.text import compounds, parts, patterns
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
    Match,
    MatchFuzzy,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Nothing,
    Parsed,
    ParsedBool,
    ParsedBoost,
    Parts,
    Pattern,
    Phrase,
    Query,
    Raw,
    SynonymGroup,
    Term,
    Wildcard,
    WordRange,
)
from search_service.query.vocabulary import AnyWords, Vocabulary

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
    # A synonym of several words is also found by any one of them, as the peer does.
    loose_synonyms: bool = False
    facetable: frozenset[str] = frozenset(FACETABLE_BY_DEFAULT)
    # As people mean it: parts beside words, by these weights. None: as the peer does.
    people: Ranking | None = None


def analyse(
    parsed: Parsed,
    entity: Entity,
    analysis: Analysis,
    default_fields: Sequence[str] | None = None,
    known: Vocabulary | None = None,
) -> Query:
    """The tree of words over the entity's documents; ``Nothing`` when no word is left."""
    fields = entity.default_fields if default_fields is None else tuple(default_fields)
    return Analyst(entity, analysis, fields, known or AnyWords()).query(parsed)


@dataclass(frozen=True, slots=True)
class _Found:
    query: Query
    # Stop words are components of paths too, but nobody requires them there: `+the +scan`.
    can_be_required: bool = True


class _Words(NamedTuple):
    words: list[str]  # of the chain: a stop word is empty
    synonyms: list[Synonym]


class Analyst:
    """Analyses texts for one entity, and remembers what they have in common."""

    def __init__(
        self, entity: Entity, analysis: Analysis, fields: tuple[str, ...], vocabulary: Vocabulary
    ) -> None:
        self._entity = entity
        self._vocabulary = vocabulary
        self._parts = parts.Fields(entity, vocabulary)
        self._compounds = compounds.Compounds(entity, vocabulary)
        self._analysis = analysis
        self._fields = fields
        # The text fields of an entity have the same words: looked for once, not in each.
        self._known: dict[str, _Words] = {}

    def query(self, parsed: Parsed) -> Query:
        """The tree of words; ``Nothing`` when no word is left."""
        found = self._of(parsed)
        return Nothing() if found is None else found.query

    def _of(self, parsed: Parsed) -> _Found | None:
        """None: it vanishes."""
        match parsed:
            case Everything() | Nothing():
                return _Found(parsed)
            case ParsedBool():
                return self._group(parsed)
            case ParsedBoost(inner, factor):
                found = self._of(inner)
                if found is None:
                    return None
                return _Found(Boost(found.query, factor), found.can_be_required)
            case _:
                return self._in_fields(parsed)

    def _group(self, group: ParsedBool) -> _Found | None:
        must, should, must_not = (
            [found for part in parts if (found := self._of(part)) is not None]
            for parts in (group.must, group.should, group.must_not)
        )
        if not must and not should and not must_not:
            return None
        required = [found.query for found in must if found.can_be_required]
        optional = [found.query for found in must if not found.can_be_required]
        optional += [found.query for found in should]
        return _Found(
            Bool(tuple(required), tuple(optional), tuple(found.query for found in must_not)),
            any(found.can_be_required for found in [*must, *should]) or not (must or should),
        )

    def _in_fields(self, raw: Raw) -> _Found | None:
        if raw.field is not None:
            query = self._in_field(raw, raw.field)
            if query is not None and isinstance(raw, Match) and self._is_no_field(raw.field):
                query = any_of([query, self.query(MatchPhrase(None, f"{raw.field} {raw.text}"))])
            return None if query is None else _Found(query)
        by_field = {name: self._in_field(raw, name) for name in self._fields}
        queries = [query for query in by_field.values() if query is not None]
        if not queries:
            return None
        if self._analysis.people is not None and isinstance(raw, MatchWildcard):
            return _Found(parts.in_any_field(raw.pattern, queries))
        texts = [name for name in self._fields if self._kind(name) is FieldKind.TEXT]
        only_in_paths = bool(texts) and all(by_field[name] is None for name in texts)
        return _Found(any_of(queries), can_be_required=not only_in_paths)

    def _kind(self, name: str) -> FieldKind | None:
        declared = self._entity.by_name.get(name)
        return None if declared is None else declared.kind

    def _in_field(self, raw: Raw, name: str) -> Query | None:
        if name not in self._entity.by_name and lookup.kind_of(name) is not None:
            return self._in_field_of_others(raw)
        match self._kind(name):
            case FieldKind.TEXT if self._analysis.people is not None:
                return self._as_people_mean(raw, self._entity.by_name[name], self._analysis.people)
            case FieldKind.TEXT:
                return self._in_text(raw, name)
            case FieldKind.PATH if self._is_left_to_names(raw):
                return None
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

    # ── as people mean it ─────────────────────────────────────────────────────────────────────────

    def _as_people_mean(self, raw: Raw, field: Field, ranking: Ranking) -> Query | None:
        """As its words, or its parts beside them."""
        match raw:
            case MatchWildcard(_, pattern):
                return parts.wildcard(field, pattern)
            case MatchFuzzy(_, text, edits):
                words, beside = (
                    self._in_text(raw, field.name),
                    parts.nearly(self._entity, field, text, edits),
                )
                return beside if field.named and beside is not None else _either(words, beside)
            case MatchRange():
                return self._in_text(raw, field.name)
            case Match(_, text) | MatchPhrase(_, text):
                words = self._in_text(raw, field.name)
                if words is None and text.isalpha():
                    return None  # a stop word
                found = [] if words is None or self._is_nowhere(words) else [words]
                if words is not None and not isinstance(words, Term):
                    found += self._as_typed(field.name, text, ranking)
                if field.parts:
                    apart = self._parts.word if isinstance(raw, Match) else self._parts.phrase
                    found += apart(field.name, text, ranking)
                found += self._parts.synonym(field.name, text)
                found += parts.other_words(field.name, text)
                found += self._as_compound(field, text, ranking)
                return any_of(found) if found else Nothing()
            case _:
                assert_never(raw)

    def _as_typed(self, name: str, text: str, ranking: Ranking) -> Iterable[Query]:
        """The word itself before others that mean the same: `sulphur` before any `S`."""
        match [Term(name, word) for word in text_words(text) if word]:
            case [only] if not self._is_nowhere(only):
                yield Boost(only, ranking.part)
            case _:
                pass

    def _is_nowhere(self, query: Query) -> bool:
        """Whether no document can have it, so that it need not be looked for."""
        match query:
            case Term(name, word):
                return not self._vocabulary.document_frequency(self._entity.name, name, word)
            case _:
                return False

    def _as_compound(self, field: Field, text: str, ranking: Ranking) -> Iterable[Query]:
        # Two words are twice as rare as one, and still less than the word as it was typed.
        for found in self._compounds.in_two(field, text):
            yield Boost(found, ranking.joined / 2)
        if joined := compounds.in_one(text.split()):
            for word in filter(None, text_words(joined)):
                yield Boost(Term(field.name, word), ranking.joined)
            yield Boost(Parts(field.name, (joined,)), ranking.joined)

    def _is_no_field(self, name: str) -> bool:
        """Whether a colon may be one of a text, such as `Fe:Co`."""
        is_declared = name in self._entity.by_name or lookup.kind_of(name) is not None
        return self._analysis.people is not None and not is_declared

    def _is_left_to_names(self, raw: Raw) -> bool:
        """A pattern that begins with a mark is tried on names, which are the ends of paths."""
        return (
            self._analysis.people is not None
            and raw.field is None
            and isinstance(raw, MatchWildcard)
            and parts.begins_with_mark(raw.pattern)
        )

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
        meant = {at for match in found.synonyms for at in range(match.start, match.end)}
        queries: list[Query] = [
            Term(name, word) for at, word in enumerate(found.words) if word and at not in meant
        ]
        for match in found.synonyms:
            if match.is_of_single_words:
                queries.append(SynonymGroup(name, tuple(word for (word,) in match.alternatives)))
            elif self._analysis.loose_synonyms:
                queries += [Term(name, word) for said in match.alternatives for word in said]
            else:
                queries += [
                    Term(name, word) for word in found.words[match.start : match.end] if word
                ]
                queries += [
                    _sequence(name, list(enumerate(said)), 0) for said in match.alternatives
                ]
        # A word that several phrases have weighs as often, as it does with the peer.
        return any_of(queries if self._analysis.loose_synonyms else dict.fromkeys(queries))

    def _phrase(self, name: str, text: str, slop: int) -> Query | None:
        found = self._words(text)
        if not any(found.words):
            return None
        if self._analysis.loose_synonyms:
            ways = _ways_of_the_peer(self._as_the_peer_places(found))
        else:
            ways = _ways(found)
        sequences = (_sequence(name, way, slop) for way in islice(ways, MOST_PHRASES))
        return any_of(dict.fromkeys(sequences))

    def _as_the_peer_places(self, found: "_Words") -> list[tuple[str, int]]:
        """The words and their synonyms where its index has them, those that were typed first."""
        placed = self._analysis.synonyms.spread(found.words) if found.synonyms else None
        if placed is None:
            return [(word, at) for at, word in enumerate(found.words) if word]
        return sorted(placed, key=lambda token: (token[1], token[0] not in found.words))

    def _words(self, text: str) -> _Words:
        found = self._known.get(text)
        if found is None:
            words = text_words(_without_address(text))
            found = self._known[text] = _Words(words, self._analysis.synonyms.matches(words))
        return found

    # ── paths ─────────────────────────────────────────────────────────────────────────────────────

    def _in_path(self, raw: Raw, name: str) -> Query | None:
        match raw:
            case Match(_, text):
                pieces = self._pieces(name, text)
                if self._analysis.people is not None and name.endswith(FILE_NAME):
                    return _sequence(name, list(enumerate(pieces)), 0) if pieces else None
                return self._any_piece(name, pieces) if pieces else None
            case MatchPhrase(_, text, slop):
                pieces = self._pieces(name, text)
                return _sequence(name, list(enumerate(pieces)), slop) if pieces else None
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


def _either(*queries: Query | None) -> Query | None:
    found = [query for query in queries if query is not None]
    return any_of(found) if found else None


def _without_address(text: str) -> str:
    """Without the scheme of an address, which is no part of a path or a title."""
    return _ADDRESS.sub("", text, count=1) if "://" in text else text


def _ways(found: _Words) -> Iterable[list[tuple[int, str]]]:
    """The ways to say a phrase, words with their positions: as typed first."""
    parts: list[list[Sequence[str]]] = []
    at = 0
    for match in found.synonyms:
        parts.append([found.words[at : match.start]])
        typed = tuple(found.words[match.start : match.end])
        parts.append(list(dict.fromkeys([typed, *match.alternatives])))
        at = match.end
    parts.append([found.words[at:]])
    for chosen in product(*parts):
        said = [word for part in chosen for word in part]
        yield [(position, word) for position, word in enumerate(said) if word]


def _ways_of_the_peer(placed: Sequence[tuple[str, int]]) -> Iterable[list[tuple[int, str]]]:
    """One word of each place, whichever synonym it belongs to."""
    by_place: dict[int, dict[str, None]] = {}
    for word, place in placed:
        by_place.setdefault(place, {})[word] = None
    for chosen in product(*by_place.values()):
        yield list(zip(by_place, chosen, strict=True))


def _sequence(name: str, words: Sequence[tuple[int, str]], slop: int) -> Query:
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
