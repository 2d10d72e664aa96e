"""The words of what a viewer may see: what decides how a text is read asks no other documents.

A word that is in no document at all costs nothing to be asked for; another is searched for among
what the viewer may see, once.
"""

from collections.abc import Callable

from search_service.catalogue import lookup
from search_service.engines.base import Reader
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Parts, Query, SynonymTerm, Term
from search_service.service.searching.viewer_rights import Sight

LOOKED_AT = 20  # documents with a word of which one is seen, mostly, when much is seen


class VisibleWords:
    """A vocabulary, as of one search: whether a word is in what is seen, not in how much of it."""

    def __init__(self, index: Reader, sight: Callable[[], Sight]) -> None:
        """``sight``: what the viewer sees; asked when some document has a word."""
        self._index = index
        self._sight = sight
        self._known: dict[tuple[str, Query], bool] = {}

    def count(self, entity: str) -> int:
        """How many documents there are, of all: nothing is decided by it."""
        return self._index.count(entity)

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """As in ``Vocabulary``; 0 where the viewer sees none of these documents."""
        frequency = self._index.document_frequency(entity, field, word)
        return frequency if frequency and self._is_seen(entity, Term(field, word)) else 0

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """As in ``Vocabulary``; 0 where the viewer sees none of these documents."""
        frequency = self._index.part_document_frequency(entity, field, part)
        return frequency if frequency and self._is_seen(entity, Parts(field, (part,))) else 0

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """As in ``Vocabulary``, of the documents that the viewer sees."""
        has_synonym = self._index.has_synonym(entity, field, word)
        return has_synonym and self._is_seen(entity, SynonymTerm(field, word))

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
