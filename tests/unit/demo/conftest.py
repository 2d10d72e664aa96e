import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search_service.demo import catalogue


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example catalogue, in its usual size."""
    path = tmp_path_factory.mktemp("example") / "catalogue.sqlite"
    catalogue.create(path)
    return path


@pytest.fixture
def database(example: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(example)) as connection:
        yield connection
