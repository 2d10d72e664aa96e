"""What an index knows about its words, for readings that depend on it: compounds, long texts."""

from typing import Protocol


class Vocabulary(Protocol):
    """Over all documents of an entity that a search sees."""

    def count(self, entity: str) -> int:
        """How many documents there are."""
        ...

    def holding(self, entity: str, field: str, word: str) -> int:
        """How many documents hold a word of this field, at most."""
        ...

    def holding_part(self, entity: str, field: str, part: str) -> int:
        """How many documents hold a part of this field, at most."""
        ...


class NoWords:
    """A vocabulary that knows none: nothing depends on it then."""

    def count(self, entity: str) -> int:
        """None."""
        return 0

    def holding(self, entity: str, field: str, word: str) -> int:
        """None."""
        return 0

    def holding_part(self, entity: str, field: str, part: str) -> int:
        """None."""
        return 0
