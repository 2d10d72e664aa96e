import os
from pathlib import Path

import pytest

from search_service.engines.embedded.storage.slices.own_directory import NAME
from tests.support.indexed import Indexed, datafiles


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    """Two shards."""
    indexed = Indexed(tmp_path)
    indexed.open().changes.add_now("Datafile", list(datafiles(range(990, 1010)).values()))
    indexed.close()
    return indexed


def read(indexed: Indexed) -> int:
    engine = indexed.engine()
    reader = engine.reader()
    reader.see(engine.view())
    found = reader.count("Datafile")
    reader.close()
    return found


def test_a_reader_makes_slices_in_the_data_directory(indexed: Indexed) -> None:
    assert read(indexed) == 20
    assert (indexed.root / NAME).is_dir()


def test_a_reader_of_another_user_makes_nothing_there(
    indexed: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: indexed.root.stat().st_uid + 1)
    assert read(indexed) == 20
    assert not (indexed.root / NAME).exists()
