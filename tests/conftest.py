"""Fixtures that tests of several folders share, what a test leaves, and how properties are tried.

In continuous integration properties are tried with the same examples on every run. Elsewhere each
run tries others, and remembers those that failed. Neither an example nor its making has a time
limit: machines are busy.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.databases import mariadb_server, postgresql_server
from tests.support.kept_logging import logging_kept
from tests.support.opensearch.fixtures import (
    ENVIRONMENT,
    GIVEN,
    cluster,
    cluster_options,
    opensearch_addresses,
)
from tests.support.opensearch.indices import index_pool, indices

__all__ = [
    "cluster",
    "cluster_options",
    "index_pool",
    "indices",
    "mariadb_server",
    "opensearch_addresses",
    "postgresql_server",
]

settings.register_profile("elsewhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", settings.get_profile("elsewhere"), derandomize=True, print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")


def pytest_configure(config: pytest.Config) -> None:
    """Services that tests start would take the address of the cluster for a setting."""
    config.stash[GIVEN] = os.environ.pop(ENVIRONMENT, "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """A test with its fixtures, those of its module too, leaves logging as it was."""
    with logging_kept():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that needs a cluster has the marker that says so, before markers choose tests."""
    for item in items:
        if "opensearch_addresses" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.opensearch)
