from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search_service.demo import catalogue
from search_service.sources.base import Source
from search_service.sources.open import open_source
from tests.support import catalogues
from tests.support.databases import Server

Open = Callable[..., Source]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example facility in SQLite, with 2,500 datafiles."""
    path = tmp_path_factory.mktemp("small") / "catalogue.sqlite"
    catalogue.create(path, scale=0.05)
    return path


@pytest.fixture(scope="session")
def mariadb_copy(mariadb_server: Server, small: Path) -> str:
    """The same in MariaDB; tests that change something make their own."""
    url = mariadb_server.new_database()
    catalogues.copy(small, url)
    return url


@pytest.fixture(scope="session")
def postgresql_copy(postgresql_server: Server, small: Path) -> str:
    """The same in PostgreSQL."""
    url = postgresql_server.new_database()
    catalogues.copy(small, url)
    return url


@pytest.fixture(scope="module")
def mariadb_writable(mariadb_server: Server, small: Path) -> str:
    """A copy whose single rows tests change."""
    url = mariadb_server.new_database()
    catalogues.copy(small, url)
    return url


@pytest.fixture(scope="module")
def postgresql_writable(postgresql_server: Server, small: Path) -> str:
    """A copy whose single rows tests change."""
    url = postgresql_server.new_database()
    catalogues.copy(small, url)
    return url


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens sources, and closes them after the test."""
    sources: list[Source] = []

    def open_(*arguments: object, **named: object) -> Source:
        source = open_source(*arguments, **named)  # type: ignore[arg-type]
        sources.append(source)
        return source

    yield open_
    for source in sources:
        source.close()
