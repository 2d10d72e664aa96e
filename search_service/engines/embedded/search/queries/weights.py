"""What a word weighs: BM25 as Lucene counts it, over all slices of an entity.

The engine weighs a word by its own slice, and by all documents of it. Lucene counts the documents
that have the field at all, which matters for a field that few have: the same word in a rare
description would weigh far less than one in a name. Both are corrected by a boost of the word.
"""

import math
from collections.abc import Mapping, Sequence
from ctypes import c_float
from threading import Lock

from search_service.engines.embedded.search.queries.near_words import near_words
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.near_words import NearWords
from search_service.engines.rarity import inverse_document_frequency

K1, B = 1.2, 0.75  # of BM25, in the engine as in Lucene


class Statistics:
    """What is counted over all slices of an entity, once for a query."""

    def __init__(self, every: Sequence[Slice]) -> None:
        self._every = every
        self._present: dict[str, int] = {}
        self._lengths: dict[str, float] = {}
        self._frequencies: dict[tuple[str, str], int] = {}
        self._near: dict[tuple[str, str], NearWords] = {}
        self._looking_up = Lock()

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return sum(slice_.documents for slice_ in self._every)

    def present(self, field: str) -> int:
        """How many documents have a word in this field."""
        known = self._present.get(field)
        if known is None:
            known = sum(slice_.present(field) for slice_ in self._every)
            self._present[field] = known
        return known

    def length(self, field: str) -> float:
        """The number of words in a field of all documents."""
        known = self._lengths.get(field)
        if known is None:
            known = sum(slice_.mean_length(field) * slice_.weighed for slice_ in self._every)
            self._lengths[field] = known
        return known

    def document_frequency(self, engine_field: str, word: str) -> int:
        """How many documents hold a word."""
        known = self._frequencies.get((engine_field, word))
        if known is None:
            known = sum(slice_.document_frequency(engine_field, word) for slice_ in self._every)
            self._frequencies[engine_field, word] = known
        return known

    def near_words(self, engine_field: str, word: str) -> NearWords:
        """A word and those one edit away."""
        with self._looking_up:  # several slices are searched at once, and one may wait for another
            known = self._near.get((engine_field, word))
            if known is None:
                known = self._near[engine_field, word] = near_words(self._every, engine_field, word)
            return known

    def inverse_document_frequency(self, field: str, words: Sequence[str]) -> float:
        """Of words that count as one."""
        frequency = sum(self.document_frequency(field, word) for word in words)
        return inverse_document_frequency(self.present(field), frequency)


class Weights:
    """The boosts of one slice's words."""

    def __init__(self, slice_: Slice, every: Statistics) -> None:
        self._slice = slice_
        self._every = every

    def boost(self, field: str, words: Sequence[str]) -> float:
        """By what the engine's score of these words of a field is multiplied."""
        here = sum(self._idf_here(field, word) for word in words)
        if here <= 0:
            return 1.0
        everywhere = sum(self._every.inverse_document_frequency(field, [word]) for word in words)
        return everywhere / here * self._length_correction(field)

    def boost_of_synonym(self, field: str, word: str, synonyms: Sequence[str]) -> float:
        """As ``boost``, for one of the words that mean the same: all weigh as one."""
        here = self._idf_here(field, word)
        if here <= 0:
            return 1.0
        everywhere = self._every.inverse_document_frequency(field, synonyms)
        return len(synonyms) * everywhere / here * self._length_correction(field)

    def boosts_of_near(self, field: str, word: str) -> Mapping[str, float]:
        """As ``boost``, for a word and each of those one edit away that the slice has."""
        near = self._every.near_words(field, word)
        if not near.words:
            return {}
        everywhere = inverse_document_frequency(self._every.present(field), near.frequency)
        everywhere *= self._length_correction(field)
        here = {each.word: self._idf_here(field, each.word) for each in near.words}
        return {
            each.word: everywhere / here[each.word] * each.similarity
            for each in near.words
            if here[each.word] > 0
        }

    def most(self, field: str, words: Sequence[str]) -> float:
        """What these words of a field score at most, one after the other, in the engine."""
        if not all(self._slice.document_frequency(field, word) for word in words):
            return 0.0
        here = sum(self._idf_here(field, word) for word in words)
        # However often a text says a word, it is as long as that. The engine keeps lengths over 40
        # rounded down, by an eighth at most.
        saturation = 1 / (1 + 7 / 8 * K1 * B / max(self._slice.mean_length(field), 1e-9))
        return here * (1 + K1) * saturation * self.boost(field, words)

    def of_terms(self, engine_field: str, terms: Sequence[str]) -> float:
        """What terms score whose field has no length: as the rarest of them in a mean document."""
        fewest = min(self._every.document_frequency(engine_field, term) for term in terms)
        return inverse_document_frequency(self._every.documents, fewest)

    def _idf_here(self, field: str, word: str) -> float:
        """The inverse document frequency as the engine has it; 0 where the slice lacks the word."""
        frequency = self._slice.document_frequency(field, word)
        return _engine_idf(self._slice.weighed, frequency) if frequency else 0.0

    def _length_correction(self, field: str) -> float:
        """What the engine's mean length of a field does to a document of mean length, undone.

        It is that of the slice, and counts documents without the field as empty ones, so those
        that have it seem long. A shorter document is put somewhat too high, a longer one too low.
        """
        present = self._every.present(field)
        here = self._slice.mean_length(field) if present else 0.0
        if not here:
            return 1.0
        length = self._every.length(field)
        return (1 - B + B * length / present / here) * K1 / (1 + K1) + 1 / (1 + K1)


def _engine_idf(documents: float, frequency: int) -> float:
    """In the engine's single precision: where a word is everywhere it is far from exact."""
    ratio = _single(_single(max(0, documents - frequency) + 0.5) / _single(frequency + 0.5))
    return _single(math.log(_single(1 + ratio)))


def _single(number: float) -> float:
    return c_float(number).value
