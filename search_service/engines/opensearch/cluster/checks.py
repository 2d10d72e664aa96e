"""Whether a cluster can keep an index, looked at before anything is asked of it.

What is wrong is a sentence that ends the start. Not here: whether an index that is there fits the
settings, see ``engines.fit``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.errors import EngineFailed, EngineRefused, EngineUnavailable, IndexMissing

OLDEST = 3
"""The first version whose mappings take names with dots as they are, and sets of ids as bitmaps."""

HEALTH_SECONDS = 10
"""How long indices may be without a copy at the start: nodes may have just started as well."""

_FULL = "index.blocks.read_only_allow_delete"


@contextmanager
def ending_start() -> Iterator[None]:
    """What the cluster does not do at the start ends it, where it would be a 503 later."""
    try:
        yield
    except IndexMissing:
        raise
    except EngineUnavailable as error:
        raise EngineRefused(str(error)) from error


def check_cluster(cluster: Cluster, names: Names, health_seconds: float = HEALTH_SECONDS) -> None:
    """Raises EngineRefused when the cluster cannot be used; the sentence says why.

    It is not reached, has another certificate, refuses the account, is too old or is no
    OpenSearch; indices of the service are red, for ``health_seconds`` at least, or read-only, as
    disks are full.
    """
    with ending_start():
        _check_version(cluster)
        _check_health(cluster, names, health_seconds)
        _check_blocks(cluster, names)


def _check_version(cluster: Cluster) -> None:
    try:
        answer = cluster.request("GET", "/")
    except EngineFailed as error:
        raise EngineRefused(
            f"What answers at {cluster.addresses} is no OpenSearch: {error}"
        ) from error
    match answer:
        case {"version": {"distribution": "opensearch", "number": str(number)}}:
            if int(number.partition(".")[0]) < OLDEST:
                raise EngineRefused(
                    f"The OpenSearch cluster at {cluster.addresses} has version {number}, and "
                    f"{OLDEST}.0 or newer is needed; upgrade it"
                )
        case {"version": {"number": str(number)}}:
            raise EngineRefused(
                f"What answers at {cluster.addresses} is Elasticsearch {number}, or another "
                f"relative; OpenSearch {OLDEST}.0 or newer is needed"
            )
        case _:
            raise EngineRefused(f"What answers at {cluster.addresses} is no OpenSearch")


def _check_health(cluster: Cluster, names: Names, seconds: float) -> None:
    """Whether all our indices can be read; those of others do not matter."""
    waiting = {
        "level": "indices",
        "wait_for_status": "yellow",
        "timeout": f"{round(seconds * 1_000)}ms",
    }
    # 408: they are still red.
    path = f"/_cluster/health/{names.prefix}-*"
    health = cluster.answer("GET", path, waiting, accept=(408,)).content
    red = sorted(name for name, one in health["indices"].items() if one["status"] == "red")
    if red:
        raise EngineRefused(
            f"The OpenSearch cluster at {cluster.addresses} has no copy of some shards of "
            f"{_some(red)} (red): start the nodes that hold them, or restore them from a snapshot"
        )


def _check_blocks(cluster: Cluster, names: Names) -> None:
    """Whether our indices can be written: the cluster forbids it when a disk is nearly full."""
    path = f"/{names.prefix}-*/_settings/{_FULL}"
    found = cluster.request("GET", path, {"flat_settings": True})
    full = sorted(name for name, one in found.items() if _is_set(one, _FULL))
    if full:
        raise EngineRefused(
            f"The OpenSearch cluster at {cluster.addresses} writes nothing to {_some(full)}, as a "
            "disk was beyond its flood-stage watermark: give the nodes room, and it goes on by "
            f"itself, or set {_FULL} to null"
        )


def _is_set(index: dict[str, Any], setting: str) -> bool:
    return str(index["settings"].get(setting)).lower() == "true"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
