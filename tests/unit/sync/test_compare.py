"""Documents are compared field by field; what was found is told in lines."""

import pytest

from analyzers import Units
from search_service.sync.cells import Cell
from search_service.sync.check import Checked
from search_service.sync.check_report import lines
from search_service.sync.compare import FieldDiffers, differences, kept


@pytest.mark.parametrize(
    ("wanted", "held", "fields"),
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
    wanted: dict[str, object], held: dict[str, object], fields: list[str]
) -> None:
    assert [one.name for one in differences(wanted, held)] == fields


def test_a_document_is_compared_as_the_index_would_keep_it() -> None:
    units = Units("")
    document = {"id": 1, "numericValue": 5.0, "type.units": "mK"}
    found = kept("DatasetParameter", (1, document), units)
    assert isinstance(found, dict)
    assert (found["type.unitsSI"], found["numericValueSI"]) == ("Kelvin", 0.005)
    assert "name should be a string" in kept("Datafile", (1, {"id": 1, "name": 7}), units)


def test_what_differs_is_told() -> None:
    checked = Checked(
        "Dataset",
        2_000,
        1_999,
        1_000,
        cells=[Cell(1, 51, 50, 49)],
        missing=[7],
        different=[(12, [FieldDiffers("name", "a", None)])],
        unfit=[(13, "TYPE_ID is empty")],
    )
    assert not checked.agrees
    assert list(lines(checked)) == [
        "Dataset: 2,000 in the source, 1,999 in the index, 1,000 compared: different",
        "  ids 1 to 50: 50 in the source, 49 in the index",
        "  missing in the index: 1: 7",
        "  12: name is 'a' in the source, missing in the index",
        "  13: no document can be made of this row: TYPE_ID is empty",
    ]


def test_many_differences_are_not_told_one_by_one() -> None:
    missing = list(range(1_000))
    told = list(lines(Checked("Dataset", 9_000, 1, 0, missing=missing, more=True)))
    assert len(told) == 2
    assert told[1].startswith("  missing in the index: at least 1,000: 0, 1, ")
    assert told[1].endswith(", 19 …")
