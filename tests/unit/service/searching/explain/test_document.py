"""Each condition of a search is told by itself."""

from dataclasses import fields

import pytest

from search_service.query.request.shapes import (
    Conditions,
    OwnFilter,
    ParameterCondition,
    Period,
)
from search_service.service.searching.explain.document import each_alone

# A new condition needs a value here, and a line in `each_alone`.
ALL = Conditions(
    text="neutron",
    user="ada",
    user_full_name="Ada",
    period=Period(1, 2),
    parameters=(ParameterCondition(name="temperature"), ParameterCondition(units="K")),
    filters=(OwnFilter("type.name", ("raw",)),),
)
NAMES = [field.name for field in fields(Conditions)]


@pytest.mark.parametrize("name", NAMES)
def test_each_condition_of_a_search_is_tried_alone(name: str) -> None:
    none = getattr(Conditions(), name)
    assert getattr(ALL, name) != none, f"give ALL some {name}"
    tried = [alone for _, alone in each_alone(ALL) if getattr(alone, name) != none]
    if name == "user":
        assert tried == [], "rights are told apart from conditions"
        return
    assert tried, f"each_alone leaves out {name}, so nobody is told that a document fails it"
    for alone in tried:
        assert [
            other for other in NAMES if getattr(alone, other) != getattr(Conditions(), other)
        ] == [name]


def test_conditions_have_names_for_a_person() -> None:
    assert [name for name, _ in each_alone(ALL)] == [
        "text",
        "userFullName",
        "lower and upper",
        "parameter temperature",
        "parameter 2",
        "filter type.name",
    ]
