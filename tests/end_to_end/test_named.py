"""Commands act on the directory, the service and the catalogue that were named, on no other."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from search_service.demo import catalogue
from tests.end_to_end.test_reindex import call, found
from tests.support.processes import descendants, started, wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

Run = Callable[..., Result]


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == code, result.output
    return result


def sqlite(place: Path) -> str:
    return f"sqlite:///{place}/catalogue.sqlite"


def data(place: Path) -> str:
    return str(place / "data")


def change(place: Path, *statements: str) -> None:
    with closing(sqlite3.connect(place / "catalogue.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement.format(now="datetime('now')"))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another facility's catalogue, with the same ids, and its index."""
    place = tmp_path_factory.mktemp("another")
    catalogue.create(place / "catalogue.sqlite", scale=0.02)
    change(
        place,
        "UPDATE FACILITY SET NAME = 'Another one'",
        "UPDATE DATAFILE SET NAME = 'theirs ' || ID",
        "UPDATE INVESTIGATION SET NAME = 'theirs ' || ID",
    )
    return filled(place)


def filled(place: Path) -> Path:
    if not (place / "catalogue.sqlite").exists():
        catalogue.create(place / "catalogue.sqlite", scale=0.02)
    run("reindex", "--source", sqlite(place), "--data", data(place), "--workers", "1")
    return place


@pytest.fixture
def service(ours: Path) -> Iterator[Served]:
    with serving(ours / "data", {"workers": 1}) as service:
        yield service


@pytest.fixture
def theirs(another: Path) -> Iterator[Served]:
    with serving(another / "data", {"workers": 1}) as service:
        yield service


def port_of(service: Served) -> str:
    return str(urlsplit(service.url).port)


def holds(service: Served) -> dict[int, str]:
    assert call(service.url, "commit")[0] == 204
    return found(service.url)


# ── the data directory ───────────────────────────────────────────────────────────────────────────


def test_a_directory_without_a_service_is_not_that_of_who_answers_at_the_port(
    ours: Path, another: Path, theirs: Served
) -> None:
    before = holds(theirs)
    settings = ("--data", data(ours), "--set", f"port={port_of(theirs)}")
    refused = run("sync", "--source", sqlite(ours), *settings, code=1).output
    assert f"No service has {data(ours)} open" in refused
    assert holds(theirs) == before
    told = run("status", *settings).output
    assert "no service answers; this is what the data directory says" in told
    assert f"directory: {data(ours)}" in told


def test_a_service_is_reached_by_its_directory_whatever_its_address_and_its_list(
    ours: Path,
) -> None:
    settings = {"workers": 1, "allowed_addresses": "10.0.0.5/32"}
    with serving(ours / "data", settings) as service:
        assert call(service.url, "commit")[0] == 401
        synced = run("sync", "--source", sqlite(ours), "--data", data(ours)).output
        assert "Datafile: 0 updated, 0 deleted" in synced
        assert f"directory: {data(ours)}" in run("status", "--data", data(ours)).output
        assert service.defects() == []


def test_an_address_and_a_directory_have_to_be_of_one_service(
    ours: Path, service: Served, theirs: Served, tmp_path: Path
) -> None:
    both = ("--data", data(ours), "--source", sqlite(ours))
    state = ("--state", str(tmp_path / "state.json"))
    before = holds(theirs)
    wrong = "has another data directory open than"
    for command in (
        ("sync", *both, *state, "--service", theirs.url),
        ("sync", *both, *state, "--url", theirs.url),
        ("reindex", *both, "--service", theirs.url),
        ("reindex", "--data", data(ours), "--service", theirs.url, "--cancel"),
        ("status", "--data", data(ours), "--url", theirs.url),
    ):
        assert wrong in run(*command, code=1).output
    assert wrong in run("check", *both, "--service", theirs.url, code=2).output
    assert holds(theirs) == before
    run("sync", *both, *state, "--service", service.url)
    run("status", "--data", data(ours), "--url", service.url)


def test_the_state_of_one_service_is_not_taken_for_that_of_another(
    ours: Path, service: Served, theirs: Served, another: Path, tmp_path: Path
) -> None:
    state = ("--state", str(tmp_path / "state.json"))
    run("sync", "--source", sqlite(ours), "--service", service.url, *state)
    refused = run("sync", "--source", sqlite(another), "--service", theirs.url, *state, code=1)
    assert "until when another data directory was followed" in refused.output


def test_a_directory_that_has_no_identity_yet_has_one_after_the_next_start(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "data", {"workers": 1}):
        pass
    (tmp_path / "data" / "identity").unlink()
    with serving(tmp_path / "data", {"workers": 1}) as service:
        told = run("status", "--url", service.url).output
        identity = (tmp_path / "data" / "identity").read_text().strip()
        assert f"identity: {identity}\n" in told
    with serving(tmp_path / "data", {"workers": 1}):
        assert (tmp_path / "data" / "identity").read_text().strip() == identity


def test_what_is_for_the_owner_cannot_be_asked_for_at_the_address(service: Served) -> None:
    for path in ("begin", "hand-over", "cancel", "roll-back", "drop-old", "origin"):
        status, answer = call(service.url, f"../control/{path}", {"number": None})
        assert (status, answer["code"]) == (501, "NOT_IMPLEMENTED")


# ── the catalogue ────────────────────────────────────────────────────────────────────────────────


