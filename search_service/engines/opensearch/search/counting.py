"""How many documents match, and the highest id."""

from typing import cast

from search_service.engines.documents.engine_fields import KEY
from search_service.engines.opensearch.search.requests import Json, Requests, hits_of


def tally(requests: Requests, entity: str, query: Json, up_to: int | None) -> int:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    body: Json = {"size": 0, "query": query, "track_total_hits": True if up_to is None else up_to}
    if up_to:  # each shard stops there
        body["terminate_after"] = up_to
    answer = requests.search(entity, body, "hits.total.value")
    return cast(int, answer["hits"]["total"]["value"])


def highest_id(requests: Requests, entity: str, low: int | None, high: int | None) -> int | None:
    """As in ``Reader``."""
    bounds = {"gt": low, "lte": high}
    within = {name: bound for name, bound in bounds.items() if bound is not None}
    body: Json = {
        "size": 1,
        "query": {"range": {KEY: within}} if within else {"match_all": {}},
        "sort": [{KEY: "desc"}],
        "_source": False,
        "track_total_hits": False,
    }
    answer = requests.search(entity, body, "hits.hits.sort")
    return next((hit["sort"][0] for hit in hits_of(answer)), None)
