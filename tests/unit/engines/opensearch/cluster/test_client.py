import pickle

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.too_large import PATTERN_TOO_LARGE
from search_service.errors import BadRequest, EngineFailed, SearchTimedOut

# Some milliseconds for each document, between which the cluster can end it.
LOOP = "for (int i = 0; i < 900000; ++i) { x += Math.sin(i * doc['n'].value); }"
SLOW = {"script": {"script": f"double x = 0; {LOOP} return x < 1000000;"}}


@pytest.fixture
def index(cluster: Cluster, cluster_options: ClusterOptions) -> str:
    """An index of one shard, without documents."""
    name = f"{cluster_options.prefix}-x"
    cluster.request("PUT", f"/{name}", None, {"settings": {"number_of_replicas": 0}})
    return name


def test_a_document_is_read_as_it_was_written_before_any_search_sees_it(
    cluster: Cluster, index: str
) -> None:
    written = cluster.create(index, "a/ä", {"n": 1})
    assert cluster.get(index, "a/ä") == written
    assert cluster.search(index, {})["hits"]["hits"] == []
    assert cluster.get(index, "b") is None


def test_a_document_is_created_once(cluster: Cluster, index: str) -> None:
    assert cluster.create(index, "1", {"n": 1}) is not None
    assert cluster.create(index, "1", {"n": 2}) is None


def test_a_document_is_replaced_by_who_read_it_last(cluster: Cluster, index: str) -> None:
    first = cluster.create(index, "1", {"n": 1})
    assert first is not None
    second = cluster.replace(index, "1", {"n": 2}, first)
    assert second is not None
    assert cluster.replace(index, "1", {"n": 3}, first) is None
    assert cluster.get(index, "1") == second


def test_a_document_is_removed_if_it_is_as_it_was_read(cluster: Cluster, index: str) -> None:
    first = cluster.create(index, "1", {"n": 1})
    assert first is not None
    cluster.put(index, "1", {"n": 2})
    assert not cluster.delete(index, "1", first)
    assert cluster.delete(index, "1")
    assert cluster.delete(index, "1")


def test_a_bulk_has_a_result_for_each_line(cluster: Cluster, index: str) -> None:
    head = b'{"index": {"_index": "%b", "_id": "%d"}}\n'
    lines = b"".join(head % (index.encode(), id_) + b'{"n": 1}\n' for id_ in (1, 2))
    answer = cluster.bulk(lines, {"refresh": True})
    assert [item["index"]["status"] for item in answer.content["items"]] == [201, 201]
    assert cluster.search(index, {})["hits"]["total"]["value"] == 2


def test_several_searches_are_one_request(cluster: Cluster, index: str) -> None:
    found, missing = cluster.searches([(index, {}), (f"{index}-none", {})])
    assert found["hits"]["total"]["value"] == 0
    assert missing is None
    assert cluster.search(f"{index}-none", {}) is None


def test_a_search_is_cancelled_in_the_cluster(cluster: Cluster, index: str) -> None:
    head = b'{"index": {"_index": "%b"}}\n' % index.encode()
    cluster.bulk((head + b'{"n": 1}\n') * 200, {"refresh": True})
    with pytest.raises(SearchTimedOut, match=r"0\.05 seconds"):
        cluster.search(index, {"query": SLOW}, seconds=0.05)
    with pytest.raises(SearchTimedOut):
        cluster.searches([(index, {"query": SLOW})], seconds=0.05)


def test_a_pattern_that_is_too_large_is_refused(cluster: Cluster, index: str) -> None:
    pattern = "(.*a){200}.*(b|c|d){100}[a-z]{1,900}"
    cluster.request("PUT", f"/{index}/_mapping", None, {"properties": {"w": {"type": "text"}}})
    with pytest.raises(BadRequest, match=PATTERN_TOO_LARGE):
        cluster.search(index, {"query": {"regexp": {"w": {"value": pattern}}}})


def test_what_the_cluster_does_not_understand_is_a_failure(cluster: Cluster, index: str) -> None:
    with pytest.raises(EngineFailed, match="nothing"):
        cluster.search(index, {"query": {"nothing": {}}})
    with pytest.raises(EngineFailed, match="no such index"):
        cluster.get(f"{index}-none", "1")


def test_a_status_that_is_accepted_is_a_value(cluster: Cluster, index: str) -> None:
    answer = cluster.answer("GET", f"/{index}-none", accept=(404,))
    assert answer.status == 404
    assert "index_not_found_exception" in answer.kinds


def test_it_can_be_sent_to_another_process(cluster: Cluster, index: str) -> None:
    written = cluster.create(index, "1", {"n": 1})
    sent: Cluster = pickle.loads(pickle.dumps(cluster))
    assert sent.get(index, "1") == written
    sent.close()
