"""What an index knows about its words, for readings that depend on it: compounds, long texts.

Two of them stand behind a reading. One is of all documents: it leaves out what no document has, and
weighs words. The other is of the documents that the viewer may see: how a text is read (spelling,
words written as one, the words of a long text) shows in what is found, and so it may depend on
nothing else.
"""

from typing import Protocol


class Vocabulary(Protocol):
    """Over documents of an entity."""

    def count(self, entity: str) -> int:
        """How many documents there are."""
        ...

    def holding(self, entity: str, field: str, word: str) -> int:
        """How many documents hold a word of this field, at most."""
        ...

    def holding_part(self, entity: str, field: str, part: str) -> int:
        """How many documents hold a part of this field, at most."""
        ...

    def has_twin(self, entity: str, field: str, word: str) -> bool:
        """Whether some document may have a word of this field in another spelling."""
        ...


class AnyWords:
    """A vocabulary where each word may be in one document: nothing is left out for its sake."""

    def count(self, entity: str) -> int:
        """One."""
        return 1

    def holding(self, entity: str, field: str, word: str) -> int:
        """In the one."""
        return 1

    def holding_part(self, entity: str, field: str, part: str) -> int:
        """In the one."""
        return 1

    def has_twin(self, entity: str, field: str, word: str) -> bool:
        """It may."""
        return True
