"""Words, phrases and parts as compiled for a slice, remembered until its entity changes.

What a word weighs takes some ten look-ups in each slice, and a text of three words asks for a
hundred: every page of every search that has one of the words would compile it again.
"""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

import tantivy

from search_service.engines.embedded.search.slice import Slice
from search_service.query.tree import Parts, Phrase, SynonymGroup, SynonymTerm, Term

MOST = 40_000  # of all slices together; each takes some 500 bytes

WEIGHED = (Term, Phrase, Parts, SynonymGroup, SynonymTerm)
"""Leaves that depend on the words of all slices, and on nothing else."""

Weighed = Term | Phrase | Parts | SynonymGroup | SynonymTerm
OfSlice = dict[Weighed, tantivy.Query]


class KnownWords:
    """The queries of words, by slice."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: WeakKeyDictionary[Slice, tuple[Hashable, OfSlice]] = WeakKeyDictionary()

    def of(self, slice_: Slice, stamp: Hashable) -> OfSlice:
        """What is known of a slice, to be added to; ``stamp`` is that of its entity."""
        known = self._known.get(slice_)
        if known is None or known[0] != stamp or len(known[1]) > self._most // len(self._known):
            known = self._known[slice_] = stamp, {}
        return known[1]
