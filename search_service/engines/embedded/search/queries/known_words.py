"""Words, phrases and parts as compiled for a slice, remembered until its entity changes.

What a word weighs takes some ten look-ups in each slice, and a text of three words asks for a
hundred, one word with ``~`` for some hundred: every page of every search that has one of the words
would compile it again.
"""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

import tantivy

from search_service.engines.embedded.search.slice import Slice
from search_service.engines.near_words import MOST as MOST_NEAR
from search_service.query.tree import Fuzzy, Parts, Phrase, SynonymGroup, SynonymTerm, Term
from search_service.query.weight import weight

MOST = 20 << 20  # bytes, of all slices together; a word takes some 500
_OF_A_WORD = 300  # bytes as compiled, beside what it is compiled of

WEIGHED = (Term, Phrase, Parts, SynonymGroup, SynonymTerm, Fuzzy)
"""Leaves that depend on the words of all slices, and on nothing else, where they are scored."""

Weighed = Term | Phrase | Parts | SynonymGroup | SynonymTerm | Fuzzy


class OfSlice(dict[Weighed, tantivy.Query]):
    """Words as compiled for one slice, and how many bytes they take."""

    size = 0

    def add(self, word: Weighed, compiled: tantivy.Query) -> None:
        """Remember one."""
        self[word] = compiled
        # A phrase of callers' words may be of any length, and is compiled to about as much.
        words = MOST_NEAR if isinstance(word, Fuzzy) else 1
        self.size += _OF_A_WORD * words + 2 * weight(word)


class KnownWords:
    """The queries of words, by slice."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: WeakKeyDictionary[Slice, tuple[Hashable, OfSlice]] = WeakKeyDictionary()

    def of(self, slice_: Slice, stamp: Hashable) -> OfSlice:
        """What is known of a slice, to be added to; ``stamp`` is that of its entity."""
        known = self._known.get(slice_)
        if known is None or known[0] != stamp or known[1].size > self._most // len(self._known):
            known = self._known[slice_] = stamp, OfSlice()
        return known[1]
