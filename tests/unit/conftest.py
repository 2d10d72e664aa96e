import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search_service.demo import catalogue
from search_service.sources.base import Source
from search_service.sources.open import open_source

Told = tuple[str, int | None, str]


class Opened:
    """A source, and what it has rejected."""

    def __init__(self, url: str) -> None:
        self.rejected: list[Told] = []
        self.source: Source = open_source(url, on_rejected=self._reject)

    def _reject(self, entity: str, id_: int | None, reason: str) -> None:
        self.rejected.append((entity, id_, reason))

    def ids(self, entity: str, low: int = 0, high: int = 10**9) -> list[int]:
        """The ids of a range."""
        return [id_ for block in self.source.read(entity, low, high) for id_, _ in block]


class Example:
    """A small catalogue in SQLite that a test may change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as database, database:
            for statement in statements:
                database.execute(statement)


@pytest.fixture
def example(tmp_path: Path) -> Example:
    path = tmp_path / "catalogue.sqlite"
    catalogue.create(path, scale=0.01)
    return Example(path)


@pytest.fixture
def opened() -> Iterator[type[Opened]]:
    made: list[Opened] = []

    class Kept(Opened):
        def __init__(self, url: str) -> None:
            super().__init__(url)
            made.append(self)

    yield Kept
    for one in made:
        one.source.close()
