"""An index of its own for each test, in the cluster that the tests use."""

import os
import uuid
from collections.abc import Iterator

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names

ADDRESS = os.environ.get("OPENSEARCH_ADDRESS", "http://127.0.0.1:19200")
LEASE_SECONDS = 1.5


@pytest.fixture
def options() -> Iterator[ClusterOptions]:
    prefix = f"control-{uuid.uuid4().hex[:8]}"
    options = ClusterOptions((ADDRESS,), prefix=prefix, lease_seconds=LEASE_SECONDS)
    yield options
    Cluster(options).answer("DELETE", f"/{prefix}-*", accept=(404,))


@pytest.fixture
def cluster(options: ClusterOptions) -> Iterator[Cluster]:
    cluster = Cluster(options)
    yield cluster
    cluster.close()


@pytest.fixture
def names(options: ClusterOptions) -> Names:
    return Names(options.prefix)
