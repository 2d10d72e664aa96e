"""The JSON of conditions is read into shapes; what has another form is told."""

from typing import Any

import pytest

from search_service.errors import BadRequest
from search_service.query.request.conditions import (
    read_conditions,
    read_dimensions,
    read_facet_conditions,
)
from search_service.query.request.shapes import (
    Between,
    Conditions,
    Dimension,
    Equals,
    FieldCondition,
    FieldFilter,
    JoinedFilter,
    LabelRange,
    OwnFilter,
    ParameterCondition,
    Period,
    ValueCondition,
)


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        pytest.param({}, Conditions(), id="none"),
        pytest.param({"target": "Dataset", "x": 5}, Conditions(), id="other-keys-are-labels"),
        pytest.param(
            {"text": "a", "user": "b", "userFullName": "c"}, Conditions("a", "b", "c"), id="strings"
        ),
        pytest.param(
            {"lower": 5, "upper": "197001010000"},
            Conditions(period=Period(5, 59_999)),
            id="a-period",
        ),
        pytest.param({"upper": 5}, Conditions(period=Period(None, 5)), id="half-a-period"),
        pytest.param({"parameters": []}, Conditions(), id="no-parameters"),
        pytest.param(
            {"parameters": [{"name": "t*", "units": "K", "stringValue": "x"}, {}]},
            Conditions(
                parameters=(ParameterCondition("t*", "K", "x"), ParameterCondition()),
            ),
            id="parameters",
        ),
        pytest.param(
            {"parameters": [{"lowerDateValue": 1, "upperDateValue": "197001010000"}]},
            Conditions(parameters=(ParameterCondition(value=Period(1, 59_999)),)),
            id="a-parameter-in-a-period",
        ),
        pytest.param(
            {"parameters": [{"lowerNumericValue": 1, "upperNumericValue": 2.5}]},
            Conditions(parameters=(ParameterCondition(value=Between(1, 2.5)),)),
            id="a-parameter-in-a-range",
        ),
    ],
)
def test_conditions(query: Any, conditions: Conditions) -> None:
    assert read_conditions(query) == conditions


