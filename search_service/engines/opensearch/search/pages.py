"""Pages of hits, exactly in order, however many there are."""

from collections.abc import Sequence

from search_service.engines.base import Hit
from search_service.engines.opensearch.search.queries.compile import Compiler
from search_service.engines.opensearch.search.requests import Json, Requests
from search_service.query.order import Cursor, Order
from search_service.query.tree import Query


class Pages:
    """The pages of a reader."""

    def __init__(self, requests: Requests, compiler: Compiler) -> None:
        self._requests = requests
        self._compiler = compiler

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``, of a tree without joins."""
        raise NotImplementedError

    def some(self, entity: str, query: Json, limit: int) -> Sequence[Hit]:
        """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
        raise NotImplementedError
