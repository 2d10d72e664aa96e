"""An index in a cluster for a service that is measured, and what the cluster spends on it.

Nothing else should use the cluster meanwhile: its processor time is that of all that it does.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4


@dataclass(frozen=True)
class OwnIndex:
    """What is kept under a prefix that nobody else has, without copies."""

    address: str
    prefix: str

    @property
    def settings(self) -> Mapping[str, str]:
        """Those of a service that has it."""
        return {
            "engine": "opensearch",
            "opensearch_addresses": self.address,
            "index_prefix": self.prefix,
            "opensearch_replicas": "0",
        }

    def processor_seconds(self) -> float:
        """Processor time of all nodes so far."""
        nodes = self._get("_nodes/stats/process")["nodes"].values()
        return float(sum(node["process"]["cpu"]["total_in_millis"] for node in nodes)) / 1000

    def bytes_on_disk(self) -> int:
        """What the documents take; some of it goes when segments are merged."""
        answer = self._get(f"{self.prefix}-0*/_stats/store?filter_path=_all")
        return int(answer["_all"]["primaries"]["store"]["size_in_bytes"])

    def remove(self) -> None:
        """Remove whatever is kept under the prefix."""
        indices = self._get(f"_cat/indices/{self.prefix}-*?format=json&h=index")
        for index in indices:
            self._call("DELETE", index["index"])

    def _get(self, path: str) -> Any:
        return json.loads(self._call("GET", path))

    def _call(self, method: str, path: str) -> bytes:
        request = Request(f"{self.address.rstrip('/')}/{path}", method=method)
        with urlopen(request) as answer:
            content: bytes = answer.read()
            return content


@contextmanager
def own_index(address: str) -> Iterator[OwnIndex]:
    """An index that goes at the end."""
    index = OwnIndex(address, f"bench{uuid4().hex[:12]}")
    try:
        yield index
    finally:
        index.remove()
