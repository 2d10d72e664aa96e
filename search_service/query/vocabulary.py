"""What an index knows about its words, for readings that depend on it: compounds, long texts.

Two of them stand behind a reading. One is of all documents: it leaves out what no document has, and
weighs words. The other is of the documents that the viewer may see: how a text is read (spelling,
words written as one, the words of a long text) shows in what is found, and so it may depend on
nothing else.
"""

from collections.abc import Callable, Hashable
from typing import Protocol


class Vocabulary(Protocol):
    """Over documents of an entity."""

    def expect(self, reading: Hashable, ask: "Ask") -> None:
        """Take notice of what is asked next, so as to look it up at once.

        ``ask`` asks any vocabulary what ``reading`` asks this one; the same reading always asks the
        same. It is for an index that is not in this process; any other does nothing.
        """
        ...

    def count(self, entity: str) -> int:
        """How many documents there are."""
        ...

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """The document frequency of a word of this field; documents that are gone may count too."""
        ...

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """The document frequency of a part of this field (see ``analyzers.parts``), as above."""
        ...

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """Whether some document may have a synonym of the word in this field."""
        ...


Ask = Callable[[Vocabulary], object]


class AnyWords:
    """A vocabulary where each word may be in one document: nothing is left out for its sake."""

    def expect(self, reading: Hashable, ask: Ask) -> None:
        """Nothing is looked up."""

    def count(self, entity: str) -> int:
        """1."""
        return 1

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """1."""
        return 1

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """1."""
        return 1

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """Always."""
        return True


ANY_WORDS = AnyWords()
