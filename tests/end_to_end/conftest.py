"""A limit of time for each test, and a catalogue in SQLite with an index that was built from it.

A process that hangs must not hang the tests: each ends by the ``SECONDS`` of its module.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from search_service.cli.main import main
from search_service.demo import catalogue
from tests.support.serving import Served, serving
from tests.support.time_limit import time_limit

__all__ = ["time_limit"]


@pytest.fixture(scope="session")
def indexed_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed: what changes it takes ``place``."""
    directory = tmp_path_factory.mktemp("indexed")
    catalogue.create(directory / "catalogue.sqlite", scale=0.02)
    address = f"sqlite:///{directory}/catalogue.sqlite"
    indexed = CliRunner().invoke(
        main, ["reindex", "--source", address, "--data", f"{directory}/data", "--workers", "1"]
    )
    assert indexed.exit_code == 0, indexed.output
    return directory


@pytest.fixture
def place(tmp_path: Path, indexed_catalogue: Path) -> Path:
    """A directory with ``catalogue.sqlite`` and the data directory ``data``."""
    shutil.copytree(indexed_catalogue, tmp_path / "place")
    return tmp_path / "place"


@pytest.fixture
def service(place: Path) -> Iterator[Served]:
    """Of the index of ``place``."""
    with serving(place / "data", {"workers": 1}) as service:
        yield service
