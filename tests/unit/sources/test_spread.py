from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.sources.base import Bounds
from search_service.sources.spread import CountBetween, EndsBetween, cut


def sizes(ids: list[int], pieces: int) -> list[int]:
    """How many documents each piece has."""
    cuts = cut(Bounds(ids[0], ids[-1], len(ids)), pieces, *looking_at(ids))
    assert cuts == sorted(set(cuts))
    edges = [ids[0], *cuts, ids[-1] + 1]
    return [bisect_left(ids, high) - bisect_left(ids, low) for low, high in pairwise(edges)]


def looking_at(ids: list[int]) -> tuple[EndsBetween, CountBetween]:
    def part(low: int, high: int) -> list[int]:
        return ids[bisect_left(ids, low) : bisect_left(ids, high)]

    def ends(low: int, high: int) -> tuple[int, int] | None:
        found = part(low, high)
        return (found[0], found[-1]) if found else None

    return ends, lambda low, high: len(part(low, high))


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param(list(range(1, 40_001)), id="dense"),
        pytest.param(list(range(7, 400_000, 10)), id="every-tenth"),
        pytest.param([*range(20_000), *range(9_000_000, 9_020_000)], id="a-large-gap"),
        pytest.param([1, 2, *range(10**12, 10**12 + 40_000)], id="far-away"),
        pytest.param([*range(0, 400_000, 20), *range(400_000, 420_000)], id="uneven"),
    ],
)
def test_pieces_have_about_equally_many_documents(ids: list[int]) -> None:
    found = sizes(ids, 4)
    assert len(found) == 4
    assert max(found) < 1.15 * len(ids) / 4


@given(
    st.lists(st.integers(-5, 10**7), min_size=1, max_size=50, unique=True).map(sorted),
    st.integers(1, 20),
)
def test_the_pieces_make_the_whole(ids: list[int], pieces: int) -> None:
    found = sizes(ids, pieces)
    assert sum(found) == len(ids)
    assert len(found) <= pieces


def test_one_piece_needs_no_counting() -> None:
    assert (
        cut(Bounds(1, 10**9, 10**9), 1, lambda _low, _high: None, lambda _low, _high: 1 // 0) == []
    )
