"""Fixtures that tests of several folders share."""

from tests.support.databases import mariadb_server, postgresql_server

__all__ = ["mariadb_server", "postgresql_server"]
