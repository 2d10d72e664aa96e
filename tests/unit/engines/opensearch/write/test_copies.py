"""Copies of what a re-index builds: none meanwhile, then as many as the settings say."""

from dataclasses import replace

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.write.copies import Copies
from search_service.errors import CannotReindex

MORE_THAN_NODES = 90


@pytest.fixture
def index(options: ClusterOptions, cluster: Cluster) -> str:
    name = f"{options.prefix}-000002-sample-1"
    cluster.request("PUT", f"/{name}", body={"settings": {"number_of_replicas": 1}})
    return name


def replicas(cluster: Cluster, index: str) -> str:
    settings = cluster.request("GET", f"/{index}/_settings")[index]["settings"]["index"]
    return str(settings["number_of_replicas"])


def test_what_is_built_has_no_copies_until_it_is_complete(
    options: ClusterOptions, cluster: Cluster, index: str
) -> None:
    copies = Copies(cluster, replace(options, replicas={"": 3, "Sample": 0}))
    copies.leave_out([index])
    assert replicas(cluster, index) == "0"
    copies.make({"Sample": index})
    assert replicas(cluster, index) == "0", "an entity may have a number of its own"


def test_copies_that_no_node_takes_are_not_waited_for(
    options: ClusterOptions, cluster: Cluster, index: str
) -> None:
    copies = Copies(cluster, replace(options, replicas={"": MORE_THAN_NODES}), look_seconds=1)
    copies.make({"Sample": index})
    assert replicas(cluster, index) == str(MORE_THAN_NODES)


def test_a_shard_that_is_on_no_node_is_told(
    options: ClusterOptions, cluster: Cluster, index: str
) -> None:
    body = {
        "settings": {"index.routing.allocation.require._name": "no node", "number_of_replicas": 0}
    }
    lost = f"{index}2"
    cluster.request("PUT", f"/{lost}", {"wait_for_active_shards": 0}, body)
    with pytest.raises(CannotReindex, match=f"Shards of {lost} are on no node"):
        Copies(cluster, options, look_seconds=1).make({"Sample": lost})
