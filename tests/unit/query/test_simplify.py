"""A tree becomes smaller and finds the same."""

import pytest

from search_service.query.simplify import simplify
from search_service.query.tree import (
    Bool,
    Boost,
    Everything,
    Exact,
    Join,
    Nothing,
    NumberRange,
    Numbers,
    Query,
    Term,
)

A, B, C, D = (Term("name", word) for word in "abcd")
ALL, NONE = Everything(), Nothing()


@pytest.mark.parametrize(
    ("query", "smaller"),
    [
        pytest.param(A, A, id="a-leaf"),
        pytest.param(Bool(must=(A,)), A, id="one-required"),
        pytest.param(Bool(should=(A,)), A, id="one-optional"),
        pytest.param(Bool(filter=(A,)), Bool(filter=(A,)), id="a-filter-scores-nothing"),
        pytest.param(Bool(should=(Bool(must=(A,)),)), A, id="groups-in-groups"),
        pytest.param(Bool(), NONE, id="an-empty-group"),
        pytest.param(Bool(must_not=(A,)), NONE, id="only-an-exclusion"),
        pytest.param(Bool(must=(A, NONE)), NONE, id="a-part-that-nothing-meets"),
        pytest.param(Bool(must=(A,), filter=(NONE,)), NONE, id="a-filter-that-nothing-meets"),
        pytest.param(Bool(should=(A, NONE)), A, id="an-option-that-nothing-meets"),
        pytest.param(Bool(should=(NONE, NONE)), NONE, id="no-option-is-left"),
        pytest.param(Bool(must=(A,), should=(NONE,)), A, id="an-optional-nothing"),
        pytest.param(Bool(must=(A,), must_not=(NONE,)), A, id="nothing-is-excluded"),
        pytest.param(Bool(must=(A,), must_not=(ALL,)), NONE, id="everything-is-excluded"),
        pytest.param(Bool(must=(A,), filter=(ALL,)), A, id="a-filter-that-all-meet"),
        pytest.param(
            Bool(should=(A, B), filter=(ALL,)),
            Bool(should=(A, B), filter=(ALL,)),
            id="without-which-an-option-would-be-required",
        ),
        pytest.param(Bool(must=(ALL,), filter=(A,)), Bool(filter=(A,)), id="all-beside-a-filter"),
        pytest.param(Bool(must=(ALL,)), ALL, id="all-alone"),
        pytest.param(
            Bool(must=(ALL,), must_not=(A,)), Bool(must=(ALL,), must_not=(A,)), id="all-but"
        ),
        pytest.param(
            Bool(should=(Bool(should=(A, B)), C)), Bool(should=(A, B, C)), id="options-of-options"
        ),
        pytest.param(
            Bool(must=(Bool(must=(A, B)), C)), Bool(must=(A, B, C)), id="requirements-in-another"
        ),
        pytest.param(
            Bool(filter=(Bool(must=(A,), filter=(B,)), Boost(C, 2), D)),
            Bool(filter=(A, B, C, D)),
            id="a-filter-need-not-score",
        ),
        pytest.param(
            Bool(must=(C,), should=(Bool(should=(A, B)),)),
            Bool(must=(C,), should=(Bool(should=(A, B)),)),
            id="an-optional-group-beside-a-requirement",
        ),
        pytest.param(Boost(Boost(A, 2), 3), Boost(A, 6), id="boosts-multiply"),
        pytest.param(Boost(A, 1), A, id="a-boost-of-one"),
        pytest.param(Boost(NONE, 2), NONE, id="nothing-boosted"),
        pytest.param(Join("Sample", "id", "id", Bool(must=(NONE,))), NONE, id="a-join-of-nothing"),
        pytest.param(
            Join("Sample", "id", "id", Bool(must=(A,)), scored=True),
            Join("Sample", "id", "id", A, scored=True),
            id="a-join",
        ),
        pytest.param(Exact("name", ()), NONE, id="no-values"),
        pytest.param(Numbers("id", ()), NONE, id="no-numbers"),
        pytest.param(NumberRange("id", 2, 1), NONE, id="an-empty-range"),
        pytest.param(NumberRange("id", 1, 1), NumberRange("id", 1, 1), id="a-range-of-one"),
    ],
)
def test_a_tree_is_simplified(query: Query, smaller: Query) -> None:
    assert simplify(query) == smaller
    assert simplify(smaller) == smaller


def test_a_word_that_is_repeated_in_a_long_text_is_looked_for_once() -> None:
    said = Bool(should=(A, *[B] * 99, C))
    assert simplify(said) == Bool(should=(A, Boost(B, 99), C))
