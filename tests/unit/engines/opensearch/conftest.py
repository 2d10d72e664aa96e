"""An index of its own for each test, or each module, in the cluster that the tests use."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.names import Names
from tests.support.opensearch.fixtures import own_prefix

LEASE_SECONDS = 4.0  # less is too short where everything is slow


@pytest.fixture
def options(cluster_options: ClusterOptions) -> ClusterOptions:
    """For a test of its own. Who stops holds up the others for a moment only."""
    return replace(cluster_options, lease_seconds=LEASE_SECONDS)


@pytest.fixture(scope="module")
def shared_options(opensearch_addresses: tuple[str, ...]) -> Iterator[ClusterOptions]:
    """For all tests of a module: to make an index takes seconds."""
    with own_prefix(opensearch_addresses) as options:
        yield replace(options, lease_seconds=LEASE_SECONDS)


@pytest.fixture
def names(options: ClusterOptions) -> Names:
    return Names(options.prefix)
