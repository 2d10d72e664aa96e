"""What begins as somebody types: words of a field, values that hits are sorted by."""

from collections.abc import Sequence

from search_service.engines.base import Hit
from search_service.engines.opensearch.search.requests import Json, Requests


def words(
    requests: Requests, entity: str, field: str, beginning: str, query: Json | None, limit: int
) -> Sequence[tuple[str, int]]:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    raise NotImplementedError


def named(
    requests: Requests, entity: str, field: str, beginning: str, query: Json, limit: int
) -> Sequence[Hit]:
    """As in ``Reader``. An address is a ``documents.Place``."""
    raise NotImplementedError
