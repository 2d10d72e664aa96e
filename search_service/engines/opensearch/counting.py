"""How much is in indices, and whether all of it can be read: a few requests for all of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from search_service.engines.id_ranges import IdRange
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.write.indices import in_range, paths

_MOST = 10_000  # indices


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one index, without the copies of its shards."""

    documents: int = 0
    size: int = 0  # bytes
    shards: int = 0
    segments: int = 0
    deleted: int = 0
    is_complete: bool = False  # every shard can be read


def documents_of(cluster: Cluster, indices: Iterable[str]) -> Mapping[str, int]:
    """How many documents searches find, by index. Those that cannot be read are not counted."""
    found: dict[str, int] = {}
    for names in paths(indices):
        answer = cluster.search(
            names,
            {"size": 0, "aggs": {"of": {"terms": {"field": "_index", "size": _MOST}}}},
            {"allow_partial_search_results": True, "ignore_unavailable": True},
        )
        buckets = (answer or {}).get("aggregations", {}).get("of", {}).get("buckets", ())
        found.update({bucket["key"]: bucket["doc_count"] for bucket in buckets})
    return found


def has_documents(cluster: Cluster, index: str, ids: IdRange) -> bool:
    """Whether any document of an index has an id of a range, those included that no search sees."""
    cluster.request("POST", f"/{index}/_refresh")
    body = {"size": 0, "terminate_after": 1, "query": in_range(ids)}
    answer = cluster.search(index, {**body, "track_total_hits": True})
    return bool(answer and answer["hits"]["total"]["value"])


def figures_of(cluster: Cluster, indices: Collection[str]) -> Mapping[str, Figures]:
    """The figures of each index; of one that there is not, zeros."""
    counts = documents_of(cluster, indices)
    statistics: dict[str, Any] = {}
    health: dict[str, Any] = {}
    for names in paths(indices):
        path, params = f"/{names}/_stats/docs,store,segments", {"ignore_unavailable": True}
        statistics.update(cluster.request("GET", path, params).get("indices", {}))
        health.update(_health(cluster, names))
    return {
        index: _figures(counts.get(index, 0), statistics.get(index), health.get(index))
        for index in indices
    }


def _health(cluster: Cluster, names: str) -> Mapping[str, Any]:
    params = {"level": "indices", "timeout": "0s"}
    answer = cluster.answer("GET", f"/_cluster/health/{names}", params, accept=(404, 408))
    found: Mapping[str, Any] = answer.content.get("indices", {})
    return found


def _figures(documents: int, statistics: Any, health: Any) -> Figures:
    if statistics is None or health is None:
        return Figures()
    primaries = statistics["primaries"]
    return Figures(
        documents,
        primaries.get("store", {}).get("size_in_bytes", 0),
        health["number_of_shards"],
        primaries.get("segments", {}).get("count", 0),
        primaries.get("docs", {}).get("deleted", 0),
        health["status"] != "red",
    )
