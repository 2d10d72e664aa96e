"""Carries out a search step by step, and says how it was understood and what it found.

Each condition of the request, each word of its text and each node of the analysed tree is asked of
the engine together with the document's id. So it is the engine that says what matches, whichever it
is. Only for those who may see everything: it tells of documents that the viewer may not see.

Not here: what a caller may ask, see ``query.request.front_ends``.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from search_service.catalogue import lookup
from search_service.query.request.shapes import SearchRequest
from search_service.query.tree import Query
from search_service.service.searching.explain.asked import AskedDocument
from search_service.service.searching.explain.document import (
    ExplainedDocument,
    explained_document,
)
from search_service.service.searching.explain.tree import Node, Tree
from search_service.service.searching.explain.words import (
    MOST_COUNTED,
    ExplainedWord,
    explained_words,
    read_as,
)
from search_service.service.searching.limits import AnswerLimits
from search_service.service.searching.search import QueryBuilder

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the search, and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a search was understood and carried out. ``nodes_left_out``: beyond what is told."""

    read_as: str | None  # None without a text
    is_respelled: bool
    words: Sequence[ExplainedWord]
    tree: Node
    nodes_left_out: int
    hits: int
    document: ExplainedDocument | None
    steps: Sequence[Step]


class _Clock:
    """Measures steps."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def timed(self, name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        try:
            return work()
        finally:
            self.steps.append(Step(name, time.perf_counter() - began))


def explain(
    builder: QueryBuilder,
    request: SearchRequest,
    visible: Query,
    id_: int | None,
    limits: AnswerLimits,
) -> Explanation:
    """Carry out the search step by step; ``visible``: what its viewer may see.

    ``id_``: of a document of the entity that is searched. Raises BadRequest.
    """
    clock, reader = _Clock(), builder.reader
    entity = lookup.entity(request.entity)
    query = clock.timed("reading the request", lambda: builder.query(request))
    respelled = None
    within = clock.timed("adding rights", lambda: builder.within_rights(query))
    order, limit = request.order, limits.looked_for(request.limit)
    hits = clock.timed(
        "finding a page", lambda: reader.page(entity.name, within, order, None, limit)
    )
    if not hits:
        respelled = clock.timed("reading it with other letters", lambda: builder.respelled(request))
    if respelled is not None:
        query, within = respelled, builder.within_rights(respelled)
        hits = clock.timed(
            "finding a page of that", lambda: reader.page(entity.name, within, order, None, limit)
        )
    clock.timed("fetching its documents", lambda: reader.fetch(entity.name, hits))
    counted = clock.timed("counting", lambda: reader.tally(entity.name, within, MOST_COUNTED))
    asked = None if id_ is None else AskedDocument(reader, entity, id_)
    tree = Tree(asked)
    root = tree.node(query, "", entity)
    return Explanation(
        read_as=read_as(builder, request, entity),
        is_respelled=respelled is not None,
        words=explained_words(builder, request, entity, asked),
        tree=root,
        nodes_left_out=tree.left_out,
        hits=counted,
        document=None
        if asked is None
        else explained_document(builder, request, entity, asked, within, visible),
        steps=clock.steps,
    )
