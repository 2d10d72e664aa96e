"""Fixtures that tests of several folders share, what a test leaves, and how properties are tried.

In continuous integration properties are tried with the same examples on every run. Elsewhere each
run tries others, and remembers those that failed. No example has a time limit: machines are busy.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.support.databases import mariadb_server, postgresql_server
from tests.support.kept_logging import logging_kept

__all__ = ["mariadb_server", "postgresql_server"]

settings.register_profile("elsewhere", deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """A test with its fixtures, those of its module too, leaves logging as it was."""
    with logging_kept():
        return (yield)
