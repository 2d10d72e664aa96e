"""What changed since a moment, in a catalogue in SQLite; the state of a sync."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search_service.catalogue.columns import CATALOGUE_6, CATALOGUE_7
from search_service.demo import catalogue
from search_service.errors import CannotSync, SchemaUnknown
from search_service.runtime.sync_file import parse_time
from search_service.sources.moments import Moments
from search_service.sources.open import open_source
from search_service.sources.sql.changed import Changed, related_rows, wall_time
from search_service.sources.sql.reader import SqlSource
from search_service.sync.sender import ids_with_other_fields
from search_service.sync.state import locked_state

NEVER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    catalogue.create(tmp_path / "catalogue.sqlite", scale=0.01)
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def changed(path: Path) -> Iterator[Changed]:
    with closing(open_source(f"sqlite:///{path}")) as source:
        assert isinstance(source, SqlSource)
        yield source.changed()


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_rows_count_as_changed_from_their_second_on(path: Path, changed: Changed) -> None:
    execute(
        path,
        "UPDATE DATAFILE SET MOD_TIME = '2030-01-01 00:00:00' WHERE ID = 5",
        "UPDATE DATAFILE SET CREATE_TIME = '2030-01-01 00:00:01' WHERE ID = 9",
        "UPDATE DATAFILE SET MOD_TIME = '2029-12-31 23:59:59' WHERE ID = 12",
    )
    assert [id_ for ids in changed.ids("Datafile", NEVER) for id_ in ids] == [5, 9]
    assert list(changed.ids("InvestigationSample", NEVER)) == []


def test_ids_far_apart_are_reached(path: Path, changed: Changed) -> None:
    execute(
        path,
        "UPDATE DATAFILE SET ID = 9000000000000, MOD_TIME = '2030-01-01 00:00:00' WHERE ID = 5",
    )
    assert list(changed.ids("Datafile", NEVER)) == [[9_000_000_000_000]]


def test_rows_that_others_repeat_come_as_a_catalogue_sends_them(
    path: Path, changed: Changed
) -> None:
    execute(path, "UPDATE USER_ SET FULLNAME = 'X', MOD_TIME = '2030-01-01 00:00:00' WHERE ID = 2")
    ((id_, document),) = changed.rows("User", NEVER)
    assert id_ == document["user.id"] == 2
    assert document["user.fullName"] == "X"
    assert set(document) == {"user.id", "user.name", "user.fullName"}


def test_every_related_entity_is_found_in_the_layouts() -> None:
    tables = {
        "Instrument": "INSTRUMENT",
        "User": "USER_",
        "SampleType": "SAMPLETYPE",
        "InvestigationType": "INVESTIGATIONTYPE",
        "DatasetType": "DATASETTYPE",
        "DatafileFormat": "DATAFILEFORMAT",
        "Facility": "FACILITY",
        "ParameterType": "PARAMETERTYPE",
        "Technique": "TECHNIQUE",
    }
    for layouts in (CATALOGUE_6, CATALOGUE_7):
        found = related_rows({layout.entity: layout for layout in layouts})
        assert {related: parent.table for related, parent in found.items()} == tables


def test_sizes_are_those_that_are_sent(path: Path, changed: Changed) -> None:
    execute(path, "UPDATE DATASET SET FILESIZE = NULL, FILECOUNT = 3 WHERE ID = 2")
    sizes = dict(changed.sizes("Dataset", 2, 3))
    assert sizes == {2: {"fileSize": 0, "fileCount": 3}}
    assert [changed.has_sizes(one) for one in ("Dataset", "Investigation", "Datafile")] == [
        True,
        True,
        False,
    ]


def test_ids_with_other_fields_are_found_in_one_walk() -> None:
    there = iter([(1, {"a": 1}), (2, {"a": 1}), (4, {"a": 1}), (5, {"a": 1})])
    here = iter([(0, {"a": 1}), (1, {"a": 1}), (2, {"a": 2}), (3, {}), (5, {})])
    assert list(ids_with_other_fields(there, here)) == [2, 5]


def test_the_clock_is_that_of_the_database(changed: Changed) -> None:
    assert abs(changed.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_table_without_times_is_told(path: Path) -> None:
    execute(path, "ALTER TABLE TECHNIQUE DROP COLUMN MOD_TIME")
    with closing(open_source(f"sqlite:///{path}")) as source:
        assert isinstance(source, SqlSource)
        with pytest.raises(SchemaUnknown, match="TECHNIQUE has no column MOD_TIME"):
            list(source.changed().rows("Technique", NEVER))


@pytest.mark.parametrize(
    ("since", "now", "wall"),
    [
        pytest.param("2026-07-01T10:00Z", "2026-07-01T11:00Z", "2026-07-01 12:00:00", id="summer"),
        pytest.param("2026-10-25T00:50Z", "2026-10-25T01:10Z", "2026-10-25 01:50:00", id="back"),
        pytest.param("2026-10-25T01:10Z", "2026-10-25T01:20Z", "2026-10-25 02:10:00", id="after"),
        pytest.param("2026-03-29T00:50Z", "2026-03-29T01:10Z", "2026-03-29 01:50:00", id="forth"),
    ],
)
def test_a_moment_is_the_earliest_that_the_clock_has_shown_since(
    since: str, now: str, wall: str
) -> None:
    found = wall_time(parse_time(since), parse_time(now), Moments("Europe/Berlin"))
    assert str(found) == wall


def test_the_time_of_each_entity_is_kept(tmp_path: Path) -> None:
    until = parse_time("2026-03-01T02:10")
    with locked_state(tmp_path / "state.json") as state:
        assert state.since("Datafile") is None
        state.record("Datafile", until)
        with (
            pytest.raises(CannotSync, match="Another sync is at work"),
            locked_state(tmp_path / "state.json"),
        ):
            pass
    with locked_state(tmp_path / "state.json") as state:
        assert state.since("Datafile") == until == parse_time("2026-03-01T03:10+01:00")
        assert state.since("Dataset") is None
