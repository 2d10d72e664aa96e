"""A text as people mean it → what finds it, in steps of how well it is met.

What is found at all is any of the words, as with the peer, their parts and compounds. What comes
first is decided by steps that are added to the score: the whole name, all of the words, the words
in their order. Not here: what a text is (``classify``), what a word is looked for by (``analyse``).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import ClassVar

from analyzers import parts as of_names
from analyzers.chain import text_words
from analyzers.dois import dois
from analyzers.paths import components
from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.model import Entity, FieldKind
from search_service.query.conditions import any_of
from search_service.query.limits import QueryLimits
from search_service.query.parsed import Match, MatchPhrase, Parsed
from search_service.query.text.analyse import FILE_NAME, WHOLE_PATH, Analysis, sequence
from search_service.query.text.classify import (
    Doi,
    Extension,
    PastedPath,
    PlainWords,
    TypedText,
    content_words,
    plain_words,
    read,
    syntax_or_words,
)
from search_service.query.text.reading import FullName
from search_service.query.text.relevance import parts
from search_service.query.text.relevance.compounds import as_one_word
from search_service.query.text.relevance.meanings import memory_of
from search_service.query.text.relevance.spelling import SimilarWords, edits_allowed
from search_service.query.text.relevance.weights import Relevance
from search_service.query.text.relevance.words import (
    WordsAndParts,
    document_frequencies,
    part_fields,
)
from search_service.query.tree import Bool, Boost, Constant, Nothing, Parts, Query, Term
from search_service.query.tree import Join as JoinQuery
from search_service.query.vocabulary import ANY_WORDS, Vocabulary

_MOST_IN_ORDER = 8
"""Words that are also looked for in their order; more are seldom remembered so."""

_LONGEST = 500
"""Characters of a word; no document has a longer one."""

_MOST_DIFFERENT = 2000
"""Words of a long text whose rarity is looked at: those of ten pages."""

_FEW = 2
"""Words of which a document has one or all: nothing is between."""

_MOST_LETTERS = 100
"""Letters of all words of a text that are looked for as they might be spelled: each takes 1 MB."""

_MOST_ALL = 12
"""Words that are also looked for all together."""

_FEWEST_NAMES = 2
"""Words of a full name that are also looked for all together."""


@dataclass(frozen=True)
class PeopleReading:
    """The ``Reading`` of a text as people mean it: by relevance, with parts beside words."""

    analysis: Analysis
    relevance: Relevance = field(default_factory=Relevance)
    limits: QueryLimits = field(default_factory=QueryLimits)
    rights_score: ClassVar[bool] = False

    def typed(self, text: str, entity: Entity) -> TypedText:
        """As ``Reading`` says."""
        return _EntityReading(self, entity, ANY_WORDS, None).typed(text)

    def query(
        self,
        text: str,
        entity: Entity,
        vocabulary: Vocabulary = ANY_WORDS,
        visible: Vocabulary | None = None,
    ) -> Query:
        """As ``Reading`` says."""
        vocabulary.expect(
            ("query", entity.name, text),
            lambda known: _EntityReading(self, entity, known, None).query(text),
        )
        return _EntityReading(self, entity, vocabulary, visible).query(text)

    def respelled(
        self, text: str, entity: Entity, vocabulary: Vocabulary, visible: Vocabulary | None = None
    ) -> Query | None:
        """As ``Reading`` says. A text with explicit syntax is meant as typed."""
        vocabulary.expect(
            ("respelled", entity.name, text),
            lambda known: _EntityReading(self, entity, known, None).respelled(text),
        )
        return _EntityReading(self, entity, vocabulary, visible).respelled(text)

    def full_name(
        self, typed: str, entity: Entity, field: str, vocabulary: Vocabulary = ANY_WORDS
    ) -> FullName:
        """By any of the words; who has all the names that were typed comes first."""
        parsed = syntax_or_words(typed, self.limits)
        names = [name for name in plain_words(parsed) if len(name.strip(".,")) > 1]
        words = [word for name in names for word in text_words(name)]  # 李小红 is three

        def read(known: Vocabulary) -> FullName:
            analyst = self.analyst(entity, known, (field,))
            any_name = analyst.query(parsed)
            if len(words) < _FEWEST_NAMES:
                return FullName(any_name)
            all_names = Bool(filter=tuple(analyst.query(MatchPhrase(None, name)) for name in names))
            return FullName(any_name, all_names, self.relevance.all_words)

        vocabulary.expect(("full name", entity.name, field, typed), read)
        return read(vocabulary)

    def analysed(
        self,
        parsed: Parsed,
        entity: Entity,
        fields: Sequence[str] | None = None,
        vocabulary: Vocabulary = ANY_WORDS,
    ) -> Query:
        """As ``Reading`` says."""
        return self.analyst(entity, vocabulary, fields).query(parsed)

    def analyst(
        self, entity: Entity, vocabulary: Vocabulary, fields: Sequence[str] | None = None
    ) -> WordsAndParts:
        """What analyses the texts of a search, and remembers what they have in common."""
        return WordsAndParts(entity, self.analysis, self.relevance, vocabulary, fields, self.limits)


class _EntityReading:
    """Reads the texts of one search among the documents of one entity."""

    def __init__(
        self,
        reading: PeopleReading,
        entity: Entity,
        vocabulary: Vocabulary,
        visible: Vocabulary | None,
    ) -> None:
        self._reading = reading
        self._entity = entity
        self._analysis = reading.analysis
        self._relevance = reading.relevance
        self._vocabulary = vocabulary
        self._visible = visible or vocabulary
        self._others = lookup.searched_beside(entity.name)
        self._part_fields = part_fields(entity)
        self._named = [field.name for field in entity.fields if field.named]
        self._paths = [field.name for field in entity.fields if field.kind is FieldKind.PATH]
        self._parts = parts.Fields(entity, vocabulary)
        self._analysts = {
            each.name: reading.analyst(each, vocabulary)
            for each in (entity, *(other for other, _ in self._others))
        }
        self._similar = SimilarWords(entity, self._analysed)
        self._memory = memory_of(vocabulary, entity.name)
        self._anywhere_known: dict[Match | MatchPhrase, Query] = {}

    def query(self, text: str) -> Query:
        """What the text finds. Raises BadRequest where it has no meaning."""
        return self._of(self.typed(text))

    def respelled(self, text: str) -> Query | None:
        """What it finds with other letters; None of a text with explicit syntax."""
        match self.typed(text):
            case PlainWords(words, is_long=False) | PastedPath(_, PlainWords(words, is_long=False)):
                return self._respelled(content_words(words))
            case _:
                return None

    def _among(self, vocabulary: Vocabulary) -> "_EntityReading":
        """The same reading of another vocabulary."""
        return _EntityReading(self._reading, self._entity, vocabulary, None)

    def typed(self, text: str) -> TypedText:
        """What it is taken for. Raises BadRequest."""
        return read(text, self._is_field, self._reading.limits)

    def _is_field(self, name: str) -> bool:
        return name in self._entity.by_name or lookup.kind_of(name) is not None

    def _of(self, typed: TypedText) -> Query:
        match typed:
            case Doi(doi):
                return self._doi(doi)
            case Extension(extension):
                return self._extension(extension)
            case PastedPath(path, other):
                return self._path(path.text, other)
            case PlainWords(words, is_long):
                return self._long(words) if is_long else self._words(words)
            case _:
                return Bool(should=(self._analysed(typed), *self._joined(typed)))

    def _analysed(self, parsed: Parsed, entity: Entity | None = None) -> Query:
        return self._analysts[(entity or self._entity).name].query(parsed)

    def _joined(self, parsed: Parsed) -> Iterable[Query]:
        """The text on samples, as far as the entity does not repeat them."""
        for other, join in self._others:
            found = self._analysed(parsed, other)
            if found != Nothing():
                yield JoinQuery(other.name, join.by, join.on, found, scored=True)

    # ── one thing ─────────────────────────────────────────────────────────────────────────────────

    def _doi(self, doi: str) -> Query:
        part = of_names.DOI + doi
        found: list[Query] = [
            Constant(Parts(name, (part,)), self._relevance.whole_name) for name in self._part_fields
        ]
        # Of a DOI that others continue: a part of a deposit, a version.
        beginning = of_names.readings(doi)[0]
        found += [Parts(f.name, tuple(beginning)) for f in self._entity.fields if f.is_doi]
        return any_of(found)

    def _extension(self, extension: str) -> Query:
        if not self._paths:
            return self._words((extension,))
        return any_of([*self._with_extension(extension), self._whole_name(extension)])

    def _with_extension(self, extension: str) -> list[Query]:
        ends = (of_names.EXTENSION + extension,)
        held = [self._parts.present(name, ends) for name in self._named]
        return [found for found in held if found is not None]

    def _path(self, path: str, other: PlainWords | Parsed | None) -> Query:
        separators = self._analysis.separators
        pieces = components(path, separators)
        if not self._paths:
            return self._words(tuple(pieces)) if other is None else self._of(other)
        found: list[Query] = []
        for name in self._paths:
            found += self._path_in(name, path, pieces)
        if other is not None:
            found.append(self._of(other))
        return any_of(found)

    def _path_in(self, name: str, path: str, pieces: Sequence[str]) -> Iterable[Query]:
        relevance = self._relevance
        if name.endswith(WHOLE_PATH):
            yield Constant(Term(name, path), relevance.in_order)
        elif not name.endswith(FILE_NAME):
            yield Constant(sequence(name, [*enumerate(pieces)]), relevance.whole_name)
            yield sequence(name, [*enumerate(pieces)])
            if len(pieces) > 1 and pieces[0].endswith(":"):  # another computer's drive
                yield sequence(name, [*enumerate(pieces[1:])])

    # ── words ─────────────────────────────────────────────────────────────────────────────────────

    def _words(self, words: Sequence[str]) -> Query:
        words = [word for word in words if len(word) <= _LONGEST]
        if not words:
            return Nothing()
        whole = self._whole_name(" ".join(words))
        content = content_words(words)
        if not content and (len(words) > 1 or not any(text_words(words[0]))):
            return whole
        content = content or list(words)
        joined = dict(self._joined_pairs(content))
        each = self._with_pairs([self._strictly(word) for word in content], joined)
        return Bool(
            should=(
                *map(self._loosely, [*content, *joined.values()]),
                *self._misspelled(content),
                *self._all_of(each),
                *(self._covering(content, each) if len(content) > _FEW else ()),
                *self._in_order(words),
                *self._with_doi(words),
                whole,
            )
        )

    def _joined_pairs(self, words: Sequence[str]) -> Iterable[tuple[int, str]]:
        """Neighbours that the index knows as one word, by the place of the first."""
        for at in range(len(words) - 1):
            joined = as_one_word(words[at : at + 2])
            if joined and self._occurs(joined):
                yield at, joined

    def _with_pairs(self, each: list[Query], joined: Mapping[int, str]) -> list[Query]:
        """Each word, or the word that it makes with its neighbour."""
        found = [*each]
        for at, word in joined.items():
            together = self._strictly(word)
            for place in (at, at + 1):
                found[place] = any_of([found[place], together])
        return found

    def _all_of(self, each: Sequence[Query]) -> Iterable[Query]:
        if 1 < len(each) <= _MOST_ALL:
            yield Constant(Bool(filter=tuple(each)), self._relevance.all_words)

    def _covering(self, words: Sequence[str], each: Sequence[Query]) -> Iterable[Query]:
        """For every word that is found the same everywhere: many rare ones before a frequent one.

        A word in a short title scores much more than one in a long summary, and so a document with
        one of ten words would come before one with six.
        """
        documents = self._vocabulary.count(self._entity.name)
        for word, query in zip(words, each, strict=True):
            if count := self._document_frequency(word):
                rarity = math.log(1 + documents / count)
                yield Constant(query, self._relevance.covering * rarity)

    def _with_doi(self, words: Sequence[str]) -> Iterable[Query]:
        """What a text names by its DOI."""
        parts_of_dois = [of_names.DOI + doi for word in words for doi in dois(word)]
        if parts_of_dois:
            named = any_of(
                Parts(name, (part,)) for part in parts_of_dois for name in self._part_fields
            )
            yield Constant(named, self._relevance.whole_name)

    def _misspelled(self, words: Sequence[str]) -> Iterable[Query]:
        """Of several words those that no document has, by similar words."""
        letters = 0
        if len(words) > 1 and len(words) <= _MOST_IN_ORDER:
            for word in words:
                edits = edits_allowed(word)
                if edits and not self._occurs(word) and not self._is_elsewhere(word):
                    letters += len(word)
                    if letters > _MOST_LETTERS:
                        return
                    yield Boost(self._similar.anywhere(word, edits), self._relevance.part)

    def _loosely(self, word: str) -> Query:
        """A word as it was typed, or a word of it: `hc-1234` finds every `hc` too."""
        return self._anywhere(Match(None, word))

    def _strictly(self, word: str) -> Query:
        """All of a word as it was typed."""
        is_one = word.isascii() and word.isalnum()
        return self._anywhere(Match(None, word) if is_one else MatchPhrase(None, word))

    def _anywhere(self, raw: Match | MatchPhrase) -> Query:
        """In any field, or in samples. The same word gives the same query, which costs once."""
        known = self._anywhere_known.get(raw)
        if known is None:
            key = type(raw).__name__, raw.text
            known = self._memory.query(
                key, lambda: any_of([self._analysed(raw), *self._joined(raw)])
            )
            self._anywhere_known[raw] = known
        return known

    def _in_order(self, words: Sequence[str]) -> Iterable[Query]:
        text = " ".join(words)
        if len(words) <= _MOST_IN_ORDER and (len(words) > 1 or not text.isalpha()):
            found = self._memory.query(
                ("in order", text), lambda: self._analysed(MatchPhrase(None, text))
            )
            yield Constant(found, self._relevance.in_order)
        if len(words) == 1 and self._paths and words[0].isalnum():
            yield from (
                Constant(query, self._relevance.in_order)
                for query in self._with_extension(words[0].lower())
            )

    def _whole_name(self, text: str) -> Query:
        return self._memory.query(("whole name", text), lambda: self._as_whole_name(text))

    def _as_whole_name(self, text: str) -> Query:
        held = [
            self._parts.present(name, (*reading, of_names.end(len(reading))))
            for reading in parts.readings(text)
            for name in self._named
        ]
        found = [whole for whole in held if whole is not None]
        return Constant(any_of(found), self._relevance.whole_name) if found else Nothing()

    def _long(self, words: Sequence[str]) -> Query:
        """By its rarest words, among those that the index knows; to a viewer by its longest."""
        content = content_words([word for word in words if len(word) <= _LONGEST])
        different = list(islice(dict.fromkeys(content), _MOST_DIFFERENT))
        is_of_all = self._visible is self._vocabulary
        chosen = self._rarest(different) if is_of_all else self._longest(different)
        if not chosen:
            return Nothing()
        self._vocabulary.expect(
            ("rare words", self._entity.name, *chosen),
            lambda known: self._among(known)._rare_words(chosen, words),
        )
        return self._rare_words(chosen, words)

    def _rare_words(self, chosen: Sequence[str], words: Sequence[str]) -> Query:
        return Bool(
            should=(
                *map(self._loosely, chosen),
                *self._covering(chosen, [self._strictly(word) for word in chosen]),
                *self._with_doi(words),
            )
        )

    def _rarest(self, words: Iterable[str]) -> list[str]:
        frequency = {word: self._document_frequency(word) for word in words}
        present = sorted((count, word) for word, count in frequency.items() if count)
        return [word for _, word in present[: self._relevance.most_words]]

    def _longest(self, words: Iterable[str]) -> list[str]:
        """Of words that the viewer may see: how frequent each is there would take long to count."""
        tried = sorted(words, key=lambda word: (-len(word), word))[: self._relevance.most_words * 4]
        return list(islice(filter(self._occurs, tried), self._relevance.most_words))

    def _document_frequency(self, word: str) -> int:
        """How many documents at most hold a word that was typed, in one way or another."""
        return self._memory.number(
            ("frequency", word),
            lambda: sum(document_frequencies(self._vocabulary, word, self._entity)),
        )

    def _occurs(self, word: str, entity: Entity | None = None) -> bool:
        """Whether a document that the viewer may see holds a word that was typed."""
        if self._visible is self._vocabulary and entity is None:
            return self._document_frequency(word) > 0
        return any(document_frequencies(self._visible, word, entity or self._entity))

    # ── similarly spelled ─────────────────────────────────────────────────────────────────────────

    def _respelled(self, words: Sequence[str]) -> Query | None:
        """None where no word can be misspelled."""
        edits = [0 if self._is_elsewhere(word) else edits_allowed(word) for word in words]
        if not any(edits):
            return None
        each = self._similar.each(words, edits)
        if len(each) == 1:
            return each[0]
        return Bool(should=(*each, Constant(Bool(filter=tuple(each)), self._relevance.all_words)))

    def _is_elsewhere(self, word: str) -> bool:
        """Whether documents of another entity have it: a dataset's name is no misspelled file."""
        return any(
            self._occurs(word, entity)
            for entity in ENTITIES
            if entity.searched and entity != self._entity
        )
