"""A cluster for tests: one node that all of them share, or that of the environment.

A test has a prefix of its own for the names of indices, and nothing is left of it. A test that asks
for any of these has the marker ``opensearch``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from search_service.engines.config import ClusterOptions
from tests.support.opensearch.nodes import Nodes

if TYPE_CHECKING:  # an environment for other tests need not have the library for clusters
    from search_service.engines.opensearch.cluster.client import Cluster

ENVIRONMENT = "ICAT_SEARCH_TEST_OPENSEARCH"
"""Addresses with commas between them, of a cluster that is used instead of one that is started."""


GIVEN = pytest.StashKey[str]()
"""What the environment says."""


@pytest.fixture(scope="session")
def opensearch_addresses(pytestconfig: pytest.Config) -> Iterator[tuple[str, ...]]:
    """Those of a cluster that all tests share. The test fails where it cannot be started."""
    if given := pytestconfig.stash[GIVEN]:
        yield tuple(given.split(","))
        return
    with TemporaryDirectory(prefix="icat-search-", ignore_cleanup_errors=True) as directory:
        nodes = Nodes.new(Path(directory), 1)
        try:
            nodes.start()
            yield nodes.addresses
        finally:
            nodes.kill()


@pytest.fixture
def cluster_options(opensearch_addresses: tuple[str, ...]) -> Iterator[ClusterOptions]:
    """Options with a prefix of the test's own."""
    with own_prefix(opensearch_addresses) as options:
        yield options


@pytest.fixture
def cluster(cluster_options: ClusterOptions) -> "Iterator[Cluster]":
    """What the engine asks of the cluster, under the test's own prefix."""
    cluster = _opened(cluster_options)
    yield cluster
    cluster.close()


@contextmanager
def own_prefix(addresses: tuple[str, ...]) -> Iterator[ClusterOptions]:
    """Options with a prefix that nobody has; all indices under it are removed at the end."""
    options = ClusterOptions(
        addresses,
        prefix=f"t{uuid4().hex[:12]}",
        shards={"": 1},
        replicas={"": 0},
        search_seconds=30.0,
    )
    try:
        yield options
    finally:
        cluster = _opened(options)
        cluster.request("DELETE", f"/{options.prefix}-*", {"expand_wildcards": "all"})
        cluster.close()


def _opened(options: ClusterOptions) -> "Cluster":
    from search_service.engines.opensearch.cluster.client import Cluster

    return Cluster(options)
