"""Sets of ids as arrays, beside Python's own sets."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_service.query.id_set import HIGHEST, LOWEST, IdSet

IDS = st.one_of(
    st.integers(-9, 9),
    st.integers(LOWEST, LOWEST + 5),
    st.integers(HIGHEST - 5, HIGHEST),
    st.integers(LOWEST, HIGHEST),
)


@given(st.lists(IDS), st.lists(IDS))
def test_it_holds_what_a_set_holds(ids: list[int], asked: list[int]) -> None:
    found, plain = IdSet.of(ids), set(ids)
    assert list(found) == sorted(plain)
    assert len(found) == len(plain)
    assert [number in found for number in asked] == [number in plain for number in asked]
    assert found.held(np.array(asked, np.int64)).tolist() == [n in plain for n in asked]
    assert found.span == (max(plain) - min(plain) + 1 if plain else 0)


@given(st.lists(IDS), IDS, IDS)
@example([LOWEST, 0, HIGHEST], LOWEST, HIGHEST)
def test_it_is_cut_between_two_ends(ids: list[int], low: int, high: int) -> None:
    assert list(IdSet.of(ids).between(low, high)) == sorted(n for n in set(ids) if low <= n <= high)


@given(st.lists(IDS))
def test_its_runs_are_consecutive_and_apart(ids: list[int]) -> None:
    found = IdSet.of(ids)
    runs = found.runs()
    assert sum(last - first + 1 for first, last in runs) == len(found)
    assert all(first in found and last in found for first, last in runs)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(runs))


@given(st.lists(st.integers(-50, 50)))
def test_its_gaps_are_the_rest_between_its_ends(ids: list[int]) -> None:
    plain = set(ids)
    rest = set(range(min(plain), max(plain) + 1)) - plain if plain else set()
    assert set(IdSet.of(ids).gaps()) == rest


@given(st.lists(IDS), st.lists(IDS))
def test_equal_sets_are_one_key(ids: list[int], others: list[int]) -> None:
    one, two = IdSet.of(ids), IdSet.of(others)
    assert (one == two) is (set(ids) == set(others))
    assert hash(IdSet.of(reversed(ids))) == hash(one)


@pytest.mark.parametrize(
    ("numbers", "ids"),
    [
        pytest.param([1, 2.0, 2.5], [1, 2], id="a-fraction-is-no-id"),
        pytest.param([2**63, -(2**63) - 1, 5], [5], id="beyond-64-bits"),
        pytest.param([float("inf"), float("-inf"), float("nan"), 3], [3], id="no-number-at-all"),
        pytest.param([1e300, 2**70, 7], [7], id="far-beyond"),
        pytest.param([], [], id="none"),
    ],
)
def test_only_integers_of_64_bits_are_ids(numbers: list[int | float], ids: list[int]) -> None:
    assert list(IdSet.of(numbers)) == ids


def test_what_is_no_number_is_in_no_set() -> None:
    assert "1" not in IdSet.of([1])
    assert 1.5 not in IdSet.of([1, 2])
    assert 2**70 not in IdSet.of([1])
