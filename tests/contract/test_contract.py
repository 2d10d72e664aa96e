"""The recorded exchanges, played to this service over several numbers of shards.

All of the traffic of the catalogue's client suite and of what goes beyond the peer must be as
expected; of the large recording nearly all: some of its answers are the peer's own choice among
equally good ones.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from search_service.catalogue.lookup import find_entity
from search_service.engines.config import ClusterOptions
from tests.contract.exchanges import Exchange, HttpService, read_named
from tests.contract.replay import Report, replay
from tests.support.serving import serving

ENOUGH = {"catalogue-client": 1.0, "catalogue-101": 0.995, "beyond": 1.0}

# The recorded answers are the peer's, so text is read as it does; the catalogue's own suite must
# not notice how it is read.
READ_AS = [*((name, "peer") for name in ENOUGH), ("catalogue-client", "people")]

# Each takes a minute: to clear an index in a cluster is to make all of its indices anew.
OVER_A_CLUSTER = [
    ("catalogue-client", "peer", 1),
    ("catalogue-client", "people", 1),
    ("catalogue-101", "peer", 3),
    ("beyond", "peer", 3),
]


def played(url: str, exchanges: Sequence[Exchange]) -> Report:
    service = HttpService(url)
    try:
        return replay(service, exchanges)
    finally:
        service.close()


@pytest.mark.slow
@pytest.mark.parametrize("shards", [1, 3, 17])
@pytest.mark.parametrize(("name", "matching"), READ_AS)
def test_recorded_exchanges_are_answered_as_expected(
    name: str, matching: str, shards: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    exchanges = read_named(name)
    if url := request.config.getoption("--url", default=None):
        report = played(url, exchanges)
    else:
        settings = {"shard_ids_of": widths(exchanges, shards), "matching": matching}
        with serving(tmp_path / "data", settings) as service:
            report = played(service.url, exchanges)
            assert service.stop() == 0
            print(*service.defects(), sep="")
    print(f"{name} read as {matching} over {shards} shards\n{report}")
    assert report.rate >= ENOUGH[name], f"\n{report}"


@pytest.mark.slow
@pytest.mark.opensearch
@pytest.mark.parametrize(("name", "matching", "shards"), OVER_A_CLUSTER)
def test_so_they_are_over_a_cluster(
    name: str, matching: str, shards: int, cluster_options: ClusterOptions, tmp_path: Path
) -> None:
    exchanges = read_named(name)
    settings = {
        "matching": matching,
        "engine": "opensearch",
        "opensearch_addresses": ",".join(cluster_options.addresses),
        "index_prefix": cluster_options.prefix,
        "opensearch_shards": shards,
        "opensearch_replicas": 0,
        "search_seconds": 30,
    }
    with serving(tmp_path / "data", settings) as service:
        report = played(service.url, exchanges)
        assert service.stop() == 0
        print(*service.defects(), sep="")
    print(f"{name} read as {matching} over a cluster, {shards} shards\n{report}")
    assert report.rate >= ENOUGH[name], f"\n{report}"


def widths(exchanges: Sequence[Exchange], shards: int) -> str:
    """So many ids in a shard of each entity that the ids of the exchanges lie in ``shards``."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for exchange in exchanges:
        for written, id_ in _ids(exchange):
            if entity := find_entity(written):
                found[entity.name].add(id_)
    return ",".join(
        f"{entity}={10**9 if shards == 1 else max(1, (max(ids) - min(ids)) // shards)}"
        for entity, ids in found.items()
    )


def _ids(exchange: Exchange) -> Iterator[tuple[str, int]]:
    """Entity and id of the documents that are put, where the change is well formed."""
    match exchange.path.split("/"), exchange.body:
        case ["addNow", entity], [*documents]:
            for document in documents:
                match document:
                    case {"id": int(id_)} | {"sample.id": int(id_)}:
                        yield entity, id_
        case ["modify"], [*operations]:
            for operation in operations:
                match operation:
                    case {"create": {"_index": str(entity), "_id": int(id_)}}:
                        yield entity, id_
