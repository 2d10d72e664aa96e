"""Documents are compared field by field; what was found is told in lines."""

import pytest

from analyzers import Units
from search_service.catalogue.document_limits import DocumentLimits
from search_service.sync.check import CheckResult
from search_service.sync.compare import FieldDiffers, differences, indexed_document
from search_service.sync.id_ranges import IdRange
from search_service.sync.report import check_lines


@pytest.mark.parametrize(
    ("in_source", "in_index", "fields"),
    [
        pytest.param({"id": 1, "name": "a"}, {"name": "a", "id": 1}, [], id="order-means-nothing"),
        pytest.param({"rangeTop": 1}, {"rangeTop": 1.0}, [], id="numbers-by-value"),
        pytest.param({"name": "a"}, {"name": "b"}, ["name"], id="another-value"),
        pytest.param({"doi": "x"}, {}, ["doi"], id="missing-here"),
        pytest.param({}, {"doi": ""}, ["doi"], id="missing-there"),
        pytest.param({"date": 5_000}, {"date": 5_999}, [], id="milliseconds-of-a-live-message"),
        pytest.param({"date": 5_000}, {"date": 6_000}, ["date"], id="a-second"),
        pytest.param({"fileSize": 5_000}, {"fileSize": 5_001}, ["fileSize"], id="no-date"),
    ],
)
def test_fields_differ(
    in_source: dict[str, object], in_index: dict[str, object], fields: list[str]
) -> None:
    assert [one.name for one in differences(in_source, in_index)] == fields


def test_a_document_is_compared_as_the_index_would_keep_it() -> None:
    units = Units("")
    document = {"id": 1, "numericValue": 5.0, "type.units": "mK"}
    found = indexed_document("DatasetParameter", (1, document), units, DocumentLimits())
    assert isinstance(found, dict)
    assert (found["type.unitsSI"], found["numericValueSI"]) == ("Kelvin", 0.005)
    assert "name should be a string" in indexed_document(
        "Datafile", (1, {"id": 1, "name": 7}), units, DocumentLimits()
    )


def test_a_row_that_is_larger_than_a_document_may_be_is_told_with_the_setting() -> None:
    row = 1, {"id": 1, "name": "x" * 2_000}
    reason = indexed_document("Datafile", row, Units(""), DocumentLimits(value_length=1_999))
    assert isinstance(reason, str)
    assert "max_value_length" in reason


def test_what_differs_is_told() -> None:
    checked = CheckResult(
        "Dataset",
        2_000,
        1_999,
        1_000,
        ranges=[IdRange(1, 51, 50, 49)],
        missing=[7],
        different=[(12, [FieldDiffers("name", "a", None)])],
        unfit=[(13, "TYPE_ID is empty")],
    )
    assert not checked.agrees
    assert list(check_lines(checked)) == [
        "Dataset: 2,000 in the source, 1,999 in the index, 1,000 compared: different",
        "  ids 1 to 50: 50 in the source, 49 in the index",
        "  missing in the index: 1: 7",
        "  12: name is 'a' in the source, missing in the index",
        "  13: no document can be made of this row: TYPE_ID is empty",
    ]


def test_many_differences_are_not_told_one_by_one() -> None:
    missing = list(range(1_000))
    told = list(check_lines(CheckResult("Dataset", 9_000, 1, 0, missing=missing, more=True)))
    assert len(told) == 2
    assert told[1].startswith("  missing in the index: at least 1,000: 0, 1, ")
    assert told[1].endswith(", 19 …")
