"""A set of public investigations as a condition: exactly those, in few words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.query.id_set import IdSet
from search_service.query.released import released
from search_service.query.tree import Bool, Nothing, NumberRange, Numbers
from tests.support.dict_engine import DictReader


@given(st.sets(st.integers(-5, 60)))
def test_the_condition_is_met_by_exactly_these(ids: set[int]) -> None:
    condition = released(ids).on("investigation.id")
    datasets = {id_: {"id": id_, "investigation.id": id_} for id_ in range(-10, 70)}
    reader = DictReader({"Dataset": datasets})
    assert set(reader.values("Dataset", condition, "investigation.id")) == ids


@given(st.sets(st.integers(0, 200)))
def test_there_are_never_more_exceptions_than_it_saves(ids: set[int]) -> None:
    found = released(ids)
    assert len(found.without) + len(found.besides) <= len(ids)


@pytest.mark.parametrize(
    ("ids", "condition"),
    [
        pytest.param([], Nothing(), id="none"),
        pytest.param([7], NumberRange("id", 7, 7), id="one"),
        pytest.param(range(1, 100), NumberRange("id", 1, 99), id="all-up-to-one"),
        pytest.param(
            sorted({*range(1, 100)} - {40, 41}),
            Bool(must=(NumberRange("id", 1, 99),), must_not=(Numbers("id", IdSet.of((40, 41))),)),
            id="without-some",
        ),
        pytest.param(
            [1, 2, 3, 900],
            Bool(should=(NumberRange("id", 1, 3), Numbers("id", IdSet.of((900,))))),
            id="and-one-far-away",
        ),
    ],
)
def test_most_ids_are_one_stretch(ids: list[int], condition: object) -> None:
    assert released(ids).on("id") == condition
