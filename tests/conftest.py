"""Fixtures that tests of several folders share, and how properties are tried.

In continuous integration properties are tried with the same examples on every run. Elsewhere each
run tries others, and remembers those that failed.
"""

import os

from hypothesis import settings

from tests.support.databases import mariadb_server, postgresql_server

__all__ = ["mariadb_server", "postgresql_server"]

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)

if os.environ.get("CI"):
    settings.load_profile("ci")
