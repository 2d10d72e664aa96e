"""How many documents match, and the highest id."""

from search_service.engines.opensearch.search.requests import Json, Requests


def tally(requests: Requests, entity: str, query: Json, up_to: int | None) -> int:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    raise NotImplementedError


def highest_id(requests: Requests, entity: str, low: int | None, high: int | None) -> int | None:
    """As in ``Reader``."""
    raise NotImplementedError
