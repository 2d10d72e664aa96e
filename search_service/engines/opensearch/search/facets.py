"""Counts of values and of ranges over all matching documents, exact however many shards."""

from collections.abc import Mapping, Sequence

from search_service.engines.base import Buckets, Dimension
from search_service.engines.opensearch.search.requests import Json, Requests


def counts(
    requests: Requests, entity: str, query: Json, dimensions: Sequence[Dimension]
) -> Mapping[str, Buckets]:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    raise NotImplementedError
