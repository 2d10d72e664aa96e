"""How engines want the documents that they index, where they differ.

Not here: what all have alike, see ``encode`` and ``fields``.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from search_service.catalogue.model import Entity

Words = str | dict[str, object]
"""Words in their places: joined by blanks, or in a form that is the engine's own. Empty: none."""

Placed = list[tuple[str, int]]
"""Words with positions, ascending."""


class Format(Protocol):
    """What an engine makes of values, and of a document that is put together.

    ``surely_short``: characters of a value whose words are all shorter than a term may be.
    ``before_stored``, ``behind_stored``: what stands around a stored document in a line.
    """

    surely_short: int
    before_stored: bytes
    behind_stored: bytes

    @property
    def counted_words(self) -> Callable[[Words], list[str]] | None:
        """Gives the different ones of words in their places, to be counted by their beginnings.

        None: the engine needs no field for that.
        """
        ...

    def term_of(self, value: str, /) -> str:
        """The term that a whole value is found by: nearly always the value."""
        ...

    def as_term(self, word: str, /) -> str:
        """A word that may hold white space, as it stands among others."""
        ...

    def sort_key(self, value: str, /) -> str:
        """What a string is sorted by."""
        ...

    def number(self, value: float, /) -> object:
        """A double, for ``orjson``."""
        ...

    def stacked(self, placed: Placed, /) -> Words:
        """Words of which several stand on one position."""
        ...

    def stored(self, document: bytes, /) -> bytes:
        """A document as it comes back, within JSON."""
        ...

    # What stands in the field of terms. An engine that does not need it gives none.

    def terms_of_id(self, id_: int, /) -> list[str]:
        """The terms that a document has by its id; the list is the caller's."""
        ...

    def present(self, name: str) -> Sequence[str]:
        """The terms of a document that holds a word in a field."""
        ...

    def absent(self, name: str) -> Sequence[str]:
        """The terms of a document without a value in a field that it could be sorted by."""
        ...

    def lookup_prefix(self, entity: Entity, name: str) -> str | None:
        """What the terms of an integer begin with that documents are looked up by.

        None: they are looked up by the number itself.
        """
        ...