def test_another_catalogue_is_neither_synced_nor_compared_nor_added(
    ours: Path, another: Path, service: Served, tmp_path: Path
) -> None:
    before = holds(service)
    here, there = ("--data", data(ours)), ("--source", sqlite(another))
    state = ("--state", str(tmp_path / "state.json"))
    for command, status in (
        (("sync", *here, *there), 1),
        (("sync", *there, "--service", service.url, *state), 1),
        (("check", *here, *there), 2),
        (("check", *there, "--service", service.url), 2),
        (("reindex", *here, *there, "--entities", "datafile"), 1),
        (("reindex", *here, *there, "--min-id", "5"), 1),
        (("reindex", *there, "--service", service.url), 1),
    ):
        refused = run(*command, code=status).output
        assert "that of Another one (id 1)" in refused, command
    assert holds(service) == before
    assert "No re-index has begun" in run("reindex", *here, "--cancel", code=1).output


def test_another_zone_is_refused_with_both(ours: Path, service: Served, tmp_path: Path) -> None:
    here = ("--data", data(ours), "--source", sqlite(ours))
    zone = ("--zone", "Europe/Berlin")
    state = ("--state", str(tmp_path / "state.json"))
    for command, status in (
        (("sync", *here, *zone), 1),
        (("sync", *here, "--set", "source_zone=Europe/Berlin"), 1),
        (("sync", *here, *zone, "--service", service.url, *state), 1),
        (("check", *here, *zone), 2),
        (("reindex", *here, *zone, "--entities", "datafile"), 1),
    ):
        refused = run(*command, code=status).output
        assert "dates were read in the time zone UTC, but here it is Europe/Berlin" in refused


def test_what_is_left_out_is_compared_where_nobody_names_entities(ours: Path) -> None:
    here = ("--data", data(ours), "--source", sqlite(ours), "--set", "reindex_leave_out=datafile")
    assert (
        "reindex_leave_out was nothing, but is Datafile here" in run("check", *here, code=2).output
    )
    run("check", *here, "--entities", "dataset")


def test_a_re_index_of_everything_takes_another_source_and_zone(tmp_path: Path) -> None:
    place = filled(tmp_path)
    zone = ("--data", data(place), "--source", sqlite(place), "--zone", "Europe/Berlin")
    run("reindex", *zone, "--workers", "1")
    run("check", *zone)
    assert "UTC" in run("check", *zone[:4], code=2).output


def test_an_index_that_does_not_say_where_it_is_from_is_synced_and_says_so_from_then_on(
    tmp_path: Path, another: Path
) -> None:
    place = filled(tmp_path)
    record = place / "data" / "generations" / "000002" / "origin.json"
    record.unlink()
    here = ("--data", data(place))
    with serving(place / "data", {"workers": 1}):
        stranger = run("sync", *here, "--source", sqlite(another), code=1).output
        assert "it seems to be another catalogue" in stranger
        assert not record.exists()
        told = run("sync", *here, "--source", sqlite(place)).output
        assert "from now on the index is that of this source" in told
        assert json.loads(record.read_text())["zone"] == "UTC"
        assert "Another one" in run("sync", *here, "--source", sqlite(another), code=1).output


# ── the user ─────────────────────────────────────────────────────────────────────────────────────

SOMEBODY = 54321
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")


def owned(place: Path, user: int) -> None:
    for path in (place, *place.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


@is_root
def test_a_command_of_another_user_is_refused_before_it_writes(tmp_path: Path) -> None:
    place = filled(tmp_path)
    owned(place, SOMEBODY)
    files = sorted(place.rglob("*"))
    source = ("--source", sqlite(place))
    for command in (
        ("reindex", *source),
        ("reindex", *source, "--resume"),
        ("reindex", "--cancel"),
        ("rollback", "--yes"),
        ("generations", "--drop-old"),
        ("sync", *source),
        ("serve",),
    ):
        refuse(place, *command)
    assert sorted(place.rglob("*")) == files


def refuse(place: Path, command: str, *arguments: str) -> None:
    refused = run(command, *arguments, "--data", data(place), code=1).output
    assert f"Run it as that user: sudo -u #{SOMEBODY} icat-search {command}" in refused


@is_root
def test_root_does_not_make_an_index_in_the_empty_directory_of_a_user(tmp_path: Path) -> None:
    catalogue.create(tmp_path / "catalogue.sqlite", scale=0.02)
    (tmp_path / "data").mkdir()
    owned(tmp_path / "data", SOMEBODY)
    refuse(tmp_path, "reindex", "--source", sqlite(tmp_path))
    assert not list((tmp_path / "data").iterdir())


# ── told to stop ─────────────────────────────────────────────────────────────────────────────────


def test_a_re_index_that_is_terminated_says_how_to_go_on(tmp_path: Path) -> None:
    catalogue.create(tmp_path / "catalogue.sqlite", scale=0.2)
    here = ["--data", data(tmp_path), "--source", sqlite(tmp_path)]
    command = [sys.executable, "-m", "search_service", "reindex", *here, "--workers", "1"]
    with started(command, stderr=subprocess.PIPE, process_group=0) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "re-index planned" in line:
                break
        os.killpg(process.pid, 15)
        said = process.stderr.read()
        assert process.wait(20) == 1
    assert "Stopped; what is built is kept: go on by --resume" in said
    run("reindex", *here, "--workers", "1", "--resume")


def test_ctrl_c_while_workers_of_a_re_index_start(tmp_path: Path) -> None:
    catalogue.create(tmp_path / "catalogue.sqlite", scale=0.2)
    here = ["--data", data(tmp_path), "--source", sqlite(tmp_path)]
    command = [sys.executable, "-m", "search_service", "reindex", *here, "--workers", "2"]
    with started(command, stderr=subprocess.PIPE, process_group=0) as process:
        wait_for(lambda: any(map(is_worker, descendants(process.pid))), "the start of a worker")
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate()[1]
    assert said.endswith("go on by --resume, or give it up by --cancel\n")
    assert "Traceback" not in said


def is_worker(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
