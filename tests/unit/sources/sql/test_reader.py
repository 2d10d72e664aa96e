import pickle

import pytest

from search_service.errors import SchemaUnknown
from search_service.sources.open import open_source
from search_service.sources.sql import reader
from tests.unit.conftest import Example, Opened


@pytest.mark.parametrize(
    ("change", "id_", "reason"),
    [
        pytest.param("FILESIZE = 'large'", 3, "FILESIZE should hold integers", id="not-a-number"),
        pytest.param("FILESIZE = 1.5", 3, "fileSize: 1.5 is not an integer", id="not-an-integer"),
        pytest.param("NAME = 7", None, "", id="text-in-sqlite-is-text"),
        pytest.param("NAME = x'00'", 3, "NAME should hold text", id="bytes"),
        pytest.param("NAME = CAST(x'ff' AS TEXT)", 3, "decode", id="no-utf-8"),
        pytest.param("DATAFILEMODTIME = 'soon'", 3, "date: Invalid isoformat", id="no-date"),
        pytest.param("DATASET_ID = 99", 3, "DATASET 99 is not there", id="no-parent"),
        pytest.param("DATAFILEFORMAT_ID = 99", None, "", id="a-parent-that-may-be-missing"),
    ],
)
def test_a_row_that_makes_no_document_is_told_and_left_out(
    example: Example, opened: type[Opened], change: str, id_: int | None, reason: str
) -> None:
    example.change(f"UPDATE DATAFILE SET {change} WHERE ID = 3")
    reading = opened(example.url)
    left = [1, 2, 4, 5] if id_ else [1, 2, 3, 4, 5]
    assert reading.ids("Datafile", 1, 6) == left
    assert [told[:2] for told in reading.rejected] == ([("Datafile", id_)] if id_ else [])
    assert reason in "".join(told[2] for told in reading.rejected)


def test_a_parent_that_makes_no_fields_costs_those_that_refer_to_it(
    example: Example, opened: type[Opened]
) -> None:
    example.change(
        "UPDATE INVESTIGATION SET STARTDATE = 'never' WHERE ID ="
        " (SELECT INVESTIGATION_ID FROM DATASET WHERE ID = 1)"
    )
    reading = opened(example.url)
    assert reading.ids("Dataset", 1, 2) == []
    assert reading.rejected[0][:2] == ("Dataset", 1)
    assert "INVESTIGATION " in reading.rejected[0][2]


def test_a_parent_that_the_driver_cannot_read_costs_those_that_refer_to_it(
    example: Example, opened: type[Opened]
) -> None:
    example.change("UPDATE DATASET SET NAME = CAST(x'ff' AS TEXT) WHERE ID = 1")
    reading = opened(example.url)
    total = len(reading.ids("Datafile")) + len(reading.rejected)
    assert total == 500
    assert {told[0] for told in reading.rejected} == {"Datafile"}
    assert all("DATASET 1:" in told[2] for told in reading.rejected)


def test_numbers_that_cannot_be_sent_are_rejected(example: Example, opened: type[Opened]) -> None:
    example.change(
        "UPDATE DATASETPARAMETER SET STRING_VALUE = NULL, NUMERIC_VALUE = 9e999 WHERE ID = 1"
    )
    reading = opened(example.url)
    reading.ids("DatasetParameter", 1, 3)
    assert reading.rejected == [
        ("DatasetParameter", 1, "numericValue: inf is not a number that can be sent")
    ]


def test_dates_as_numbers_are_epoch_milliseconds(example: Example, opened: type[Opened]) -> None:
    example.change("UPDATE DATAFILE SET DATAFILEMODTIME = 1700000000123 WHERE ID = 1")
    ((_, document),) = next(iter(opened(example.url).source.read("Datafile", 1, 2)))
    assert document["date"] == 1_700_000_000_123


def test_dates_are_read_in_the_zone_that_is_named(example: Example) -> None:
    example.change("UPDATE DATAFILE SET DATAFILEMODTIME = '2024-07-01 12:00:00' WHERE ID = 1")
    dates = {}
    for zone in ("UTC", "Europe/Berlin"):
        source = open_source(example.url, zone)
        ((_, document),) = next(iter(source.read("Datafile", 1, 2)))
        dates[zone] = document["date"]
        source.close()
    assert dates["UTC"] - dates["Europe/Berlin"] == 2 * 3_600_000


def test_ranges_leave_nothing_out_at_the_edges_of_pages(
    example: Example, opened: type[Opened]
) -> None:
    example.change(
        "UPDATE DATAFILE SET ID = ID + 1000000",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
        " INSERT INTO DATAFILE (ID, NAME, DATASET_ID, CREATE_ID, CREATE_TIME, MOD_ID, MOD_TIME)"
        " SELECT 2 * i, 'f' || i, 1, 'x', '2020-01-01 00:00:00', 'x', '2020-01-01 00:00:00' FROM n",
    )
    reading = opened(example.url)
    even = list(range(2, 18_001, 2))
    assert reading.ids("Datafile", 0, 20_000) == even
    assert reading.ids("Datafile", 2, 2 * reader.PAGE + 2) == even[: reader.PAGE]
    assert reading.ids("Datafile", 2, 2 * reader.PAGE + 3) == even[: reader.PAGE + 1]
    assert reading.ids("Datafile", 5, 5) == []
    sizes = [len(block) for block in reading.source.read("Datafile", 0, 20_000)]
    assert sizes == [reader.PAGE, reader.PAGE, 9_000 - 2 * reader.PAGE]


