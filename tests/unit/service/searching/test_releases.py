"""When investigations become public: what a table tells, and how the next one is made of it."""

import shutil
from pathlib import Path

import pytest

from search_service.engines.index import GenerationFiles
from search_service.errors import StorageFailed
from search_service.service.searching.releases import NAME, Releases, rows, take_over, write
from tests.support.generation_files import Machine, OneDirectory
from tests.support.set_clock import Clock


@pytest.fixture
def files(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "here", tmp_path / "shared")


def public(files: GenerationFiles, generation: int, at: int) -> set[int]:
    return set(Releases(files, Clock(at)).at(generation, at).ids)


def test_an_investigation_is_public_from_its_release_on(files: Machine) -> None:
    write(files, 1, [(1, 100), (2, 200), (3, 300)], before=1, low=None, high=None)
    assert [public(files, 1, at) for at in (99, 100, 199, 200, 1_000)] == [
        set(),
        {1},
        {1},
        {1, 2},
        {1, 2, 3},
    ]


def test_the_day_of_a_release_comes_while_the_service_runs(files: Machine) -> None:
    write(files, 1, [(1, 100), (2, 200)], before=1, low=None, high=None)
    clock = Clock(150)
    releases = Releases(files, clock)
    known = releases.at(1, 150)
    assert releases.at(1, clock.now) is known
    clock.now = 199
    assert releases.at(1, clock.now) is known
    clock.now = 200
    assert releases.at(1, clock.now).ids == {1, 2}
    assert releases.at(1, 150).ids == {1}, "a page goes on as of its first one"


def test_nobody_looks_ahead(files: Machine) -> None:
    write(files, 1, [(1, 100), (2, 200)], before=1, low=None, high=None)
    assert Releases(files, Clock(150)).at(1, 10**15).ids == {1}


def test_another_generation_has_its_own_table(files: Machine) -> None:
    write(files, 1, [(1, 100)], before=1, low=None, high=None)
    write(files, 2, [(2, 100)], before=1, low=None, high=None)
    releases = Releases(files, Clock(500))
    assert [releases.at(number, 500).ids for number in (1, 2, 1)] == [{1}, {2}, {1}]


def test_without_a_table_nothing_is_public(files: Machine) -> None:
    assert public(files, 1, 500) == set()


@pytest.mark.parametrize(
    ("low", "high", "kept"),
    [
        (None, None, set()),
        (2, 3, {1, 3}),
        (2, None, {1}),
        (None, 3, {3}),
    ],
)
def test_a_part_is_written_over_what_there_was(
    files: Machine, low: int | None, high: int | None, kept: set[int]
) -> None:
    write(files, 1, [(1, 100), (2, 100), (3, 100)], before=1, low=None, high=None)
    for _ in range(2):  # as after a crash
        write(files, 2, [(2, 10**15), (7, 100)], before=1, low=low, high=high)
    assert public(files, 2, 500) == kept | {7}


def test_a_table_is_taken_over_whole(files: Machine) -> None:
    take_over(files, 2, before=1)
    assert not (files.place(2) / NAME).exists()
    write(files, 1, [(1, 100)], before=1, low=None, high=None)
    take_over(files, 2, before=1)
    assert public(files, 2, 500) == {1}


def test_a_table_that_cannot_be_read_is_told_and_nothing_is_public(files: Machine) -> None:
    (files.place(1) / NAME).write_bytes(b"no table at all, whoever wrote it" * 100)
    with pytest.raises(StorageFailed, match="cannot be read"):
        public(files, 1, 500)


def test_a_table_that_is_gone_is_no_generation_without_releases(tmp_path: Path) -> None:
    files = OneDirectory(tmp_path)
    write(files, 1, [(1, 100)], before=1, low=None, high=None)
    (tmp_path / NAME).unlink()
    with pytest.raises(StorageFailed, match="is missing"):
        public(files, 1, 200)
    with pytest.raises(StorageFailed):
        take_over(files, 2, before=1)


def test_another_machine_knows_what_is_public(tmp_path: Path) -> None:
    here, there = (Machine(tmp_path / name, tmp_path / "shared") for name in ("here", "there"))
    write(here, 1, [(1, 100)], before=1, low=None, high=None)
    assert public(there, 1, 200) == {1}
    take_over(there, 2, before=1)
    assert public(here, 2, 200) == {1}


def test_a_table_is_looked_for_once_for_a_generation(files: Machine) -> None:
    write(files, 1, [(1, 100), (2, 200)], before=1, low=None, high=None)
    clock = Clock(150)
    releases = Releases(files, clock)
    assert releases.at(1, 150).ids == {1}
    shutil.rmtree(files.shared)
    clock.now = 200
    assert releases.at(1, 200).ids == {1, 2}


def test_rows_are_read_for_another_index(files: Machine) -> None:
    assert list(rows(files, 1, 0, 10)) == []
    write(files, 1, [(3, 300), (1, 100), (2, 200)], before=1, low=None, high=None)
    assert list(rows(files, 1, 1, 3)) == [(1, 100), (2, 200)]
