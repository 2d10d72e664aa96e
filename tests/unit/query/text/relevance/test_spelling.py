"""How far spellings are apart, as the slow way counts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.query.text.relevance.spelling import distance
from tests.support.dict_engine import matching

WORDS = st.text("abc", max_size=7)


@given(WORDS, WORDS, st.integers(0, 3))
def test_it_is_what_the_slow_way_counts_up_to_a_limit(one: str, other: str, most: int) -> None:
    apart = matching.distance(one, other)
    assert distance(one, other, most) == (apart if apart <= most else None)


@pytest.mark.parametrize(
    ("one", "other", "apart"), [("silcon", "silicon", 1), ("form", "from", 1), ("scan", "scan", 0)]
)
def test_mistakes_of_typists_count_one(one: str, other: str, apart: int) -> None:
    assert distance(one, other, 2) == apart
