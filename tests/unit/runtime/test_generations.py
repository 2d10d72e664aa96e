"""Whatever fails around the file ``current``: the service goes by what the file says."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search_service.catalogue.documents import Operation
from search_service.engines.embedded.storage import generations
from search_service.errors import StorageFailed
from search_service.runtime.service import OpenedStore
from tests.support.indexed import Indexed, datafiles
from tests.support.unconfirmed import BUILT, COMMAND, build


@pytest.fixture
def indexed(tmp_path: Path) -> Iterator[Indexed]:
    indexed = Indexed(tmp_path)
    indexed.open()
    yield indexed
    indexed.close()


def opened(indexed: Indexed) -> OpenedStore:
    assert indexed.store is not None
    return indexed.store


def agree(indexed: Indexed, number: int) -> bool:
    return generations.current(indexed.root) == opened(indexed).state().generation == number


def create(indexed: Indexed, id_: int) -> None:
    opened(indexed).changes.modify(
        [Operation("create", "Datafile", id_, {"id": id_, "name": "later"})]
    )


def test_what_cannot_be_written_leaves_the_generation_as_it_is(indexed: Indexed) -> None:
    build(indexed, opened(indexed))
    in_the_way = indexed.root / "current.new"
    in_the_way.mkdir()
    with pytest.raises(StorageFailed, match=r"current.new.*what is searched is as it was"):
        opened(indexed).generations.hand_over()
    assert agree(indexed, 1)
    create(indexed, 500)
    opened(indexed).changes.commit()
    assert list(indexed.found("Datafile")) == [500]
    in_the_way.rmdir()
    opened(indexed).generations.hand_over()
    assert agree(indexed, 2)
    assert sorted(indexed.found("Datafile")) == [*BUILT, 500]


def test_what_cannot_be_adopted_is_not_switched_to(indexed: Indexed) -> None:
    build(indexed, opened(indexed))
    damaged = generations.path_of(indexed.root, 2) / "Sample"
    damaged.write_text("a file in the place of a directory")
    with pytest.raises(StorageFailed, match="what is searched is as it was"):
        opened(indexed).generations.hand_over()
    assert agree(indexed, 1)
    damaged.unlink()
    opened(indexed).generations.hand_over()
    assert agree(indexed, 2)
    assert indexed.found("Datafile") == datafiles(BUILT)


def test_a_mark_that_cannot_be_removed_does_no_harm(indexed: Indexed) -> None:
    build(indexed, opened(indexed))
    opened(indexed).generations.hand_over()
    mark = generations.path_of(indexed.root, 1) / "kept.json"
    mark.unlink()
    mark.mkdir()
    assert opened(indexed).generations.roll_back() == 1
    assert agree(indexed, 1)
    indexed.close()
    indexed.open()
    assert agree(indexed, 1)
    create(indexed, 1)
    opened(indexed).changes.commit()
    assert sorted(indexed.found("Datafile")) == [1]


def test_a_mark_that_stayed_begins_no_re_index(indexed: Indexed) -> None:
    building = generations.path_of(indexed.root, build(indexed, opened(indexed))) / "building.json"
    mark = building.read_bytes()
    opened(indexed).generations.hand_over()
    building.write_bytes(mark)
    assert generations.building(indexed.root) is None
    build(indexed, opened(indexed))
    opened(indexed).generations.hand_over()
    assert (agree(indexed, 3), generations.building(indexed.root)) == (True, None)


@pytest.mark.parametrize(
    "after", [pytest.param(2, id="the-new-one"), pytest.param(1, id="the-old-one-after-power-loss")]
)
def test_a_switch_that_the_disk_has_not_confirmed_is_followed_and_takes_no_change(
    tmp_path: Path, after: int
) -> None:
    seen = unconfirmed(tmp_path, "switch")
    root = tmp_path / "data"
    root.chmod(0o700)
    assert "but the disk has not confirmed it" in seen["refused"]
    assert (seen["current"], seen["generation"]) == (2, 2)
    assert seen["found"] == [*BUILT, 500]
    assert "no change is accepted" in seen["a change"]
    generations.point_at(root, after)
    indexed = Indexed(tmp_path)
    indexed.open()
    try:
        if after == 1:
            assert sorted(indexed.found("Datafile")) == [500]
            opened(indexed).generations.hand_over()
        assert agree(indexed, 2)
        create(indexed, 501)
        opened(indexed).changes.commit()
        assert sorted(indexed.found("Datafile")) == [*BUILT, 500, 501]
    finally:
        indexed.close()


@pytest.mark.parametrize(
    "after", [pytest.param(2, id="the-new-one"), pytest.param(1, id="the-old-one-after-power-loss")]
)
def test_a_population_that_the_disk_has_not_confirmed_is_followed_and_takes_no_change(
    tmp_path: Path, after: int
) -> None:
    seen = unconfirmed(tmp_path, "population")
    place = generations.path_of(tmp_path / "data", 1) / "Datafile"
    place.chmod(0o700)
    assert "but the disk has not confirmed it" in seen["refused"]
    assert seen["found"] == [*BUILT]
    assert "no change is accepted" in seen["a change"]
    assert generations.current(place) == 2
    generations.point_at(place, after)
    indexed = Indexed(tmp_path)
    indexed.open()
    try:
        assert sorted(indexed.found("Datafile")) == ([*BUILT] if after == 2 else [500])
        assert list(indexed.found("Dataset")) == [500]
    finally:
        indexed.close()


def test_a_population_whose_end_cannot_be_written_is_undone(indexed: Indexed) -> None:
    create(indexed, 1)
    changes = opened(indexed).changes
    changes.lock("Datafile", None, None, delete=True)
    changes.add_now("Datafile", [{"id": 2, "name": "new"}])
    (generations.path_of(indexed.root, 1) / "Datafile" / "current.new").mkdir()
    with pytest.raises(StorageFailed, match=r"could not end.*current\.new"):
        changes.unlock("Datafile")
    assert list(indexed.found("Datafile")) == [1]
    indexed.close()
    indexed.open()
    assert list(indexed.found("Datafile")) == [1]


def unconfirmed(directory: Path, what: str) -> dict[str, Any]:
    """What a process saw that may not read a directory that it writes to."""
    if COMMAND[0] == "setpriv" and shutil.which("setpriv") is None:
        pytest.skip("setpriv (Debian's util-linux) is missing")
    done = subprocess.run(
        [*COMMAND, str(directory), what], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_a_clear_that_cannot_be_written_clears_nothing(indexed: Indexed) -> None:
    create(indexed, 1)
    opened(indexed).changes.commit()
    in_the_way = indexed.root / "current.new"
    in_the_way.mkdir()
    with pytest.raises(StorageFailed, match=r"Nothing could be cleared.*current\.new"):
        opened(indexed).changes.clear()
    assert agree(indexed, 1)
    create(indexed, 2)
    opened(indexed).changes.commit()
    assert sorted(indexed.found("Datafile")) == [1, 2]
    in_the_way.rmdir()
    opened(indexed).changes.clear()
    assert not agree(indexed, 1)
    assert indexed.found("Datafile") == {}
    assert opened(indexed).state().generation == generations.current(indexed.root)
