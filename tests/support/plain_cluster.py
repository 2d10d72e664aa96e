"""An index in a cluster whose documents are kept as they are, and found by id alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import orjson

from search_service.engines.base import Change, IndexStatus, Put, Reader
from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.fit import Fit
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.generations import ClusterGenerations
from search_service.engines.opensearch.parts import Kinds, Parts
from search_service.engines.opensearch.shared import ClusterSharedIndex
from search_service.errors import EngineUnavailable

FIT = Fit("plain", {}, "test")
_DONE = (200, 201, 404, 409)


class PlainIndex:
    """One service of an index."""

    def __init__(self, options: ClusterOptions, data: Path) -> None:
        self.cluster = Cluster(options)
        kinds = Kinds(_body, self._bulk, _no_reader)
        config = IndexConfig(frozenset(), "", "/")
        self.parts = Parts(
            EngineOptions(config, data, cluster=options), options, self.cluster, kinds, FIT
        )
        self.shared = ClusterSharedIndex(self.parts, lambda: None, _no_status)
        self.generations = ClusterGenerations(self.parts, self.shared.turn)

    def found(self, entity: str) -> dict[int, Any]:
        """The documents that searches see."""
        return self.found_in(self.parts.names.searched(entity))

    def found_in(self, index: str) -> dict[int, Any]:
        """The documents of an index, as searches see them."""
        answer = self.cluster.search(index, {"size": 1000})
        hits = answer["hits"]["hits"]
        return {hit["_source"]["_key"]: orjson.loads(hit["_source"]["_document"]) for hit in hits}

    @property
    def indices(self) -> set[str]:
        """Names of all indices of documents that there are."""
        return set(self.parts.indices.all())

    def close(self) -> None:
        """Give back connections."""
        self.cluster.close()

    def _bulk(self, entity: str, index: str, changes: Sequence[Change], version: int) -> bool:
        lines = []
        for change in changes:
            head = {"_id": str(change.id), "version": version, "version_type": "external_gte"}
            if isinstance(change, Put):
                document = orjson.dumps(change.document).decode()
                lines += [{"index": head}, {"_key": change.id, "_document": document}]
            else:
                lines += [{"delete": head}]
        content = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        path = f"/{index}/_bulk"
        answer = self.cluster.request("POST", path, {"require_alias": True}, content)
        results = [result for item in answer["items"] for result in item.values()]
        if any(result["status"] == 403 for result in results):
            raise EngineUnavailable(f"{index} is blocked")
        assert all(result["status"] in _DONE for result in results), results
        return not any("error" in r and r["status"] == 404 for r in results)


def _body(entity: str) -> dict[str, Any]:
    return {
        "settings": {"index.refresh_interval": "-1"},
        "mappings": {"dynamic": False, "properties": {"_key": {"type": "long"}}},
    }


def _no_reader(indices: Mapping[str, str] | None) -> Reader:
    return cast(Reader, None)


def _no_status() -> IndexStatus:
    raise NotImplementedError
