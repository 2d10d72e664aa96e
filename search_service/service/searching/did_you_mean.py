"""Suggests corrected spelling for a text that found little.

Candidates come from documents that the viewer may see, and are suggested as one of those writes
them. Words with digits are names of things, and are never corrected.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import assert_never

import orjson

from analyzers import text_words, words
from analyzers.chain import lower
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines.base import Reader
from search_service.errors import LimitExceeded, UnreadableText
from search_service.query.conditions import any_of
from search_service.query.parsed import (
    Match,
    MatchFuzzy,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Parsed,
    ParsedBool,
    ParsedBoost,
)
from search_service.query.simplify import simplify
from search_service.query.text.classify import syntax_or_words
from search_service.query.text.reading import Reading
from search_service.query.text.relevance.spelling import distance
from search_service.query.tree import Bool, Everything, Fuzzy, Nothing, Query, Term

FEW = 5  # hits: with fewer a correction is looked for
TIMES_AS_FREQUENT = 10  # as the typed word: what a candidate has to be
LOOKED_AT = 50  # documents that candidates are taken from, for each field
_COUNTED = 5  # candidates whose frequency is counted
_MOST_WORDS = 5  # of a text that are corrected
_SHORTEST, _LONG = 4, 8  # letters: shorter words are kept, longer ones may have two mistakes


def did_you_mean(
    reader: Reader,
    entity: Entity,
    text: str,
    visible: Query,
    with_text: Callable[[str], Query],
    hits: int,
    reading: Reading,
) -> str | None:
    """The text with corrected words, if it finds more than ``hits`` documents; else None.

    ``visible``: the documents that the viewer may see. ``with_text`` returns the query of the whole
    search with another text.
    """
    try:
        parsed = syntax_or_words(text, reading.limits)
    except (UnreadableText, LimitExceeded):
        return None
    corrected = text
    for typed in list(dict.fromkeys(_typed(parsed)))[:_MOST_WORDS]:
        better = _Correction(reader, entity, visible, reading).of(typed)
        if better is not None:
            whole_word = rf"(?<!\w){re.escape(typed.text)}(?!\w)"
            corrected = re.sub(whole_word, better, corrected)
    if corrected == text:
        return None
    found = reader.tally(entity.name, with_text(corrected), hits + 1)
    return corrected if found > hits else None


def _typed(parsed: Parsed) -> Iterator[Match]:
    """The words that hits should have, one by one: those that may be corrected."""
    match parsed:
        case Match(_, text):
            if len(text) >= _SHORTEST and words(text) == [text] and text.isalpha():
                yield parsed
        case ParsedBool(must, should, _):
            for part in (*must, *should):
                yield from _typed(part)
        case ParsedBoost(inner, _):
            yield from _typed(inner)
        case (
            MatchPhrase() | MatchWildcard() | MatchFuzzy() | MatchRange() | Everything() | Nothing()
        ):  # fmt: skip
            pass
        case _:
            assert_never(parsed)


class _Correction:
    """Corrects words of a text, in the documents of one entity that the viewer may see."""

    def __init__(self, reader: Reader, entity: Entity, visible: Query, reading: Reading) -> None:
        self._reader = reader
        self._entity = entity
        self._visible = visible
        self._reading = reading

    def of(self, typed: Match) -> str | None:
        """The nearest candidate that is frequent enough; of equally near ones the most frequent."""
        word = lower(typed.text)
        stem = next((found for found in text_words(word) if found), "")
        if not stem:
            return None
        as_typed = self._frequency(self._reading.analysed(typed, self._entity))
        edits = 2 if len(word) >= _LONG else 1
        near = sorted(self._candidates(typed, word, stem, edits).items(), key=lambda item: item[1])
        ranked = [
            (edited, -frequency, written)
            for (written, its_stem), (edited, _) in near[:_COUNTED]
            if (frequency := self._frequency(self._having(typed, its_stem)))
            >= max(1, TIMES_AS_FREQUENT * as_typed)
        ]
        return min(ranked)[2] if ranked else None

    def _candidates(
        self, typed: Match, word: str, stem: str, edits: int
    ) -> dict[tuple[str, str], tuple[int, int]]:
        """Words as written with their stems → their edit distance, and minus their occurrences."""
        distances: dict[tuple[str, str], int] = {}
        occurrences: Counter[tuple[str, str]] = Counter()
        for name in self._fields(typed):
            query = Bool(filter=(Fuzzy(name, stem, edits), self._visible))
            hits = self._reader.some(self._entity.name, simplify(query), LOOKED_AT)
            for source in self._reader.fetch(self._entity.name, hits).documents:
                for other in words(lower(str(orjson.loads(source).get(name, "")))):
                    edited = distance(word, other, edits)
                    stems = text_words(other)
                    if edited and other.isalpha() and len(stems) == 1 and stems[0]:
                        distances[other, stems[0]] = edited
                        occurrences[other, stems[0]] += 1
        return {word: (edited, -occurrences[word]) for word, edited in distances.items()}

    def _fields(self, typed: Match) -> list[str]:
        names = self._entity.default_fields if typed.field is None else (typed.field,)
        by_name = self._entity.by_name
        return [name for name in names if name in by_name and by_name[name].kind is FieldKind.TEXT]

    def _having(self, typed: Match, stem: str) -> Query:
        return any_of(Term(name, stem) for name in self._fields(typed))

    def _frequency(self, query: Query) -> int:
        visible = simplify(Bool(filter=(query, self._visible)))
        return self._reader.tally(self._entity.name, visible)
