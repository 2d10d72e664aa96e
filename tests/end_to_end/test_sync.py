"""A service whose catalogue lost messages: what check tells, and what sync brings in."""

import fcntl
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from tests.end_to_end.test_reindex import call, until
from tests.support import catalogues
from tests.support.calling import Caller
from tests.support.databases import Server
from tests.support.processes import started
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

LOST = (
    "UPDATE DATAFILE SET NAME = 'renamed.nxs', MOD_TIME = {now} WHERE ID = 7",
    "UPDATE INVESTIGATION SET TITLE = 'Another title', VISIT_ID = 'moved', MOD_TIME = {now}"
    " WHERE ID = 1",
    "UPDATE USER_ SET FULLNAME = 'Dr. Someone Else', MOD_TIME = {now}"
    " WHERE ID = (SELECT MIN(USER_ID) FROM INVESTIGATIONUSER)",
    "UPDATE PARAMETERTYPE SET UNITS = 'kPa', MOD_TIME = {now}"
    " WHERE ID = (SELECT MIN(PARAMETER_TYPE_ID) FROM DATASETPARAMETER)",
    "UPDATE DATAFILEFORMAT SET NAME = 'a new format', MOD_TIME = {now} WHERE ID = 1",
    "UPDATE DATASET SET FILESIZE = 12345678, FILECOUNT = 3 WHERE ID = 2",  # as a trigger does
    "DELETE FROM DATAFILEPARAMETER WHERE DATAFILE_ID IN (9, 10, 11, 600)",
    "DELETE FROM DATAFILE WHERE ID IN (9, 10, 11, 600)",
    "INSERT INTO DATAFILE (ID, NAME, DATASET_ID, CREATE_ID, CREATE_TIME, MOD_ID, MOD_TIME)"
    " VALUES (900001, 'new.nxs', 1, 'x', {now}, 'x', {now})",
    # The time of this change is older: only counting finds it.
    "INSERT INTO DATAFILE (ID, NAME, DATASET_ID, CREATE_ID, CREATE_TIME, MOD_ID, MOD_TIME)"
    " VALUES (900002, 'old.nxs', 1, 'x', '2019-01-01 00:00:00', 'x', '2019-01-01 00:00:00')",
)


Run = Callable[..., Result]


@pytest.fixture
def icat_search(place: Path) -> Run:
    def invoke(command: str, *arguments: str, source: str = "", code: int = 0) -> Result:
        address = source or f"sqlite:///{place}/catalogue.sqlite"
        result = CliRunner().invoke(
            main, [command, "--source", address, "--data", str(place / "data"), *arguments]
        )
        assert result.exit_code == code, result.output
        return result

    return invoke


