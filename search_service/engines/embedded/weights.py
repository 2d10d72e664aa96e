"""What a word weighs: BM25 as Lucene counts it, over all shards of an entity.

The engine weighs a word by its own shard, and by all documents of it. Lucene counts the documents
that have the field at all, which matters for a field that few have: the same word in a rare
description would weigh far less than one in a name. Both are corrected by a boost of the word.
"""

import math
from collections.abc import Sequence

import tantivy

from search_service.engines.embedded.schema import PRESENT

K1, B = 1.2, 0.75  # of BM25, in the engine as in Lucene


class Weights:
    """The boosts of one shard's words."""

    def __init__(self, shard: tantivy.Searcher, every: Sequence[tantivy.Searcher]) -> None:
        self._shard = shard
        self._every = every

    def boost(self, words: Sequence[tuple[str, str]]) -> float:
        """By what the engine's score of these (field, word) pairs of one field is multiplied."""
        here = sum(
            _rarity(self._shard.num_docs, self._shard.doc_freq(field, word))
            for field, word in words
        )
        if here <= 0:
            return 1.0
        field = words[0][0]
        present = self._present(field)
        everywhere = sum(
            _rarity(present, sum(searcher.doc_freq(*word) for searcher in self._every))
            for word in words
        )
        return everywhere / here * self._length_correction(field)

    def boost_of_twin(self, field: str, word: str, twins: Sequence[str]) -> float:
        """As ``boost``, for one of the words that mean the same: weighed as all of them together."""
        here = _rarity(self._shard.num_docs, self._shard.doc_freq(field, word))
        holding = sum(s.doc_freq(field, twin) for s in self._every for twin in twins)
        together = len(twins) * _rarity(self._present(field), holding)
        return together / here * self._length_correction(field) if here > 0 else 1.0

    def _present(self, field: str) -> int:
        return sum(searcher.doc_freq(PRESENT, field) for searcher in self._every)

    def _length_correction(self, field: str) -> float:
        """The engine's mean length of a field counts documents without it as empty ones.

        So every document that has the field seems long. The correction is right for one of mean
        length; a shorter one is put somewhat too high, a longer one too low.
        """
        present = self._shard.doc_freq(PRESENT, field) / max(1, self._shard.num_docs)
        if not present:
            return 1.0
        return (1 + K1 * (1 - B + B / present)) / (1 + K1)


def _rarity(documents: int, holding: int) -> float:
    return math.log(1 + max(0, documents - holding + 0.5) / (holding + 0.5))