@pytest.mark.parametrize(
    ("key", "value", "condition"),
    [
        pytest.param(
            "dataset.type.name", "raw", FieldFilter("dataset", "type.name", ("raw",)), id="a"
        ),
        pytest.param(
            "Dataset.type.name",
            ["raw", "b"],
            FieldFilter("Dataset", "type.name", ("raw", "b")),
            id="b",
        ),
        pytest.param(
            "dataset.fileSize",
            [{"from": 1, "to": 2}, {"from": 5, "key": "large"}],
            FieldFilter("dataset", "fileSize", (Between(1, 2), Between(5, None))),
            id="ranges",
        ),
        pytest.param("dataset.type.name", [], FieldFilter("dataset", "type.name", ()), id="none"),
        pytest.param(
            "fileSize", {"from": 1, "to": 9}, OwnFilter("fileSize", (Between(1, 9),)), id="own"
        ),
        pytest.param(
            "fileSize",
            [{"to": 2}, {"from": 5, "key": "large"}],
            OwnFilter("fileSize", (Between(None, 2), Between(5, None))),
            id="own-ranges",
        ),
        pytest.param(
            "sampleparameter",
            {"key": "k", "label": "l", "filter": [{"field": "type.name", "value": "colour"}]},
            JoinedFilter("sampleparameter", ((FieldCondition("type.name", "colour"),),)),
            id="joined",
        ),
        pytest.param(
            "p",
            [
                {"filter": [{"field": "a", "exact": 5, "units": "K"}]},
                {"filter": [{"field": "b", "from": 1, "units": "m"}, {"field": "c", "to": 2.5}]},
            ],
            JoinedFilter(
                "p",
                (
                    (FieldCondition("a", Equals(5), "K"),),
                    (
                        FieldCondition("b", Between(1, None), "m"),
                        FieldCondition("c", Between(None, 2.5)),
                    ),
                ),
            ),
            id="several-joined",
        ),
    ],
)
def test_filters(key: str, value: Any, condition: Any) -> None:
    assert read_conditions({"filter": {key: value}}).filters == (condition,)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ([], "'query' should be an object, but is an array"),
        ({"text": 5}, "'text' should be a string, but is 5"),
        ({"user": None}, "'user' should be a string, but is null"),
        ({"user": True}, "'user' should be a string, but is true"),
        ({"lower": "2015-01-01"}, "'lower' should be a date as yyyyMMddHHmm or in epoch millisec"),
        ({"upper": 1.5}, "'upper' should be a 64-bit integer, but is 1.5"),
        ({"parameters": {}}, "'parameters' should be an array, but is an object"),
        ({"parameters": ["x"]}, "An entry of 'parameters' should be an object, but is x"),
        (
            {"parameters": [{"lowerNumericValue": "a"}]},
            "'parameters.lowerNumericValue' should be a number, but is a",
        ),
        (
            {"parameters": [{"stringValue": "a", "lowerNumericValue": 5}]},
            "An entry of 'parameters' should have one of stringValue, lowerDateValue",
        ),
        ({"filter": []}, "'filter' should be an object, but is an array"),
        ({"filter": {"dataset.id": 5}}, "The filter dataset.id should be a string, an object"),
        ({"filter": {"dataset.id": [["x"]]}}, "or an array of these, but has an array"),
        ({"filter": {"dataset.id": {}}}, "'filter.dataset.id' has neither a value nor 'from'"),
        ({"filter": {"dataset.id": {"from": "a"}}}, "'filter.dataset.id.from' should be a number"),
        ({"filter": {"dataset": "raw"}}, "The filter dataset names no field, so it should be"),
        ({"filter": {"fileSize": "5"}}, "The filter fileSize names no field, so it should be"),
        ({"filter": {"fileSize": {}}}, "The filter fileSize names no field, so it should be"),
        ({"filter": {"fileSize": {"from": None}}}, "'filter.fileSize.from' should be a number"),
        ({"filter": {"dataset": {"from": 1}}}, "The filter dataset names no field, so it should"),
        ({"filter": {"p": {"filter": {}}}}, "should be an object whose 'filter' is an array"),
        ({"filter": {"p": {"filter": [5]}}}, "A condition of the filter p should be an object"),
        ({"filter": {"p": {"filter": [{}]}}}, "A condition of the filter p has no 'field'"),
        ({"filter": {"p": {"filter": [{"field": "a"}]}}}, "'filter.p' has neither a value nor"),
        (
            {"filter": {"p": {"filter": [{"field": "a", "value": 5}]}}},
            "'filter.p.value' should be a string, but is 5",
        ),
        (
            {"filter": {"p": {"filter": [{"field": "a", "exact": True}]}}},
            "'filter.p.exact' should be a number, but is true",
        ),
    ],
)
def test_conditions_of_another_form_are_told(query: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_conditions(query)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        pytest.param({}, (), id="none"),
        pytest.param({"type.name": "raw"}, (ValueCondition("type.name", ("raw",)),), id="a-string"),
        pytest.param({"id": 5}, (ValueCondition("id", (5,)),), id="a-number"),
        pytest.param({"id": [1, 2.0]}, (ValueCondition("id", (1, 2)),), id="numbers"),
        pytest.param({"numericValue": 1.5}, (ValueCondition("numericValue", (1.5,)),), id="double"),
        pytest.param({"id": []}, (ValueCondition("id", ()),), id="none-of-these"),
    ],
)
def test_facet_conditions(query: Any, conditions: Any) -> None:
    assert read_facet_conditions(query) == conditions


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"name": 5}, "The condition on name is a number, but name is not a number field"),
        ({"id": 1.5}, "The condition on id should be a 64-bit integer, but is 1.5"),
        ({"id": [True]}, "should be a string, a number or an array of these, but has true"),
        ({"id": {"from": 1}}, "an array of these, but has an object"),
        ({"id": None}, "an array of these, but has null"),
        ({"x" * 500: 5}, "…"),
    ],
)
def test_facet_conditions_of_another_form_are_told(query: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_facet_conditions(query)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 250


def test_dimensions() -> None:
    ranges = [{"key": "low", "to": 2}, {"from": 2, "to": 5}, {"from": 5}, {}]
    assert read_dimensions(
        [{"dimension": "type.name"}, {"dimension": "date", "ranges": ranges}]
    ) == (
        Dimension("type.name"),
        Dimension(
            "date",
            (
                LabelRange("low", None, 2),
                LabelRange("2-5", 2, 5),
                LabelRange("5-*", 5, None),
                LabelRange("*-*", None, None),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("range_", "label"),
    [
        ({"from": 100, "to": 400}, "100.0-400.0"),
        ({"from": 0.5, "to": 2.5}, "0.5-2.5"),
        ({"from": -10, "to": 0}, "-10.0-0.0"),
        ({"from": 1e10, "to": 1.5e300}, "1.0E10-1.5E300"),
        ({"from": 0.00001, "to": 0.001}, "1.0E-5-0.001"),
        ({"from": 9999999, "to": 10000000}, "9999999.0-1.0E7"),
        ({"to": 400}, "*-400.0"),
        ({"from": 100}, "100.0-*"),
        ({"from": 100, "to": 400, "key": "100-400"}, "100-400"),
    ],
)
def test_a_label_has_the_ends_as_a_double_is_written(range_: dict[str, Any], label: str) -> None:
    (found,) = read_dimensions([{"dimension": "numericValue", "ranges": [range_]}])
    assert found.ranges == (LabelRange(label, range_.get("from"), range_.get("to")),)


@pytest.mark.parametrize(
    ("dimensions", "told"),
    [
        ({}, "'dimensions' should be an array, but is an object"),
        ([5], "An entry of 'dimensions' should be an object, but is 5"),
        ([{}], "An entry of 'dimensions' has no 'dimension', the field to count by"),
        ([{"dimension": 5}], "'dimensions.dimension' should be a string, but is 5"),
        ([{"dimension": "name", "ranges": []}], "Ranges cannot be counted of name"),
        ([{"dimension": "unheard.of", "ranges": []}], "Ranges cannot be counted of unheard.of"),
        ([{"dimension": "date", "ranges": {}}], "'dimensions.ranges' should be an array"),
        ([{"dimension": "date", "ranges": [{"from": "a"}]}], "'dimensions.ranges.from' should be"),
        (
            [{"dimension": "date", "ranges": [{"to": 1.5}]}],
            "should be a 64-bit integer, but is 1.5",
        ),
        ([{"dimension": "date", "ranges": [{"key": 5}]}], "'dimensions.ranges.key' should be"),
    ],
)
def test_dimensions_of_another_form_are_told(dimensions: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_dimensions(dimensions)
    assert told in str(refused.value)
