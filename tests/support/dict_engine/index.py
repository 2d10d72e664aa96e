"""The words and parts of one entity's documents, with their positions."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analyzers import Synonyms, parts, text_words
from analyzers.paths import ancestors, components, file_name_parts
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.engines.base import Document

Postings = Mapping[int, Sequence[int]]
"""Documents that hold a word, with its positions."""

SATURATION, LENGTH = 1.2, 0.75  # BM25's k1 and b


class Words:
    """The words of one field."""

    def __init__(self) -> None:
        self.postings: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.lengths: dict[int, int] = {}  # places of a document that hold a word
        self.size = 0  # words of all documents

    def put(self, id_: int, words: Sequence[tuple[str, int]], besides: int = 0) -> None:
        """``besides``: words that stand on places of these."""
        for word, at in words:
            self.postings[word][id_].append(at)
        if words:
            # Words in the same place make a text no longer, but the average of all.
            self.lengths[id_] = len({at for _, at in words})
            self.size += len(words) + besides

    def of(self, word: str) -> Postings:
        """Empty for a word that no document holds."""
        return self.postings.get(word, {})

    def any_of(self, fits: Callable[[str], object]) -> set[int]:
        """Documents with a word that fits."""
        return {id_ for word, found in self.postings.items() if fits(word) for id_ in found}

    def idf(self, frequency: int) -> float:
        """The inverse document frequency among documents that have the field."""
        return inverse_document_frequency(len(self.lengths), frequency)

    def score(self, id_: int, weight: float, frequency: float) -> float:
        """BM25 of Lucene, with the exact length."""
        relative = self.lengths[id_] * len(self.lengths) / self.size
        return weight * frequency / (frequency + SATURATION * (1 - LENGTH + LENGTH * relative))


_NO_WORDS = Words()


def inverse_document_frequency(documents: int, frequency: int) -> float:
    """As Lucene has it; 0 where no document has the word."""
    if not frequency:
        return 0.0
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


@dataclass
class Index:
    """The documents of an entity; their words are taken apart when they are first asked for."""

    entity: Entity
    documents: Mapping[int, Document]
    synonyms: Synonyms
    separators: str

    def words(self, name: str) -> Words:
        """The words of a field, the synonyms of which are apart."""
        return self._words.get(name, _NO_WORDS)

    def synonyms_of(self, name: str) -> Words:
        """Single words that mean the same as one of the field."""
        return self._synonyms.get(name, _NO_WORDS)

    def parts(self, name: str) -> Words:
        """The parts of a text, see ``analyzers.parts``."""
        return self._parts.get(name, _NO_WORDS)

    def with_number(self, name: str, fits: Callable[[float], bool]) -> set[int]:
        """Documents with a number that fits."""
        declared = self.entity.by_name.get(name)
        if declared is None or not declared.kind.is_number:
            return set()
        if name == self.entity.id_field:
            return {id_ for id_ in self.documents if fits(id_)}
        return {id_ for id_, found in self.documents.items() if name in found and fits(found[name])}

    def with_text(self, name: str, fits: Callable[[str], object]) -> set[int]:
        """Documents with a text that fits as a whole."""
        return {
            id_
            for id_, document in self.documents.items()
            if isinstance(value := document.get(name), str) and fits(value)
        }

    @cached_property
    def _words(self) -> dict[str, Words]:
        words: dict[str, Words] = defaultdict(Words)
        for id_, name, value in self._texts():
            match self.entity.by_name.get(name):
                case Field(kind=FieldKind.TEXT):
                    placed, synonyms = self._analysed(value)
                    words[name].put(id_, placed, len(synonyms))
                case Field(kind=FieldKind.PATH):
                    words[name].put(id_, _placed(components(value, self.separators)))
                    file_name = file_name_parts(value, self.separators)
                    words[f"{name}.fileName"].put(id_, _placed(file_name))
                    words[f"{name}.exact"].put(id_, _placed(ancestors(value, self.separators)))
                case _:
                    words[name].put(id_, [(value, 0)])
        return dict(words)

    @cached_property
    def _synonyms(self) -> dict[str, Words]:
        found: dict[str, Words] = defaultdict(Words)
        for id_, name, value in self._texts():
            declared = self.entity.by_name.get(name)
            if declared is not None and declared.kind is FieldKind.TEXT:
                found[name].put(id_, _placed(self._analysed(value)[1]))
        return dict(found)

    @cached_property
    def _parts(self) -> dict[str, Words]:
        found: dict[str, Words] = defaultdict(Words)
        for id_, name, value in self._texts():
            declared = self.entity.by_name.get(name)
            if declared is None or not declared.parts:
                continue
            if declared.named or not parts.says_no_more(value):
                found[name].put(id_, _placed(parts.indexed(value, whole=declared.named)))
        return dict(found)

    def _texts(self) -> list[tuple[int, str, str]]:
        return [
            (id_, name, value)
            for id_, document in self.documents.items()
            for name, value in document.items()
            if isinstance(value, str)
        ]

    def _analysed(self, value: str) -> tuple[Sequence[tuple[str, int]], Sequence[str]]:
        """Words with their places, and synonyms."""
        words = text_words(value)
        return self.synonyms.indexed(words) or (_placed(words), ())


def _placed(words: Sequence[str]) -> list[tuple[str, int]]:
    """Words by their places; an empty one leaves its place free."""
    return [(word, at) for at, word in enumerate(words) if word]
