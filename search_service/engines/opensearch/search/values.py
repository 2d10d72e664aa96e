"""The values of an integer field over all matching documents: what joins are made of."""

from search_service.engines.joins import Scores
from search_service.engines.opensearch.search.requests import Json, Requests
from search_service.query.id_set import Ids, IdSet


def values(requests: Requests, entity: str, query: Json, field: str) -> IdSet:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    raise NotImplementedError


def scores(requests: Requests, entity: str, query: Json, field: str) -> tuple[Ids, Scores]:
    """The values, each with the score of its document; as often as documents have it."""
    raise NotImplementedError
