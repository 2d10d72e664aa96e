"""The vocabulary of a viewer: how a text is read depends only on documents that the viewer may see.

A word that no document has costs one look-up. Any other is searched for, once, among the documents
that the viewer may see.
"""

from collections.abc import Callable, Hashable

from search_service.catalogue import lookup
from search_service.engines.base import Reader
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Parts, Query, SynonymTerm, Term
from search_service.query.vocabulary import Ask
from search_service.service.searching.viewer_rights import ViewerRights

LOOKED_AT = 20  # documents with a word: one of them is mostly visible to who sees much


class VisibleWords:
    """A vocabulary for one search: it hides words, but does not count visible documents."""

    def __init__(self, index: Reader, rights: Callable[[], ViewerRights]) -> None:
        """``rights``: returns the viewer's rights; called when some document has the word."""
        self._index = index
        self._rights = rights
        self._known: dict[tuple[str, Query], bool] = {}

    def expect(self, reading: Hashable, ask: Ask) -> None:
        """As in ``Vocabulary``: each word is looked for among all documents first."""
        self._index.expect(reading, ask)

    def count(self, entity: str) -> int:
        """The number of all documents, visible or not: it does not decide how a text is read."""
        return self._index.count(entity)

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """As in ``Vocabulary``; 0 where the viewer may see none of these documents."""
        frequency = self._index.document_frequency(entity, field, word)
        return frequency if frequency and self._is_visible(entity, Term(field, word)) else 0

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """As in ``Vocabulary``; 0 where the viewer may see none of these documents."""
        frequency = self._index.part_document_frequency(entity, field, part)
        return frequency if frequency and self._is_visible(entity, Parts(field, (part,))) else 0

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """As in ``Vocabulary``, of the documents that the viewer may see."""
        has_synonym = self._index.has_synonym(entity, field, word)
        return has_synonym and self._is_visible(entity, SynonymTerm(field, word))

    def _is_visible(self, entity: str, query: Query) -> bool:
        known = self._known.get((entity, query))
        if known is None:
            known = self._known[entity, query] = self._find(entity, query)
        return known

    def _find(self, name: str, query: Query) -> bool:
        entity, rights = lookup.entity(name), self._rights()
        condition = rights.condition(entity)
        if rights.sees_much(entity):
            hits = self._index.some(name, query, LOOKED_AT)
            is_visible = bool(rights.visible_hits(entity, hits))
            if is_visible or len(hits) < LOOKED_AT:
                return is_visible
            condition = rights.exact_condition(entity)
        visible = simplify(Bool(filter=(query, condition)))
        return self._index.tally(name, visible, 1) > 0
