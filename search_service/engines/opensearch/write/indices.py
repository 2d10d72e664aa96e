"""Makes, copies and removes the indices of documents, and lets aliases name others.

Each thing can be done again. An index is written by an alias of its own, so a late write to one
that is gone makes none. Not here: which indices there ought to be, the state says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from search_service.engines.config import ClusterOptions
from search_service.engines.documents.engine_fields import KEY
from search_service.engines.id_ranges import IdRange
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.errors import EngineUnavailable

Json = dict[str, Any]

DEFAULT_SHARDS = 1
DEFAULT_REPLICAS = 1

_RANGE_SECONDS = 6 * 3600.0
_AT_ONCE = 8  # indices that are made
_NAMES_AT_ONCE = 30  # in the path of a request, which has at most 4 kB


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices under a prefix.

    ``body``: settings and mappings of an index of an entity, but for shards and replicas.
    """

    cluster: Cluster
    names: Names
    options: ClusterOptions
    body: Callable[[str], Json]

    # ── made and removed ─────────────────────────────────────────────────────────────────────────

    def create(self, indices: Mapping[str, str]) -> None:
        """Make empty indices, by entity."""
        with ThreadPoolExecutor(_AT_ONCE, "indices") as threads:
            list(threads.map(self._create, indices.items()))
        self._wait_for(indices.values())

    def _create(self, named: tuple[str, str]) -> None:
        entity, index = named
        body = self.body(entity)
        settings = {**body.get("settings", {}), **self._copies(entity)}
        settings["index.number_of_shards"] = _of(self.options.shards, entity, DEFAULT_SHARDS)
        content = {**body, "settings": settings, "aliases": {self.names.written(index): {}}}
        self._make("PUT", f"/{index}", content)

    def clone(self, entities: Mapping[str, tuple[str, str]]) -> None:
        """Make indices that have the documents of others, by links to their files.

        By entity: the other one, and that which is made. The others must not be written meanwhile,
        see ``block``.
        """
        with ThreadPoolExecutor(_AT_ONCE, "indices") as threads:
            list(threads.map(self._clone, entities.items()))
        self._wait_for(target for _, target in entities.values())

    def _clone(self, named: tuple[str, tuple[str, str]]) -> None:
        entity, (source, target) = named
        settings = {**self._copies(entity), "index.blocks.write": None}
        aliases: Json = {self.names.written(target): {}}
        self._make("PUT", f"/{source}/_clone/{target}", {"settings": settings, "aliases": aliases})

    def _make(self, method: str, path: str, content: Json) -> None:
        answer = self.cluster.answer(method, path, body=content, accept=(HTTPStatus.BAD_REQUEST,))
        if not answer.is_success and "resource_already_exists_exception" not in answer.kinds:
            # Once more, for the error that it deserves.
            self.cluster.request(method, path, body=content)

    def _wait_for(self, indices: Iterable[str]) -> None:
        seconds = self.options.seconds
        for names in paths(indices):
            health = self.cluster.answer(
                "GET",
                f"/_cluster/health/{names}",
                {"wait_for_status": "yellow", "timeout": f"{max(1, round(seconds))}s"},
                seconds=seconds + 5,
                accept=(HTTPStatus.REQUEST_TIMEOUT,),
            )
            if not health.is_success:
                raise EngineUnavailable(
                    f"Not all of {names} became available within {seconds:g} seconds; see the "
                    "disks and the health of the cluster, `/_cluster/health`"
                )

    def _copies(self, entity: str) -> Json:
        return {"index.number_of_replicas": _of(self.options.replicas, entity, DEFAULT_REPLICAS)}

    def block(self, indices: Iterable[str], *, is_blocked: bool) -> None:
        """Let nobody write indices, or anybody again; nothing is done about those that are gone."""
        for names in paths(indices):
            self.cluster.request(
                "PUT",
                f"/{names}/_settings",
                {"ignore_unavailable": True},
                {"index.blocks.write": is_blocked},
            )

    def is_blocked(self, index: str) -> bool:
        """Whether nobody may write an index."""
        found = self.cluster.request("GET", f"/{index}/_settings/index.blocks.write")
        return any(
            content["settings"].get("index", {}).get("blocks", {}).get("write") == "true"
            for content in found.values()
        )

    def missing(self, indices: Iterable[str]) -> Sequence[str]:
        """Those of these indices that there are not."""
        return sorted(set(indices) - set(self.all()))

    def drop(self, indices: Iterable[str]) -> None:
        """Remove indices, those that there are."""
        for names in paths(indices):
            self.cluster.request("DELETE", f"/{names}", {"ignore_unavailable": True})

    def all(self) -> Sequence[str]:
        """The names of all indices of documents under the prefix."""
        path, params = f"/{self.names.prefix}-*", {"expand_wildcards": "all"}
        found = self.cluster.request("GET", f"{path}/_settings/index.uuid", params)
        return [name for name in found if self.names.parsed(name) is not None]

    def remove_range(self, index: str, ids: IdRange) -> None:
        """Remove the documents with these ids."""
        self.cluster.request(
            "POST",
            f"/{index}/_delete_by_query",
            {"conflicts": "proceed", "slices": "auto", "refresh": True},
            {"query": in_range(ids)},
            seconds=_RANGE_SECONDS,
        )

    # ── searched ─────────────────────────────────────────────────────────────────────────────────

    def refresh(self, indices: Iterable[str]) -> None:
        """Let searches find what was written."""
        for names in paths(indices):
            answer = self.cluster.request("POST", f"/{names}/_refresh")
            if answer["_shards"]["failed"]:
                raise EngineUnavailable(f"Not all of {names} could be made visible to searches")

    def let_search(self, indices: Mapping[str, str]) -> None:
        """Let searches of these entities read these indices, all as one step.

        Refused when another did that since it was looked.
        """
        searched = {self.names.searched(entity): index for entity, index in indices.items()}
        until_now = self._searched(searched)
        actions: list[Json] = []
        for alias, index in searched.items():
            others = until_now.get(alias, set()) - {index}
            actions += [
                {"remove": {"index": other, "alias": alias, "must_exist": True}}
                for other in sorted(others)
            ]
            if others or alias not in until_now:
                actions.append({"add": {"index": index, "alias": alias}})
        if actions:
            self.cluster.request("POST", "/_aliases", body={"actions": actions})

    def _searched(self, aliases: Iterable[str]) -> Mapping[str, set[str]]:
        """The indices that aliases name."""
        found: dict[str, set[str]] = {}
        for names in paths(aliases):
            answer = self.cluster.answer("GET", f"/_alias/{names}", accept=(HTTPStatus.NOT_FOUND,))
            for index, content in answer.content.items():
                if isinstance(content, dict):  # beside them is what is not found
                    for alias in content.get("aliases", ()):
                        found.setdefault(alias, set()).add(index)
        return found


def in_range(ids: IdRange) -> Json:
    """What finds documents by a range of ids."""
    bounds = {"gte": ids.low, "lt": ids.high}
    return {"range": {KEY: {name: bound for name, bound in bounds.items() if bound is not None}}}


def paths(names: Iterable[str]) -> Iterable[str]:
    """Names as paths have them."""
    listed = list(names)
    for start in range(0, len(listed), _NAMES_AT_ONCE):
        yield ",".join(listed[start : start + _NAMES_AT_ONCE])


def _of(by_entity: Mapping[str, int], entity: str, default: int) -> int:
    return by_entity.get(entity, by_entity.get("", default))
