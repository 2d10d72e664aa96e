"""Ids that one of two sides lacks are found by counting."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.sync import id_ranges
from search_service.sync.check import sample_ids
from search_service.sync.id_ranges import Side


class Ids:
    """A side that notes how much of it was listed."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.all = sorted(ids)
        self.listed = 0

    def side(self) -> Side:
        return Side(
            lambda at: [len(self._between(low, high)) for low, high in pairwise(at)], self._list
        )

    def _between(self, low: int, high: int) -> list[int]:
        return self.all[bisect_left(self.all, low) : bisect_left(self.all, high)]

    def _list(self, low: int, high: int) -> list[int]:
        found = self._between(low, high)
        self.listed += len(found)
        return found


def apart(source: Ids, index: Ids) -> tuple[list[int], list[int]]:
    ends = (source.all[0], source.all[-1]) if source.all else None
    both = source.side(), index.side()
    found = [
        one
        for each in id_ranges.count_ranges(id_ranges.edges(ends), *both)
        if each.differs
        for one in id_ranges.narrow(each, *both)
    ]
    return (
        sorted(id_ for one in found for id_ in one.missing),
        sorted(id_ for one in found for id_ in one.extra),
    )


ids = st.sets(st.integers(-(2**62), 2**62) | st.integers(0, 300), max_size=60)


@given(ids, ids)
def test_what_only_one_side_has_is_found(common: set[int], missing: set[int]) -> None:
    source, index = Ids(list(common | missing)), Ids(list(common))
    assert apart(source, index) == (sorted(missing - common), [])
    assert apart(index, source) == ([], sorted(missing - common))


def test_few_ids_are_listed_to_find_one_of_many() -> None:
    source, index = Ids(range(1_000_000)), Ids([i for i in range(1_000_000) if i != 777_777])
    assert apart(source, index) == ([777_777], [])
    assert source.listed <= id_ranges.MOST_LISTED


def test_ids_far_outside_those_of_the_source_are_found() -> None:
    outside = [-(10**15), *range(10**12, 10**12 + 20_000)]
    assert apart(Ids([1, 2, 3]), Ids([1, 2, 3, *outside])) == ([], outside)
    assert apart(Ids([]), Ids(outside)) == ([], outside)


def test_one_too_few_and_one_too_many_in_the_same_range_cannot_be_counted() -> None:
    source, index = Ids([*range(1_000), 5_000_000]), Ids([*range(1, 1_001), 5_000_000])
    assert apart(source, index) == ([], [])


@pytest.mark.parametrize("number", [1, 10, 99, 1_000, 5_000])
def test_a_sample_is_spread_over_the_ids(number: int) -> None:
    side = Ids([*range(1, 1_001), *range(50_000, 50_200)])
    both = side.side(), side.side()
    found = id_ranges.count_ranges(id_ranges.edges((1, 50_199)), *both)

    def next_id(low: int, high: int) -> int | None:
        return next(iter(side._between(low, high)), None)

    sample = list(sample_ids(found, number, 0.5, next_id))
    assert set(sample) <= set(side.all)
    assert len(set(sample)) == len(sample)
    assert len(sample) == pytest.approx(min(number, 1_200), rel=0.3, abs=1)
    if number >= 99:
        assert any(id_ > 40_000 for id_ in sample)
    assert list(sample_ids([], number, 0.5, next_id)) == []


def test_another_shift_gives_another_sample() -> None:
    range_ = id_ranges.IdRange(0, 1_000, 1_000, 1_000)
    first, second = (
        list(sample_ids([range_], 10, shift, lambda low, _: low)) for shift in (0.1, 0.6)
    )
    assert first == list(range(10, 1_000, 100))
    assert second == list(range(60, 1_000, 100))
