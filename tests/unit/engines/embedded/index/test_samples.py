"""Samples are as large as they say, spread over the ids whatever these are, and nested."""

from itertools import pairwise

import pytest

from search_service.engines.embedded.index.samples import BELOW, BITS, MASK, MIXED, sample_terms

MANY = 200_000


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param(range(MANY), id="one-after-another"),
        pytest.param(range(-MANY, 0), id="negative"),
        pytest.param(range(5_000_000_000, 5_000_000_000 + 10 * MANY, 10), id="every-tenth"),
        pytest.param(range(0, 64 * MANY, 64), id="every-64th"),
    ],
)
def test_a_sample_is_as_large_as_it_says(ids: range) -> None:
    found = [term for id_ in ids for term in sample_terms(id_)]
    assert found.count("%6") == pytest.approx(MANY / 2**6, rel=0.02)
    assert found.count("%12") == pytest.approx(MANY / 2**12, rel=0.2)


def test_samples_are_nested() -> None:
    sampled = [terms for id_ in range(MANY) if (terms := sample_terms(id_))]
    every = [f"%{bits}" for bits in BITS]
    assert all(terms == every[: len(terms)] for terms in sampled)


def test_neighbours_do_not_fall_into_a_sample_together() -> None:
    sampled = [id_ for id_ in range(MANY) if sample_terms(id_)]
    assert min(b - a for a, b in pairwise(sampled)) > 30


@pytest.mark.parametrize("id_", [0, 1, 55, 89, -1, -(2**63), 2**63 - 1])
def test_what_is_used_in_place_says_the_same(id_: int) -> None:
    assert (id_ * MIXED & MASK < BELOW) is bool(sample_terms(id_))
