"""An index of its own for each test, or each module, in the cluster that the tests use."""

import os
import uuid
from collections.abc import Iterator

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names

ADDRESS = os.environ.get("OPENSEARCH_ADDRESS", "http://127.0.0.1:19200")
LEASE_SECONDS = 1.5


def new_options() -> Iterator[ClusterOptions]:
    """Those of an index that goes afterwards."""
    prefix = f"control-{uuid.uuid4().hex[:8]}"
    options = ClusterOptions((ADDRESS,), prefix=prefix, lease_seconds=LEASE_SECONDS)
    yield options
    cluster = Cluster(options)
    cluster.answer("DELETE", f"/{prefix}-*", accept=(404,))
    cluster.close()


@pytest.fixture
def options() -> Iterator[ClusterOptions]:
    yield from new_options()


@pytest.fixture(scope="module")
def shared_options() -> Iterator[ClusterOptions]:
    """For all tests of a module: to make an index takes seconds."""
    yield from new_options()


@pytest.fixture
def cluster(options: ClusterOptions) -> Iterator[Cluster]:
    cluster = Cluster(options)
    yield cluster
    cluster.close()


@pytest.fixture
def names(options: ClusterOptions) -> Names:
    return Names(options.prefix)
