"""What ends the start: on the real cluster where it can be had there, else on a stub of one."""

from http.server import BaseHTTPRequestHandler

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.checks import check_cluster
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.engines.opensearch.cluster.nodes import Nodes
from search_service.errors import EngineRefused
from tests.support.databases import free_port
from tests.support.opensearch.stub_node import stub_nodes


def refusal(options: ClusterOptions) -> str:
    cluster = Cluster(options, Nodes(options, pauses=(0.0,)))
    with pytest.raises(EngineRefused) as error:
        check_cluster(cluster, Names(options.prefix), health_seconds=0.1)
    cluster.close()
    return str(error.value)


@pytest.fixture
def names(cluster_options: ClusterOptions) -> Names:
    return Names(cluster_options.prefix)


def test_a_cluster_without_anything_of_ours_can_be_used(cluster: Cluster, names: Names) -> None:
    check_cluster(cluster, names)


def test_an_index_that_can_be_read_and_written_can_be_used(cluster: Cluster, names: Names) -> None:
    cluster.request("PUT", f"/{names.control}", None, {"settings": {"number_of_replicas": 1}})
    check_cluster(cluster, names)


def test_an_index_without_a_copy_is_red(
    cluster: Cluster, names: Names, cluster_options: ClusterOptions
) -> None:
    nowhere = {"index.routing.allocation.require._name": "nowhere", "number_of_replicas": 0}
    query = {"wait_for_active_shards": 0}
    cluster.request("PUT", f"/{names.control}", query, {"settings": nowhere})
    said = refusal(cluster_options)
    assert f"no copy of some shards of {names.control} (red)" in said


def test_an_index_is_read_only_when_a_disk_is_full(
    cluster: Cluster, names: Names, cluster_options: ClusterOptions
) -> None:
    cluster.request("PUT", f"/{names.control}", None, {"settings": {"number_of_replicas": 0}})
    block = {"index.blocks.read_only_allow_delete": True}
    cluster.request("PUT", f"/{names.control}/_settings", None, block)
    assert f"writes nothing to {names.control}, as a disk was beyond" in refusal(cluster_options)


def test_a_cluster_that_is_not_reached_is_named() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    assert f"at {address} does not answer" in refusal(ClusterOptions((address,)))


def test_a_node_that_is_not_encrypted_has_no_certificate(
    opensearch_addresses: tuple[str, ...],
) -> None:
    address = opensearch_addresses[0].replace("http:", "https:")
    assert "name that of its authority by the setting" in refusal(ClusterOptions((address,)))


def root(number: str, **version: str) -> tuple[int, object]:
    return 200, {"version": {"number": number, **version}, "tagline": "…"}


NO_RIGHT = "no permissions for [cluster:monitor/main] and User [name=searcher]"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (root("2.19.1", distribution="opensearch"), "has version 2.19.1, and 3.0 or newer"),
        (root("9.5.3"), "is Elasticsearch 9.5.3"),
        ((200, {"name": "something"}), "is no OpenSearch"),
        ((200, "<html>"), "is no OpenSearch"),
        ((404, {"detail": "Not Found"}), "is no OpenSearch"),
        ((401, "Unauthorized"), "does not know the account searcher, or has another password"),
        (
            (403, {"error": {"type": "security_exception", "reason": NO_RIGHT}}),
            "refuses the account searcher the right cluster:monitor/main, needed for GET /",
        ),
        ((503, {"error": {"type": "x", "reason": "no cluster manager"}}), "no cluster manager"),
    ],
)
def test_what_is_wrong_is_said(answer: tuple[int, object], said: str) -> None:
    with stub_nodes(lambda _handler, _body: answer) as (node,):
        assert said in refusal(ClusterOptions((node.address,), user="searcher", password="x"))


def test_the_password_is_sent_and_never_said() -> None:
    sent: list[str] = []

    def asks(handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
        sent.append(handler.headers["authorization"])
        return 401, {}

    with stub_nodes(asks) as (node,):
        said = refusal(ClusterOptions((node.address,), user="me", password="se:cr@t"))
    assert sent == ["Basic bWU6c2U6Y3JAdA=="]
    assert "cr@t" not in said
