"""When investigations become public: what a table tells, and how the next one is made of it."""

from pathlib import Path

import pytest

from search_service.errors import StorageFailed
from search_service.service.searching.releases import NAME, Releases, take_over, write


class Clock:
    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def generations(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "1", tmp_path / "2"
    for path in paths:
        path.mkdir()
    return paths


def public(generation: Path, at: int) -> set[int]:
    return set(Releases(lambda _: generation, Clock(at)).at(1, at).ids)


def test_an_investigation_is_public_from_its_release_on(generations: tuple[Path, Path]) -> None:
    first, _ = generations
    write(first, [(1, 100), (2, 200), (3, 300)], before=first, low=None, high=None)
    assert [public(first, at) for at in (99, 100, 199, 200, 1_000)] == [
        set(),
        {1},
        {1},
        {1, 2},
        {1, 2, 3},
    ]


def test_the_day_of_a_release_comes_while_the_service_runs(
    generations: tuple[Path, Path],
) -> None:
    first, _ = generations
    write(first, [(1, 100), (2, 200)], before=first, low=None, high=None)
    clock = Clock(150)
    releases = Releases(lambda _: first, clock)
    known = releases.at(1, 150)
    assert releases.at(1, clock.now) is known
    clock.now = 199
    assert releases.at(1, clock.now) is known
    clock.now = 200
    assert releases.at(1, clock.now).ids == {1, 2}
    assert releases.at(1, 150).ids == {1}, "a page goes on as of its first one"


def test_nobody_looks_ahead(generations: tuple[Path, Path]) -> None:
    first, _ = generations
    write(first, [(1, 100), (2, 200)], before=first, low=None, high=None)
    assert Releases(lambda _: first, Clock(150)).at(1, 10**15).ids == {1}


def test_another_generation_has_its_own_table(generations: tuple[Path, Path]) -> None:
    first, second = generations
    write(first, [(1, 100)], before=first, low=None, high=None)
    write(second, [(2, 100)], before=first, low=None, high=None)
    releases = Releases(lambda number: generations[number - 1], Clock(500))
    assert [releases.at(number, 500).ids for number in (1, 2, 1)] == [{1}, {2}, {1}]


def test_without_a_table_nothing_is_public(tmp_path: Path) -> None:
    assert public(tmp_path, 500) == set()


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
    generations: tuple[Path, Path], low: int | None, high: int | None, kept: set[int]
) -> None:
    first, second = generations
    write(first, [(1, 100), (2, 100), (3, 100)], before=first, low=None, high=None)
    for _ in range(2):  # as after a crash
        write(second, [(2, 10**15), (7, 100)], before=first, low=low, high=high)
    assert public(second, 500) == kept | {7}


def test_a_table_is_taken_over_whole(generations: tuple[Path, Path]) -> None:
    first, second = generations
    take_over(second, before=first)
    assert not (second / NAME).exists()
    write(first, [(1, 100)], before=first, low=None, high=None)
    take_over(second, before=first)
    assert public(second, 500) == {1}


def test_a_table_that_cannot_be_read_is_told_and_nothing_is_public(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no table at all, whoever wrote it" * 100)
    with pytest.raises(StorageFailed, match="cannot be read"):
        public(tmp_path, 500)


def test_a_table_that_is_gone_is_no_generation_without_releases(
    generations: tuple[Path, Path],
) -> None:
    first, second = generations
    write(first, [(1, 100)], before=first, low=None, high=None)
    (first / NAME).unlink()
    with pytest.raises(StorageFailed, match="is missing"):
        public(first, 200)
    with pytest.raises(StorageFailed):
        take_over(second, before=first)
