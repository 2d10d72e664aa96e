"""The words of what a viewer may see: what decides how a text is read asks no other documents.

A word that is in no document at all costs nothing to be asked for; another is searched for among
what the viewer may see, once.
"""

from collections.abc import Callable
from typing import Protocol

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.base import Reader
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Parts, Query, Term, Twin
from search_service.query.vocabulary import Vocabulary


class Index(Reader, Vocabulary, Protocol):
    """A reader that also tells how frequent words are."""


class VisibleWords:
    """A vocabulary, as of one search."""

    def __init__(self, index: Index, visible: Callable[[Entity], Query]) -> None:
        """``visible``: the documents of an entity that the viewer may see."""
        self._index = index
        self._visible = visible
        self._known: dict[tuple[str, Query], int] = {}

    def count(self, entity: str) -> int:
        """How many documents there are."""
        return self._index.tally(entity, simplify(self._visible(lookup.entity(entity))))

    def holding(self, entity: str, field: str, word: str) -> int:
        """How many documents hold a word of this field."""
        if not self._index.holding(entity, field, word):
            return 0
        return self._with(entity, Term(field, word))

    def holding_part(self, entity: str, field: str, part: str) -> int:
        """How many documents hold a part of this field."""
        if not self._index.holding_part(entity, field, part):
            return 0
        return self._with(entity, Parts(field, (part,)))

    def has_twin(self, entity: str, field: str, word: str) -> bool:
        """Whether some document has a word of this field in another spelling."""
        if not self._index.has_twin(entity, field, word):
            return False
        return self._with(entity, Twin(field, word)) > 0

    def _with(self, entity: str, query: Query) -> int:
        known = self._known.get((entity, query))
        if known is None:
            seen = Bool(filter=(query, self._visible(lookup.entity(entity))))
            known = self._known[entity, query] = self._index.tally(entity, simplify(seen))
        return known