def test_an_entity_without_documents_has_no_bounds(example: Example, opened: type[Opened]) -> None:
    example.change("DELETE FROM SAMPLEPARAMETER")
    source = opened(example.url).source
    assert source.bounds("SampleParameter") is None
    assert list(source.boundaries("SampleParameter", 3)) == []
    assert source.bounds("InvestigationSample") is None
    assert list(source.read("InvestigationSample", 0, 10)) == []


SEVEN = (
    "CREATE TABLE INVESTIGATIONSAMPLE (ID INTEGER PRIMARY KEY, INVESTIGATION_ID BIGINT,"
    " SAMPLE_ID BIGINT)",
    "INSERT INTO INVESTIGATIONSAMPLE SELECT ID + 50, INVESTIGATION_ID, ID FROM SAMPLE",
    "CREATE TABLE S AS SELECT ID, NAME, SAMPLETYPE_ID FROM SAMPLE",
    "DROP TABLE SAMPLE",
    "ALTER TABLE S RENAME TO SAMPLE",
)


def test_catalogue_7_has_samples_of_investigations(example: Example, opened: type[Opened]) -> None:
    before = opened(example.url).source
    samples = [row for block in before.read("Sample", 0, 1000) for row in block]
    example.change("PRAGMA foreign_keys = OFF", *SEVEN)
    after = opened(example.url).source
    found = [row for block in after.read("InvestigationSample", 0, 1000) for row in block]
    assert found == [
        (
            id_ + 50,
            {name: value for name, value in document.items() if name != "sample.investigation.id"}
            | {"id": id_ + 50, "investigation.id": document["sample.investigation.id"]},
        )
        for id_, document in samples
    ]
    assert after.bounds("Sample") is None
    datasets = [document for block in after.read("Dataset", 0, 10) for _, document in block]
    assert any("sample.name" in document for document in datasets)
    assert not any("sample.investigation.id" in document for document in datasets)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            "ALTER TABLE DATASET RENAME COLUMN END_DATE TO ENDDATE",
            "schema of ICAT 6: table DATASET has no column END_DATE",
            id="column",
        ),
        pytest.param(
            "DROP TABLE DATASETTECHNIQUE",
            "schema of ICAT 6: there is no table DATASETTECHNIQUE",
            id="table",
        ),
        pytest.param("DROP TABLE SAMPLE", "no catalogue of ICAT 6 or 7", id="no-catalogue"),
        pytest.param(
            "ALTER TABLE SAMPLE RENAME COLUMN INVESTIGATION_ID TO PROPOSAL_ID",
            "table SAMPLE has no column INVESTIGATION_ID",
            id="neither-6-nor-7",
        ),
    ],
)
def test_a_schema_that_does_not_fit_is_refused_by_name(
    example: Example, change: str, sentence: str
) -> None:
    example.change(change)
    with pytest.raises(SchemaUnknown, match=sentence) as raised:
        open_source(example.url)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_release_dates_are_told_by_id_where_there_are_some(
    example: Example, opened: type[Opened]
) -> None:
    example.change(
        "CREATE TEMP TABLE MORE AS SELECT * FROM INVESTIGATION WHERE ID = 1",
        *(
            statement
            for id_ in (2, 3, 4)
            for statement in (
                f"UPDATE MORE SET ID = {id_}, VISIT_ID = {id_}",
                "INSERT INTO INVESTIGATION SELECT * FROM MORE",
            )
        ),
        "UPDATE INVESTIGATION SET RELEASEDATE = NULL",
        "UPDATE INVESTIGATION SET RELEASEDATE = '1970-01-02 00:00:00' WHERE ID IN (1, 3)",
        "UPDATE INVESTIGATION SET RELEASEDATE = 'never' WHERE ID = 2",
    )
    reading = opened(example.url)
    assert list(reading.source.releases(0, 100)) == [(1, 86_400_000), (3, 86_400_000)]
    assert list(reading.source.releases(2, 100)) == [(3, 86_400_000)]
    assert {told[:2] for told in reading.rejected} == {("Investigation", 2)}
    ((_, document),) = next(iter(reading.source.read("Investigation", 1, 2)))
    assert "releaseDate" not in document


def test_a_catalogue_without_release_dates_has_nothing_public(
    example: Example, opened: type[Opened]
) -> None:
    example.change("ALTER TABLE INVESTIGATION DROP COLUMN RELEASEDATE")
    assert list(opened(example.url).source.releases(0, 100)) == []
