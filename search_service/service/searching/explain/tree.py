"""The analysed query node by node, each with what it says and whether the document matches it.

Not here: a node in words, see ``query.in_words``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from search_service.catalogue.model import Entity
from search_service.query.in_words import says
from search_service.query.tree import Bool, Join, Query, children
from search_service.service.searching.explain.asked import AskedDocument

MOST_NODES = 300
"""Nodes of the tree that are told, and asked of a document: each is a search."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the analysed tree. ``matches``: None where no document was asked for."""

    says: str
    kind: str  # of its parent: `must`, `should`, `must_not`, `filter`; empty elsewhere
    matches: bool | None
    score: float | None
    children: tuple["Node", ...]


class Tree:
    """Tells the nodes of a tree; below a join they are of other documents, and not asked."""

    def __init__(self, asked: AskedDocument | None) -> None:
        """``asked``: None where no document is asked for."""
        self._asked = asked
        self._left = MOST_NODES
        self.left_out = 0

    def node(self, query: Query, kind: str, entity: Entity, *, is_own: bool = True) -> Node:
        """What a query says, down to its leaves. ``kind``: in what it is, see ``Node``."""
        self._left -= 1
        matches, score = None, None
        if self._asked is not None and is_own:
            score = self._asked.score(query)
            matches = score is not None
        found = []
        is_own = is_own and not isinstance(query, Join)
        for inner_kind, inner in _by_kind(query):
            if self._left <= 0:
                self.left_out += 1
                continue
            found.append(self.node(inner, inner_kind, entity, is_own=is_own))
        shown = score if kind in ("must", "should", "") else None
        return Node(says(query), kind, matches, shown, tuple(found))


def _by_kind(query: Query) -> Iterator[tuple[str, Query]]:
    match query:
        case Bool(must, should, must_not, filters):
            for kind, some in (("must", must), ("filter", filters), ("should", should)):
                yield from ((kind, one) for one in some)
            yield from (("must_not", one) for one in must_not)
        case _:
            yield from (("", one) for one in children(query))
