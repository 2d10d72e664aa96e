"""Copies of the shards of a generation: none while it is built, which spares half of the work.

What is built can be built again, so nothing is lost with a node meanwhile that had to be kept. Not
here: how an index is made, see ``indices``.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.write.indices import DEFAULT_REPLICAS, paths
from search_service.errors import CannotReindex
from search_service.long_waits import told_when_long

log = logging.getLogger(__name__)

LOOK_SECONDS = 10
"""For so long nothing may happen before copies are taken for those that no node can have."""

_REPLICAS = "index.number_of_replicas"


@dataclass(frozen=True, slots=True)
class Copies:
    """``look_seconds``: how long a look waits for all copies."""

    cluster: Cluster
    options: ClusterOptions
    look_seconds: int = LOOK_SECONDS

    def leave_out(self, indices: Iterable[str]) -> None:
        """Let indices have no copies."""
        for names in paths(indices):
            self._set(names, 0)

    def make(self, indices: Mapping[str, str]) -> None:
        """Let indices, by entity, have as many copies as the settings say, and wait for these.

        Where too few nodes are there for all of them it goes on without. Raises CannotReindex when
        an index lacks a shard.
        """
        replicas = self.options.replicas
        for entity, index in indices.items():
            self._set(index, replicas.get(entity, replicas.get("", DEFAULT_REPLICAS)))
        for names in paths(sorted(indices.values())):
            with told_when_long(log, "copies are made, they are waited for", indices=names):
                self._wait_for(names)

    def _set(self, names: str, replicas: int) -> None:
        self.cluster.request("PUT", f"/{names}/_settings", body={_REPLICAS: replicas})

    def _wait_for(self, names: str) -> None:
        before: int | None = None
        while (health := self._health(names))["status"] != "green":
            lacking = health["unassigned_shards"]
            if health["status"] == "red":
                raise CannotReindex(
                    f"Shards of {names} are on no node: start the node that has them, then go on "
                    "by --resume; if it is gone, give the re-index up by --cancel and begin again"
                )
            if not health["initializing_shards"] and lacking == before:
                log.warning(
                    "no node takes some copies, they are not waited for",
                    extra={"copies": lacking, "indices": names},
                )
                return
            before = lacking

    def _health(self, names: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.cluster.answer(
            "GET",
            f"/_cluster/health/{names}",
            {"wait_for_status": "green", "timeout": f"{self.look_seconds}s"},
            seconds=self.look_seconds + self.options.seconds,
            accept=(HTTPStatus.REQUEST_TIMEOUT,),
        ).content
        return found
