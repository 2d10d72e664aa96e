"""Which places of a document's values a query found.

The values go through the same analysis as documents and queries do, so what is marked is what was
found: a word of the same stem, a synonym, a component of a path. Not here: what is found in
documents that join to this one, and how much of a long value is shown, see
``service.searching.highlight``.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from analyzers import Match, components, text_words, words
from analyzers.chain import lower
from search_service.catalogue.model import Entity, FieldKind
from search_service.query.highlight.part_spans import Span, WantedParts
from search_service.query.highlight.wildcards import Wildcards
from search_service.query.text.analyse import FILE_NAME, WHOLE_PATH, Analysis
from search_service.query.text.relevance.spelling import distance
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
)

LONGEST = 100_000
"""Characters of a value that are looked at: documents may have values of any length."""


class _Token(NamedTuple):
    """A word as an index has it, and where it stands in the value."""

    word: str
    place: int
    start: int
    end: int


@dataclass(slots=True)
class _Wanted:
    """What a query looks for in one field."""

    words: set[str] = field(default_factory=set)
    phrases: list[Phrase] = field(default_factory=list)
    patterns: list[Wildcards] = field(default_factory=list)
    nearly: list[Fuzzy] = field(default_factory=list)
    ranges: list[WordRange] = field(default_factory=list)
    among_parts: WantedParts = field(default_factory=WantedParts)
    known: dict[str, bool] = field(default_factory=dict)  # words that were asked for already

    def fits(self, word: str) -> bool:
        """Whether a word alone is looked for."""
        known = self.known.get(word)
        if known is None:
            known = self.known[word] = self._fits(word)
        return known

    def has_phrase_of(self, there: Collection[str]) -> bool:
        """Whether all words of a phrase are among these."""
        return any(all(word in there for _, word in phrase.words) for phrase in self.phrases)

    def _fits(self, word: str) -> bool:
        return bool(word) and (
            word in self.words
            or any(pattern.fits(word) for pattern in self.patterns)
            or any(distance(word, fuzzy.word, fuzzy.edits) is not None for fuzzy in self.nearly)
            or any(_is_between(word, range_) for range_ in self.ranges)
        )


class Marker:
    """Marks what one query found in documents of an entity."""

    def __init__(self, query: Query, entity: Entity, analysis: Analysis) -> None:
        self._entity = entity
        self._analysis = analysis
        self._wanted: dict[str, _Wanted] = {}
        self._collect(query)

    def marks(self, document: dict[str, object]) -> dict[str, list[Span]]:
        """The places by field, ascending and apart; only of fields in which something was found."""
        found: dict[str, list[Span]] = {}
        for name, wanted in self._wanted.items():
            declared = self._entity.by_name.get(name)
            if declared is None:
                continue
            stored = _stored(name, declared.kind)
            value = document.get(stored)
            if isinstance(value, str):
                spans = list(self._in_value(name, declared.kind, value[:LONGEST], wanted))
                if spans:
                    found.setdefault(stored, []).extend(spans)
        return {name: _merged(spans) for name, spans in found.items()}

    def _collect(self, query: Query) -> None:
        match query:
            case Bool(must, should, _, _):
                for part in (*must, *should):
                    self._collect(part)
            case Boost(inner, _) | Constant(inner, _):
                self._collect(inner)
            case Parts(name, parts):
                self._of(name).among_parts.parts.add(parts)
            case PartWildcard(names, pattern):
                for name in names:
                    self._of(name).among_parts.patterns.append((Wildcards(pattern),))
            case PartPatterns(name, patterns):
                in_order = tuple(Wildcards(pattern) for pattern, _ in patterns)
                self._of(name).among_parts.patterns.append(in_order)
            case PartFuzzy(name, part, edits):
                self._of(name).among_parts.nearly.append((part, edits))
            case Term(name, word) | SynonymTerm(name, word):
                self._of(name).words.add(word)
            case SynonymGroup(name, words):
                self._of(name).words.update(words)
            case Phrase(name):
                self._of(name).phrases.append(query)
            case Wildcard(name, pattern):
                self._of(name).patterns.append(Wildcards(pattern))
            case Fuzzy(name):
                self._of(name).nearly.append(query)
            case WordRange(name):
                self._of(name).ranges.append(query)
            case (
                Everything() | Nothing() | Join() | Exact() | ExactWildcard() | NumberRange()
                | Numbers() | Exists()
            ):  # fmt: skip
                pass
            case _:
                assert_never(query)

    def _of(self, name: str) -> _Wanted:
        return self._wanted.setdefault(name, _Wanted())

    def _in_value(self, name: str, kind: FieldKind, value: str, wanted: _Wanted) -> Iterator[Span]:
        if name.endswith(WHOLE_PATH) and kind is FieldKind.PATH:
            yield from ((0, len(word)) for word in wanted.words if word and value.startswith(word))
            return
        by_word: dict[str, list[_Token]] = {}
        for token in self._tokens(name, kind, value, wanted):
            by_word.setdefault(token.word, []).append(token)
        for word, tokens in by_word.items():
            if wanted.fits(word):
                yield from ((token.start, token.end) for token in tokens)
        for phrase in wanted.phrases:
            if all(word in by_word for _, word in phrase.words):
                yield from _of_phrase(phrase, by_word)
        if wanted.among_parts:
            yield from wanted.among_parts.spans(value)

    def _tokens(self, name: str, kind: FieldKind, value: str, wanted: _Wanted) -> Iterable[_Token]:
        if kind is FieldKind.TEXT:
            return self._text_tokens(value, wanted)
        if kind is FieldKind.PATH:
            separators = self._analysis.separators
            pieces = components(value, separators)
            if name.endswith(FILE_NAME):
                start = 1 + max(map(value.rfind, separators))
                return list(_placed(lower(value)[start:].split("."), lower(value), start))
            return list(_placed(pieces, lower(value)))
        return []

    def _text_tokens(self, value: str, wanted: _Wanted) -> Iterable[_Token]:
        """None where nothing is found: where words stand takes as long to tell as which there are.

        That is most fields of most documents.
        """
        stems = text_words(value)
        matches = self._analysis.synonyms.matches(stems)
        there = {
            *stems,
            *(word for match in matches for said in match.alternatives for word in said),
        }
        if not any(map(wanted.fits, there)) and not wanted.has_phrase_of(there):
            return ()
        low = lower(value)
        spans = [(token.start, token.end) for token in _placed(words(low), low)]
        if not matches:
            return (_Token(stem, at, *spans[at]) for at, stem in enumerate(stems) if stem)
        return _with_synonyms(stems, spans, matches)


def _with_synonyms(
    stems: Sequence[str], spans: Sequence[Span], matches: Sequence[Match]
) -> Iterator[_Token]:
    """Words in the places that they have in an index.

    One that the text does not have itself stands where all of it stands that means the same.
    """
    starts = {match.start: match for match in matches}
    at = place = gap = 0
    while at < len(stems):
        if match := starts.get(at):
            whole = spans[at][0], spans[match.end - 1][1]
            own = {stems[own_at]: spans[own_at] for own_at in range(at, match.end)}
            free = place + 1
            for first, *others in match.alternatives:
                yield _Token(first, place, *own.get(first, whole))
                for word in others:
                    yield _Token(word, free, *own.get(word, whole))
                    free += 1
            at, place, gap = match.end, free, 0
        elif stems[at]:
            yield _Token(stems[at], place + gap, *spans[at])
            at, place, gap = at + 1, place + gap + 1, 0
        else:
            at, gap = at + 1, gap + 1


def _placed(pieces: Iterable[str], value: str, start: int = 0) -> Iterator[_Token]:
    """Pieces of a value, each where it stands."""
    for place, piece in enumerate(pieces):
        start = value.index(piece, start)
        yield _Token(piece, place, start, start + len(piece))
        start += len(piece)


def _of_phrase(phrase: Phrase, by_word: Mapping[str, Sequence[_Token]]) -> Iterator[Span]:
    """All the words of a phrase wherever they stand in their order."""
    offset, first = phrase.words[0]
    others = [
        (at - offset, sorted(by_word.get(word, ()), key=_place_of)) for at, word in phrase.words[1:]
    ]
    upto = [0] * len(others)  # of each, the first token that was not given yet
    for begin in sorted(by_word.get(first, ()), key=_place_of):
        near = [_near(tokens, begin.place + shift, phrase.slop) for shift, tokens in others]
        if all(low < high for low, high in near):
            yield begin.start, begin.end
            for n, ((_, tokens), (low, high)) in enumerate(zip(others, near, strict=True)):
                yield from ((each.start, each.end) for each in tokens[max(low, upto[n]) : high])
                upto[n] = max(high, upto[n])


def _near(tokens: Sequence[_Token], place: int, slop: int) -> tuple[int, int]:
    """Which of the tokens, which are in order, have places so near: first, and first beyond."""
    low = bisect_left(tokens, place - slop, key=_place_of)
    return low, bisect_right(tokens, place + slop, low, key=_place_of)


def _place_of(token: _Token) -> int:
    return token.place


def _stored(name: str, kind: FieldKind) -> str:
    """The field of the document that a field of words is made of."""
    return name.partition(".")[0] if kind is FieldKind.PATH else name


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _is_between(word: str, between: WordRange) -> bool:
    key = word.encode()
    if between.low is not None:
        low = between.low.encode()
        if key < low or (key == low and not between.include_low):
            return False
    if between.high is not None:
        high = between.high.encode()
        if key > high or (key == high and not between.include_high):
            return False
    return True
