import re
import sqlite3
from typing import Any

import pytest


def rows(database: sqlite3.Connection, statement: str) -> list[tuple[Any, ...]]:
    return list(database.execute(statement))


def one(database: sqlite3.Connection, statement: str) -> Any:
    return rows(database, statement)[0][0]


@pytest.mark.parametrize(
    ("table", "count"), [("INVESTIGATION", 100), ("DATASET", 1_000), ("DATAFILE", 50_000)]
)
def test_it_has_the_size_it_is_said_to_have(
    database: sqlite3.Connection, table: str, count: int
) -> None:
    assert one(database, f"SELECT COUNT(*) FROM {table}") == count


def test_every_row_refers_to_rows_that_are_there(database: sqlite3.Connection) -> None:
    assert rows(database, "PRAGMA foreign_key_check") == []


def test_dates_are_text_to_the_second(database: sqlite3.Connection) -> None:
    date = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    for table, column in (("INVESTIGATION", "STARTDATE"), ("DATAFILE", "MOD_TIME")):
        values = rows(database, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        assert all(date.fullmatch(value) for (value,) in values)


def test_sizes_and_counts_add_up(database: sqlite3.Connection) -> None:
    statement = """
        SELECT COUNT(*) FROM DATASET d
        JOIN (SELECT DATASET_ID, COUNT(*) files, SUM(COALESCE(FILESIZE, 0)) size
              FROM DATAFILE GROUP BY DATASET_ID) f ON f.DATASET_ID = d.ID
        WHERE d.FILECOUNT = f.files AND d.FILESIZE = f.size
    """
    assert one(database, statement) == 1_000
    assert one(database, "SELECT SUM(FILECOUNT) FROM INVESTIGATION") == 50_000


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("INVESTIGATION", "DOI"),
        ("DATASET", "SAMPLE_ID"),
        ("DATASET", "DESCRIPTION"),
        ("DATAFILE", "LOCATION"),
        ("DATAFILE", "DATAFILEFORMAT_ID"),
        ("DATAFILE", "DATAFILEMODTIME"),
        ("SAMPLE", "SAMPLETYPE_ID"),
    ],
)
def test_what_may_be_missing_sometimes_is(
    database: sqlite3.Connection, table: str, column: str
) -> None:
    assert (
        0
        < one(database, f"SELECT COUNT({column}) FROM {table}")
        < one(database, f"SELECT COUNT(*) FROM {table}")
    )


@pytest.mark.parametrize(
    "like", ["/data/%", "/dls/%", "/archive/%", r"\\skerry\inst$\%", r"Z:\S05 data\%", r"D:\ARC %"]
)
def test_paths_are_written_in_every_way(database: sqlite3.Connection, like: str) -> None:
    count = database.execute("SELECT COUNT(*) FROM DATAFILE WHERE LOCATION LIKE ?", [like])
    assert count.fetchone()[0] > 100


@pytest.mark.parametrize("kind", ["INVESTIGATION", "DATASET", "DATAFILE", "SAMPLE"])
def test_parameters_of_all_four_kinds_have_exactly_one_value(
    database: sqlite3.Connection, kind: str
) -> None:
    values = (
        "(STRING_VALUE IS NOT NULL) + (NUMERIC_VALUE IS NOT NULL) + (DATETIME_VALUE IS NOT NULL)"
    )
    assert rows(database, f"SELECT DISTINCT {values} FROM {kind}PARAMETER") == [(1,)]


@pytest.mark.parametrize("column", ["STRING_VALUE", "NUMERIC_VALUE", "DATETIME_VALUE", "RANGETOP"])
def test_datasets_or_samples_have_every_kind_of_value(
    database: sqlite3.Connection, column: str
) -> None:
    both = sum(
        one(database, f"SELECT COUNT({column}) FROM {table}")
        for table in ("DATASETPARAMETER", "SAMPLEPARAMETER")
    )
    assert both > 20


def test_some_people_measure_much_more_than_others(database: sqlite3.Connection) -> None:
    counts = [
        n for (n,) in rows(database, "SELECT COUNT(*) n FROM INVESTIGATIONUSER GROUP BY USER_ID")
    ]
    assert max(counts) > 5 * sorted(counts)[len(counts) // 2]


def test_visits_of_one_proposal_are_near_twins(database: sqlite3.Connection) -> None:
    statement = """
        SELECT COUNT(DISTINCT TITLE) FROM INVESTIGATION GROUP BY NAME HAVING COUNT(*) > 1
    """
    assert set(rows(database, statement)) == {(1,)}
