import orjson
import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.id_ranges import IdRange
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.index.encode import ClusterCodec
from search_service.engines.opensearch.write.builder import ClusterBuilder, Target
from search_service.engines.opensearch.write.bulk import MOST_CHANGES, BulkRequests
from search_service.engines.opensearch.write.indices import Indices
from search_service.errors import StorageFailed
from tests.support.opensearch.empty_indices import CONFIG, ids_in, indices_of, made

ENTITY = "Datafile"
MEMORY = 10_000_000
ENCODE = ClusterCodec(CONFIG).encoder(ENTITY)


@pytest.fixture
def indices(cluster: Cluster, cluster_options: ClusterOptions) -> Indices:
    return indices_of(cluster, cluster_options)


def builder(
    cluster: Cluster, indices: Indices, index: str, low: int, high: int, memory: int = MEMORY
) -> ClusterBuilder:
    requests = BulkRequests(cluster, 20.0)
    return ClusterBuilder(requests, indices, Target(ENTITY, index, 1), IdRange(low, high), memory)


def encoded(ids: range) -> list[tuple[int, str]]:
    return [(id_, ENCODE(id_, {"id": id_, "name": f"file {id_}"})) for id_ in ids]


def test_pieces_are_built_and_counted_apart(cluster: Cluster, indices: Indices) -> None:
    index = made(indices, ENTITY)
    lower = builder(cluster, indices, index, -10, 100)
    higher = builder(cluster, indices, index, 100, 10**6)
    lower.put(encoded(range(-10, 100)))
    higher.put(encoded(range(100, 100 + MOST_CHANGES + 1)))
    lower.commit()
    higher.close()
    assert (lower.count(), higher.count()) == (110, MOST_CHANGES + 1)
    lower.put(encoded(range(5)))
    lower.close()
    assert lower.count() == 110


def test_little_memory_makes_small_requests(cluster: Cluster, indices: Indices) -> None:
    index = made(indices, ENTITY)
    found = builder(cluster, indices, index, 0, 100, memory=1_000)
    found.put(encoded(range(20)))
    found.commit()
    assert found.count() == 20
    found.close()


def test_what_was_not_sent_is_dropped(cluster: Cluster, indices: Indices) -> None:
    index = made(indices, ENTITY)
    found = builder(cluster, indices, index, 0, 100)
    found.put(encoded(range(10)))
    found.drop()
    assert ids_in(indices, index) == []


def test_nothing_is_on_the_way_when_it_was_dropped(cluster: Cluster, indices: Indices) -> None:
    index = made(indices, ENTITY)
    found = builder(cluster, indices, index, 0, 10**6)
    found.put(encoded(range(2 * MOST_CHANGES + 1)))
    found.drop()
    arrived = ids_in(indices, index)
    assert arrived in ([*range(MOST_CHANGES)], [*range(2 * MOST_CHANGES)])


def test_documents_come_back_as_they_were_put(cluster: Cluster, indices: Indices) -> None:
    index = made(indices, ENTITY)
    document = {"id": 1, "name": "é 😀\n\x01", "other": {"a.b": [1.0, 1e300, None]}, "fileSize": 5}
    found = builder(cluster, indices, index, 0, 100)
    found.put([(1, ENCODE(1, document))])
    found.close()
    got = cluster.request("GET", f"/{index}/_doc/1")["_source"]
    assert got == {"_document": f" {orjson.dumps(document).decode()}"}


def test_a_generation_that_is_cancelled_meanwhile_is_a_failure(
    cluster: Cluster, indices: Indices
) -> None:
    index = made(indices, ENTITY)
    found = builder(cluster, indices, index, 0, 100)
    indices.drop([index])
    found.put(encoded(range(10)))
    with pytest.raises(StorageFailed, match="cancelled"):
        found.commit()
    found.drop()
