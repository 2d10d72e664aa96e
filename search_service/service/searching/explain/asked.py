"""One document, and whether a query finds it, as the engine says.

Only for those who may see everything: it tells of documents that the viewer may not see.
"""

from search_service.catalogue.model import Entity
from search_service.engines.base import Document, Reader
from search_service.query.order import Order
from search_service.query.tree import Bool, Numbers, Query


class AskedDocument:
    """One document of an entity, and whether it matches."""

    def __init__(self, reader: Reader, entity: Entity, id_: int) -> None:
        self.id = id_
        self._reader = reader
        self._entity = entity
        self._id = Numbers(entity.id_field or "id", (id_,))

    def document(self) -> Document | None:
        """As it is kept; None where there is none."""
        return self._reader.find(self._entity.name, [self.id]).get(self.id)

    def matches(self, query: Query) -> bool:
        """Whether the query finds it."""
        both = Bool(filter=(query, self._id))
        return self._reader.tally(self._entity.name, both, 1) > 0

    def score(self, query: Query) -> float | None:
        """What the query adds to the score of the document; None where it does not match."""
        both = Bool(must=(query,), filter=(self._id,))
        hits = self._reader.page(self._entity.name, both, Order(), None, 1)
        return hits[0].score if hits else None
