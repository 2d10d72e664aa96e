"""The words of what a viewer may see: what decides how a text is read asks no other documents.

A word that is in no document at all costs nothing to be asked for; another is searched for among
what the viewer may see, once.
"""

from collections.abc import Callable
from typing import Protocol

from search_service.catalogue import lookup
from search_service.engines.base import Reader
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Parts, Query, Term, Twin
from search_service.query.vocabulary import Vocabulary
from search_service.service.searching.viewer_rights import Sight

LOOKED_AT = 20  # documents with a word of which one is seen, mostly, when much is seen


class Index(Reader, Vocabulary, Protocol):
    """A reader that also tells how frequent words are."""


class VisibleWords:
    """A vocabulary, as of one search: whether a word is in what is seen, not in how much of it."""

    def __init__(self, index: Index, sight: Callable[[], Sight]) -> None:
        """``sight``: what the viewer sees; asked when some document has a word."""
        self._index = index
        self._sight = sight
        self._known: dict[tuple[str, Query], bool] = {}

    def count(self, entity: str) -> int:
        """How many documents there are, of all: nothing is decided by it."""
        return self._index.count(entity)

    def holding(self, entity: str, field: str, word: str) -> int:
        """How many documents hold a word of this field, at most; 0 where none is seen."""
        held = self._index.holding(entity, field, word)
        return held if held and self._is_seen(entity, Term(field, word)) else 0

    def holding_part(self, entity: str, field: str, part: str) -> int:
        """How many documents hold a part of this field, at most; 0 where none is seen."""
        held = self._index.holding_part(entity, field, part)
        return held if held and self._is_seen(entity, Parts(field, (part,))) else 0

    def has_twin(self, entity: str, field: str, word: str) -> bool:
        """Whether some document has a word of this field in another spelling."""
        has_twin = self._index.has_twin(entity, field, word)
        return has_twin and self._is_seen(entity, Twin(field, word))

    def _is_seen(self, entity: str, query: Query) -> bool:
        known = self._known.get((entity, query))
        if known is None:
            known = self._known[entity, query] = self._find(entity, query)
        return known

    def _find(self, name: str, query: Query) -> bool:
        entity, sight = lookup.entity(name), self._sight()
        condition = sight.condition(entity)
        if sight.sees_much(entity):
            hits = self._index.some(name, query, LOOKED_AT)
            is_seen = bool(sight.seen(entity, hits))
            if is_seen or len(hits) < LOOKED_AT:
                return is_seen
            condition = sight.exactly(entity)
        seen = simplify(Bool(filter=(query, condition)))
        return self._index.tally(name, seen, 1) > 0
