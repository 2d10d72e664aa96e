"""Damaged files of the index: they are named, what needs them says so, the rest goes on."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.calling import Caller, Reply, create, update
from tests.support.damage import DAMAGES, file_of, flip
from tests.support.processes import wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

DONE = Reply(204)
NAMES = {id_: f"{'new' if id_ < 9 else 'run'} {id_}" for id_ in range(1, 40)}


@contextmanager
def calling(data: Path, **settings: object) -> Iterator[tuple[Served, Caller]]:
    with serving(data, {"workers": 1, **settings}) as service:
        yield service, Caller(service.url)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "search_service", *arguments]
    return subprocess.run(whole, capture_output=True, text=True, check=False, timeout=60)


def verify(data: Path) -> subprocess.CompletedProcess[str]:
    return command("verify", "--data", str(data))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed directory; datasets have segments with deletes. One generation is kept."""
    data = tmp_path_factory.mktemp("sound") / "data"
    with calling(data) as (service, caller):
        caller.modify(*(create("Dataset", id_, f"run {id_}") for id_ in range(1, 40)))
        caller.modify(create("Datafile", 1, "scan 1"))
        caller.done("commit")
        caller.modify(*(update("Dataset", id_, f"new {id_}") for id_ in range(1, 9)))
        caller.done("commit")
        assert caller.names("Dataset") == NAMES
        assert service.stop() == 0
    done = verify(data)
    assert (done.returncode, done.stderr) == (0, ""), done
    return data


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "data"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The datasets as the catalogue has them."""
    path = tmp_path_factory.mktemp("source") / "documents.jsonl"
    lines = ({"entity": "Dataset", "doc": {"id": i, "name": name}} for i, name in NAMES.items())
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def reindex(data: Path, source: Path) -> None:
    arguments = ("--data", str(data), "--source", str(source), "--entities", "Dataset")
    done = command("reindex", *arguments, "--workers", "1")
    assert done.returncode == 0, done.stderr


# ── what notices damage ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        pytest.param("del", "flipped in its middle", id="deletes-changed"),
        pytest.param("store", "flipped in its middle", id="documents-changed"),
        pytest.param("term", "flipped at its beginning", id="words-changed"),
        pytest.param("fast", "cut", id="columns-cut"),
        pytest.param("pos", "removed", id="positions-removed"),
        pytest.param("idx", "emptied", id="postings-emptied"),
        pytest.param("fieldnorm", "flipped at its end", id="lengths-changed"),
        pytest.param("meta.json", "flipped in its middle", id="schema-changed"),
        pytest.param("meta.json", "removed", id="all-names-removed"),
    ],
)
def test_damage_is_named_by_the_service_and_answered_by_nothing(
    kind: str, how: str, data: Path
) -> None:
    path = file_of(data, "Dataset", kind)
    DAMAGES[how](path)
    found = verify(data)
    assert found.returncode == 1
    assert f"{path} " in found.stdout
    assert "icat-search reindex --entities Dataset" in found.stdout
    with calling(data) as (service, caller):
        reply = caller.search("Dataset", {})
        assert (reply.status, reply.content["code"]) == (500, "SHARD_DAMAGED")
        assert str(path.parent) in reply.message
        assert "`icat-search reindex --entities Dataset`" in reply.message
        assert caller.names("Datafile") == {1: "scan 1"}
        ready = caller.ask("/health/ready", method="GET")
        assert ready.status == 503
        assert path.name in ready.content["status"]
        status = caller.status()
        assert list(status["damaged"]) == ["Dataset"]
        assert path.name in status["damaged"]["Dataset"]
        assert status["documents"]["Datafile"] == 1
        assert len([line for line in service.log if "shard damaged" in line]) == 1
        assert not [line for line in service.log if "Traceback" in line]


def test_the_list_of_files_to_be_removed_is_made_again(data: Path) -> None:
    path = file_of(data, "Dataset", ".managed.json")
    flip(path, 0.5)
    assert f"{path} " in verify(data).stdout
    with calling(data) as (service, caller):
        assert caller.names("Dataset") == NAMES
        assert service.stop() == 0
    assert verify(data).returncode == 0


def test_verify_looks_at_a_directory_that_a_service_writes(data: Path) -> None:
    with calling(data, commit_seconds="0.1") as (_, caller):
        for number in range(5):
            batch = [create("Dataset", number * 50 + id_, "more") for id_ in range(50)]
            assert caller.modify(*batch) == DONE
            caller.done("commit")
            found = verify(data)
            assert found.returncode == 0, found.stdout
        path = file_of(data, "Dataset", "term")
        flip(path, 0.5)
        assert f"{path} " in verify(data).stdout
        told = command("verify", "--data", str(data), "--json")
        assert told.returncode == 1
        assert [one["entity"] for one in json.loads(told.stdout)["damaged"]] == ["Dataset"]


# ── what goes on, and what cures ──────────────────────────────────────────────────────────────────


def test_changes_wait_for_a_re_index_while_others_are_made(data: Path, source: Path) -> None:
    flip(file_of(data, "Dataset", "store"), 0.4)
    with calling(data) as (service, caller):
        assert caller.modify(create("Dataset", 100, "late"), create("Datafile", 2, "2")) == DONE
        caller.done("commit")
        assert caller.names("Datafile") == {1: "scan 1", 2: "2"}
        assert caller.status()["waiting"] == ["Dataset"]
        service.process.kill()
        service.process.wait()
    with calling(data) as (service, caller):
        assert caller.modify(update("Dataset", 1, "later"), create("Datafile", 3, "3")) == DONE
        caller.done("commit")
        assert caller.names("Datafile") == {1: "scan 1", 2: "2", 3: "3"}
        reindex(data, source)
        expected = {**NAMES, 100: "late", 1: "later"}
        wait_for(lambda: caller.status()["waiting"] == [], "the changes that waited")
        assert caller.names("Dataset") == expected
        assert caller.status()["damaged"] == {}
        wait_for(lambda: caller.ask("/health/ready", method="GET").status == 200, "it to be ready")
        assert service.stop() == 0
    with calling(data) as (_, caller):
        assert caller.names("Dataset") == expected


def test_a_rollback_cures_and_what_waited_is_made(data: Path, source: Path) -> None:
    reindex(data, source)
    flip(file_of(data, "Dataset", "idx"), 0.5)
    assert "icat-search rollback" in verify(data).stdout
    with calling(data) as (_, caller):
        assert caller.search("Dataset", {}).status == 500
        assert caller.modify(create("Dataset", 100, "late")) == DONE
        caller.done("commit")
        done = command("rollback", "--data", str(data), "--yes")
        assert done.returncode == 0, done.stderr
        wait_for(lambda: caller.status()["waiting"] == [], "the changes that waited")
        assert caller.names("Dataset") == {**NAMES, 100: "late"}


@pytest.mark.parametrize("cure", ["reindex", "rollback"])
def test_a_directory_is_cured_without_a_service(cure: str, data: Path, source: Path) -> None:
    if cure == "rollback":
        reindex(data, source)
    flip(file_of(data, "Dataset", "fast"), 0.5)
    if cure == "rollback":
        done = command("rollback", "--data", str(data), "--yes")
        assert done.returncode == 0, done.stderr
    else:
        reindex(data, source)
    with calling(data) as (_, caller):
        assert caller.names("Dataset") == NAMES
        assert caller.status()["damaged"] == {}


def test_a_population_cures(data: Path) -> None:
    file_of(data, "Dataset", "meta.json").unlink()
    with calling(data) as (_, caller):
        assert caller.ask("/icat.lucene/lock/Dataset").status == 500
        caller.populate("Dataset", [[{"id": 5, "name": "anew"}]])
        assert caller.names("Dataset") == {5: "anew"}


def test_damage_at_run_time_is_found_when_a_search_fails(data: Path) -> None:
    with calling(data) as (_, caller):
        assert caller.names("Dataset") == NAMES
        path = file_of(data, "Dataset", "store")
        content = path.read_bytes()
        path.write_bytes(b"\xff" * len(content))  # the pages that are mapped change too
        reply = caller.search("Dataset", {})
        assert (reply.status, reply.content["code"]) == (500, "SHARD_DAMAGED")
        assert caller.names("Datafile") == {1: "scan 1"}
        assert caller.ask("/health/ready", method="GET").status == 503