def change(place: Path, *statements: str) -> None:
    with closing(sqlite3.connect(place / "catalogue.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement.format(now="datetime('now')"))


def state(place: Path) -> tuple[str, str]:
    return "--state", str(place / "state.json")


def lines(result: Result) -> dict[str, str]:
    return {
        line.partition(":")[0]: line.partition(": ")[2]
        for line in result.output.splitlines()
        if line and not line.startswith(" ")
    }


def test_an_index_that_agrees_is_told_so_with_and_without_its_service(
    place: Path, icat_search: Run
) -> None:
    alone = icat_search("check")
    assert ": different" not in alone.output
    assert "Datafile: 1,000 in the source, 1,000 in the index, 1,000 compared: equal" in (
        alone.output
    )
    with serving(place / "data", {"workers": 1}) as service:
        assert icat_search("check").output == alone.output
        assert icat_search("check", "--service", service.url).output == alone.output
        assert service.defects() == []


def test_what_differs_is_told_by_id_and_field(
    place: Path, service: Served, icat_search: Run
) -> None:
    change(place, *LOST)
    for where in ((), ("--service", service.url)):
        found = icat_search("check", "--entities", "datafile,dataset", *where, code=1).output
        assert "in the source, 1,000 in the index" in found
        assert "  missing in the index: 2: 900001, 900002\n" in found
        assert "  in the index, but not in the source: 4: 9, 10, 11, 600\n" in found
        assert "  7: name is 'renamed.nxs' in the source, " in found
        assert "  2: fileSize is 12345678 in the source, " in found
        assert "  2: fileCount is 3 in the source, " in found


def test_a_row_that_no_document_can_be_made_of_is_no_difference(
    place: Path, service: Served, icat_search: Run
) -> None:
    change(
        place,
        "UPDATE DATAFILE SET DATAFILEMODTIME = 'never', MOD_TIME = {now} WHERE ID IN (7, 8)",
        "UPDATE DATAFILE SET ID = 900001 WHERE ID = 8",
    )
    where = ("--service", service.url, *state(place), "--entities", "datafile")
    assert lines(icat_search("sync", *where))["Datafile"].startswith("0 updated, 1 deleted")
    found = icat_search("check", "--entities", "datafile").output
    assert "Datafile: 1,000 in the source, 999 in the index" in found
    assert "  900001: no document can be made of this row: date: " in found


def test_a_sync_leaves_how_many_documents_differed(place: Path, icat_search: Run) -> None:
    change(place, *LOST)
    with serving(place / "data", {"workers": 1}):
        told = lines(icat_search("sync"))["Datafile"]
    with serving(place / "data", {"workers": 1}) as service:  # else a minute passes
        status = json.loads(Caller(service.url).text("/status"))
    found = status["sync_runs"]["Datafile"]
    assert (found["added"], found["deleted"]) == (2, 4)
    assert told == f"{2 + found['changed']} updated, 4 deleted"
    assert found["ended"] >= status["followed_until"]["Datafile"]
    assert "User" in status["followed_until"]
    assert "User" not in status["sync_runs"]


def test_lost_messages_of_every_kind_are_made_good(
    place: Path, service: Served, icat_search: Run
) -> None:
    where = ("--service", service.url, *state(place))
    first = icat_search("sync", *where)
    assert set(lines(first).values()) == {"0 updated, 0 deleted"}
    change(place, *LOST)
    second = lines(icat_search("sync", *where))
    assert second["User"] == "1 updated, 0 deleted"
    assert second["Datafile"] == "3 updated, 4 deleted"
    assert second["Dataset"] == "1 updated, 0 deleted"
    icat_search("check", "--service", service.url, "--sample", "5000")
    third = icat_search("sync", *where)
    assert {one for name, one in lines(third).items() if name in second and name != "User"} >= {
        "0 updated, 0 deleted"
    }
    assert service.stop() == 0
    assert service.defects() == []
    icat_search("check", "--sample", "5000")


NOW = {"mariadb_server": "UTC_TIMESTAMP()", "postgresql_server": "now() AT TIME ZONE 'UTC'"}


@pytest.mark.databases
@pytest.mark.parametrize("kind", NOW)
def test_the_same_is_so_in_other_databases(
    kind: str,
    place: Path,
    service: Served,
    icat_search: Run,
    request: pytest.FixtureRequest,
) -> None:
    server: Server = request.getfixturevalue(kind)
    url = server.new_database()
    catalogues.copy(place / "catalogue.sqlite", url)
    where = ("--service", service.url, *state(place))
    first = icat_search("sync", *where, source=url)
    assert set(lines(first).values()) == {"0 updated, 0 deleted"}
    catalogues.change(url, *(statement.format(now=NOW[kind]) for statement in LOST))
    told = lines(icat_search("sync", *where, source=url))
    assert told["Datafile"] == "3 updated, 4 deleted"
    assert told["User"] == "1 updated, 0 deleted"
    icat_search("check", "--service", service.url, "--sample", "5000", source=url)


def test_the_first_time_everything_is_compared_unless_a_time_is_given(
    place: Path, service: Served, icat_search: Run
) -> None:
    change(place, *LOST, "UPDATE DATAFILE SET NAME = 'unnoticed.nxs' WHERE ID = 30")
    where = ("--service", service.url, *state(place))
    since = icat_search("sync", "--since", "2026-01-01T00:00Z", *where)
    assert lines(since)["Datafile"].startswith("3 updated, ")
    assert "30: name is" in icat_search("check", "--sample", "5000", code=1).output
    (place / "state.json").unlink()
    assert lines(icat_search("sync", *where))["Datafile"] == "1 updated, 0 deleted"
    icat_search("check", "--sample", "5000")


def test_what_a_row_refers_to_now_reaches_those_below_it(
    place: Path, service: Served, icat_search: Run
) -> None:
    where = ("--service", service.url, *state(place))
    icat_search("sync", *where)
    change(
        place,
        "UPDATE DATASET SET NAME = 'moved', MOD_TIME = {now}, INVESTIGATION_ID ="
        " (SELECT MAX(ID) FROM INVESTIGATION WHERE ID != INVESTIGATION_ID) WHERE ID = 1",
        "UPDATE SAMPLE SET MOD_TIME = {now}, SAMPLETYPE_ID = (SELECT MAX(ID) FROM SAMPLETYPE"
        " WHERE ID != SAMPLETYPE_ID) WHERE ID = (SELECT MAX(SAMPLE_ID) FROM DATASET)",
    )
    assert "investigation.id is" in icat_search("check", "--sample", "5000", code=1).output
    icat_search("sync", *where)
    icat_search("check", "--sample", "5000")


def test_a_source_that_has_lost_most_rows_deletes_nothing_unasked(
    place: Path, service: Served, icat_search: Run
) -> None:
    where = ("--service", service.url, *state(place), "--entities", "DatafileParameter,Datafile")
    icat_search("sync", *where)
    change(place, "DELETE FROM DATAFILEPARAMETER", "DELETE FROM DATAFILE WHERE ID > 200")
    told = lines(icat_search("sync", *where))
    assert told["Datafile"].startswith("left for the next time, because the source has 200 rows")
    told = lines(icat_search("sync", "--delete-many", *where))
    assert told["Datafile"] == "0 updated, 800 deleted"
    icat_search("check")


def test_without_counts_what_has_gone_stays(place: Path, service: Served, icat_search: Run) -> None:
    where = ("--service", service.url, *state(place))
    icat_search("sync", *where)
    change(place, *LOST)
    told = lines(icat_search("sync", "--without-counts", *where))
    assert told["Datafile"] == "2 updated, 0 deleted"


def test_a_locked_entity_is_left_for_the_next_time(
    place: Path, service: Served, icat_search: Run
) -> None:
    where = ("--service", service.url, *state(place))
    icat_search("sync", *where)
    change(place, *LOST)
    before = json.loads((place / "state.json").read_text())
    assert call(service.url, "lock/Datafile")[0] in (204, 400)
    assert call(service.url, "lock/DatasetParameter?delete=true")[0] == 204
    told = lines(icat_search("sync", *where))
    reason = "left for the next time, because DatasetParameter is being populated"
    assert told["DatasetParameter"] == told["ParameterType"] == reason
    assert told["User"] == "1 updated, 0 deleted"
    after = json.loads((place / "state.json").read_text())
    assert after["ParameterType"] == before["ParameterType"]
    assert after["Datafile"] >= before["Datafile"]
    assert call(service.url, "unlock/DatasetParameter")[0] == 204
    told = lines(icat_search("sync", *where))
    assert not told["DatasetParameter"].startswith(("0 ", "left"))
    icat_search("check", "--service", service.url, "--sample", "5000")


def test_what_others_repeat_is_followed_from_the_first_time_on(
    place: Path, service: Served, icat_search: Run
) -> None:
    where = ("--service", service.url, *state(place))
    assert call(service.url, "lock/DatasetParameter?delete=true")[0] == 204
    told = lines(icat_search("sync", *where))
    assert told["DatasetParameter"].startswith("left for the next time")
    change(place, *LOST)
    assert call(service.url, "unlock/DatasetParameter")[0] == 204
    assert lines(icat_search("sync", *where))["ParameterType"] == "1 updated, 0 deleted"
    icat_search("check", "--service", service.url, "--sample", "5000")


def test_a_run_that_is_killed_is_begun_again(
    place: Path, service: Served, icat_search: Run
) -> None:
    change(place, *LOST, "UPDATE DATAFILE SET DESCRIPTION = 'all of them'")
    where = ["--service", service.url, *state(place)]
    source = ["--source", f"sqlite:///{place}/catalogue.sqlite"]
    command = [sys.executable, "-m", "search_service", "sync", *source, *where]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        until((place / "state.json").exists, "an entity was done")
        process.kill()
    done = json.loads((place / "state.json").read_text())
    assert "InvestigationSample" not in done
    icat_search("sync", *where)
    icat_search("check", "--service", service.url, "--sample", "5000")


def test_a_second_run_at_the_same_time_does_nothing(
    place: Path, service: Served, icat_search: Run
) -> None:
    with (place / "state.json.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = icat_search("sync", "--service", service.url, *state(place), code=1)
    assert "Another sync is at work" in refused.output
    assert not (place / "state.json").exists()


def test_a_file_of_documents_is_checked_but_not_synced(
    place: Path, service: Served, icat_search: Run
) -> None:
    path = place / "documents.jsonl"
    path.write_text('{"entity": "Datafile", "doc": {"id": 900003, "name": "x"}}\n')
    checked = icat_search("check", "--entities", "Datafile", source=str(path), code=1)
    assert "Datafile: 1 in the source, 1,000 in the index" in checked.output
    assert "missing in the index: 1: 900003" in checked.output
    refused = icat_search("sync", "--service", service.url, *state(place), source=str(path), code=1)
    assert "does not say when they were changed" in refused.output


def test_what_cannot_be_compared_is_status_2(place: Path, icat_search: Run) -> None:
    nobody = "http://127.0.0.1:9"
    assert "no service answers" in icat_search("check", "--service", nobody, code=2).output
    assert "cannot be opened" in icat_search("check", source="sqlite:////none", code=2).output
    assert "no data directory" in icat_search("check", "--data", str(place), code=2).output
    icat_search("sync", "--service", nobody, *state(place), code=1)
    assert "--state" in icat_search("sync", "--service", nobody, code=2).output
    (place / "state.json").write_text("[]")
    assert (
        "does not say when"
        in icat_search("sync", "--service", nobody, *state(place), code=1).output
    )
