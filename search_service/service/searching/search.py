"""A search: a page of hits, their documents, and what joins to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search_service.engines.base import Document, Hit, Reader, Sources
from search_service.query.request.shapes import JoinedFields, SearchRequest
from search_service.query.tree import Query

MOST_JOINED = 100  # documents joined to one hit, by the contract

JoinedDocuments = Sequence[Sequence[Document]]  # for each hit


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits with what is told of them."""

    hits: Sequence[Hit]
    sources: Sources  # the documents of the hits
    joined: Mapping[str, JoinedDocuments] = field(default_factory=dict)  # by the answer's key


def search(reader: Reader, request: SearchRequest, query: Query) -> HitPage:
    """The page that the request asks for, by its conditions as one tree."""
    hits = reader.page(request.entity, query, request.order, request.after, request.limit)
    return HitPage(
        hits,
        reader.fetch(request.entity, hits),
        {wanted.key: _joined(reader, request.entity, hits, wanted) for wanted in request.joined},
    )


def _joined(
    reader: Reader, entity: str, hits: Sequence[Hit], wanted: JoinedFields
) -> JoinedDocuments:
    join = wanted.join
    if join is None or not hits:
        return [()] * len(hits)
    keys = reader.numbers(entity, hits, join.on)
    present = {key for key in keys if key is not None}
    found = reader.joined(wanted.entity, join.by, present, MOST_JOINED, wanted.fields)
    return [found.get(key, ()) if key is not None else () for key in keys]
