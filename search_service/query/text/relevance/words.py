"""A word, a phrase or a pattern in one field → its words, with its parts and compounds beside them.

Not here: texts as a whole, see ``query.text.matching``.
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from analyzers.chain import text_words
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, Field
from search_service.query.conditions import any_of
from search_service.query.limits import DEFAULTS, QueryLimits
from search_service.query.parsed import (
    Match,
    MatchFuzzy,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Raw,
)
from search_service.query.text.analyse import FILE_NAME, WHOLE_PATH, Analysis, Analyst, sequence
from search_service.query.text.relevance import compounds, parts, spelling
from search_service.query.text.relevance.weights import Relevance
from search_service.query.tree import Boost, Nothing, Parts, Query, Term, alternatives
from search_service.query.vocabulary import Vocabulary


class WordsAndParts(Analyst):
    """Analyses texts for one entity: parts beside words, as far as the vocabulary has them."""

    def __init__(
        self,
        entity: Entity,
        analysis: Analysis,
        relevance: Relevance,
        vocabulary: Vocabulary,
        fields: Sequence[str] | None = None,
        limits: QueryLimits = DEFAULTS,
    ) -> None:
        super().__init__(entity, analysis, fields, limits)
        self._relevance = relevance
        self._vocabulary = vocabulary
        self._parts = parts.Fields(entity, vocabulary)
        self._compounds = compounds.Compounds(entity, vocabulary)

    def _in_named_field(self, raw: Raw, name: str) -> Query | None:
        """A colon may be one of a text, such as `Fe:Co`."""
        query = super()._in_named_field(raw, name)
        is_declared = name in self._entity.by_name or lookup.kind_of(name) is not None
        if query is None or is_declared or not isinstance(raw, Match):
            return query
        return any_of([query, self.query(MatchPhrase(None, f"{name} {raw.text}"))])

    def _in_any_field(self, raw: Raw, queries: Sequence[Query]) -> Query:
        if isinstance(raw, MatchWildcard):
            return parts.in_any_field(raw.pattern, queries)
        return super()._in_any_field(raw, queries)

    def _in_path(self, raw: Raw, name: str) -> Query | None:
        match raw:
            case Match(_, text) if name.endswith(FILE_NAME):
                pieces = self._pieces(name, text)
                return sequence(name, list(enumerate(pieces)), 0) if pieces else None
            # It is tried on names, which are the ends of paths.
            case MatchWildcard(None, pattern) if parts.begins_with_mark(pattern):
                return None
            case _:
                return super()._in_path(raw, name)

    def _in_text(self, raw: Raw, name: str) -> Query | None:
        field = self._entity.by_name[name]
        if isinstance(raw, MatchWildcard):
            return parts.wildcard(field, raw.pattern)
        words = super()._in_text(raw, name)
        match raw:
            case MatchFuzzy(_, text, edits):
                return self._spelled_nearly(field, text, edits, words)
            case MatchRange():
                return words
            case Match(_, text) | MatchPhrase(_, text):
                if words is None and text.isalpha():
                    return None  # a stop word
                found = [*self._as_words(name, text, words), *self._beside(raw, field, text)]
                return any_of(found) if found else Nothing()
            case _:
                assert_never(raw)

    def _spelled_nearly(
        self, field: Field, text: str, edits: int, words: Query | None
    ) -> Query | None:
        """``words``: as they are analysed. A part that is spelled as it was typed comes first."""
        beside = spelling.similar(self._entity, field, text, edits)
        if beside is None or words is None:
            return beside or words
        found = [] if field.named else [*alternatives(words)]
        found += alternatives(beside)
        if field.parts:
            found.append(spelling.as_typed(field, text))
        return any_of(dict.fromkeys(found))

    def _as_words(self, name: str, text: str, words: Query | None) -> list[Query]:
        """``words`` as they are analysed; `sulphur` itself comes before any `S`."""
        if words is None or self._is_nowhere(words):
            return []
        if not isinstance(words, Term):
            match [Term(name, word) for word in text_words(text) if word]:
                case [only] if not self._is_nowhere(only):
                    return [words, Boost(only, self._relevance.part)]
        return [words]

    def _is_nowhere(self, query: Query) -> bool:
        """Whether it is a word that no document can have, so that it need not be looked for."""
        return isinstance(query, Term) and not self._vocabulary.document_frequency(
            self._entity.name, query.field, query.word
        )

    def _beside(self, raw: Match | MatchPhrase, field: Field, text: str) -> list[Query]:
        """The parts of a text, and other ways to write it."""
        found: list[Query] = []
        if field.parts:
            apart = self._parts.word if isinstance(raw, Match) else self._parts.phrase
            found += apart(field.name, text, self._relevance)
        found += self._parts.synonym(field.name, text)
        found += parts.other_words(field.name, text)
        found += self._as_compound(field, text)
        return found

    def _as_compound(self, field: Field, text: str) -> Iterable[Query]:
        weight = self._relevance.joined
        # Two words are twice as rare as one, and still less than the word as it was typed.
        for found in self._compounds.as_two_words(field, text):
            yield Boost(found, weight / 2)
        if joined := compounds.as_one_word(text.split()):
            for word in filter(None, text_words(joined)):
                yield Boost(Term(field.name, word), weight)
            yield Boost(Parts(field.name, (joined,)), weight)


def document_frequencies(vocabulary: Vocabulary, word: str, entity: Entity) -> Iterable[int]:
    """How many documents of an entity have a typed word, by field: as a word, and by its parts."""
    stems = [stem for stem in text_words(word) if stem]
    for name in entity.default_fields:
        if not name.endswith(WHOLE_PATH):
            yield from (vocabulary.document_frequency(entity.name, name, stem) for stem in stems)
    for name in part_fields(entity):
        for reading in parts.readings(word):
            yield min(
                vocabulary.part_document_frequency(entity.name, name, part) for part in reading
            )


def part_fields(entity: Entity) -> list[str]:
    """The fields that are searched by parts where a text names none."""
    return [field.name for field in entity.fields if field.parts and field.default]
