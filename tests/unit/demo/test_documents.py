import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from search_service.catalogue import lookup
from search_service.catalogue.documents import Document
from search_service.demo import catalogue
from tests.support import example as documents

INDEXED = set(documents.ENTITIES)


@pytest.fixture(scope="module")
def by_entity(example: Path) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for entity, block in documents.read(example):
        found.setdefault(entity, []).extend(block)
    return found


def test_every_indexed_entity_of_catalogue_6_has_documents(
    by_entity: dict[str, list[Document]],
) -> None:
    assert set(by_entity) == INDEXED, "search_service/demo/facility.py makes rows of each table"


@pytest.mark.parametrize("entity", sorted(INDEXED))
def test_fields_are_those_the_service_knows(
    by_entity: dict[str, list[Document]], entity: str
) -> None:
    known = set(lookup.entity(entity).by_name)
    used = {field for document in by_entity[entity] for field in document}
    assert used <= known


@pytest.mark.parametrize("entity", sorted(INDEXED))
def test_a_field_without_value_is_left_out(
    by_entity: dict[str, list[Document]], entity: str
) -> None:
    assert not [d for d in by_entity[entity] if None in d.values()]


def test_dates_are_epoch_milliseconds(by_entity: dict[str, list[Document]]) -> None:
    year_2018, year_2026 = 1_514_764_800_000, 1_767_225_600_000
    for entity in ("Investigation", "Dataset", "Datafile"):
        assert all(year_2018 < int(d["date"]) < year_2026 for d in by_entity[entity])


def test_a_sample_has_no_id_of_its_own(by_entity: dict[str, list[Document]]) -> None:
    assert "id" not in by_entity["Sample"][0]
    assert "sample.id" in by_entity["Sample"][0]


def test_documents_come_in_the_order_of_their_ids(by_entity: dict[str, list[Document]]) -> None:
    ids = [int(d["id"]) for d in by_entity["Datafile"]]
    assert ids == sorted(ids)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.sqlite"
    catalogue.create(path, scale=0.01)
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def first(path: Path, entity: str) -> Document:
    return next(block[0] for name, block in documents.read(path) if name == entity)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("STRING_VALUE = 'air', NUMERIC_VALUE = 2", "stringValue", id="string"),
        pytest.param("STRING_VALUE = NULL, NUMERIC_VALUE = 2", "numericValue", id="number"),
        pytest.param("STRING_VALUE = NULL, NUMERIC_VALUE = NULL", "dateTimeValue", id="date"),
    ],
)
def test_a_parameter_with_several_values_says_one(small: Path, value: str, kept: str) -> None:
    change(small, f"UPDATE DATASETPARAMETER SET DATETIME_VALUE = '1970-01-01 00:00:01', {value}")
    values = {"stringValue", "numericValue", "dateTimeValue"} & set(
        first(small, "DatasetParameter")
    )
    assert values == {kept}


@pytest.mark.parametrize(
    ("gone", "date"),
    [
        pytest.param("", 3_000, id="changed"),
        pytest.param("DATAFILEMODTIME = NULL", 2_000, id="created"),
        pytest.param("DATAFILEMODTIME = NULL, DATAFILECREATETIME = NULL", 1_000, id="row-changed"),
    ],
)
def test_the_date_of_a_datafile_is_the_best_one_known(small: Path, gone: str, date: int) -> None:
    change(
        small,
        "UPDATE DATAFILE SET MOD_TIME = '1970-01-01 00:00:01',"
        " DATAFILECREATETIME = '1970-01-01 00:00:02', DATAFILEMODTIME = '1970-01-01 00:00:03'",
    )
    if gone:
        change(small, f"UPDATE DATAFILE SET {gone}")
    assert first(small, "Datafile")["date"] == date


def test_a_size_that_is_missing_is_zero(small: Path) -> None:
    change(small, "UPDATE DATASET SET FILESIZE = NULL, FILECOUNT = NULL")
    document = first(small, "Dataset")
    assert (document["fileSize"], document["fileCount"]) == (0, 0)


def test_a_dataset_without_sample_says_nothing_of_one(small: Path) -> None:
    change(small, "UPDATE DATASET SET SAMPLE_ID = NULL")
    assert not [field for field in first(small, "Dataset") if field.startswith("sample.")]
