"""A disk that becomes full: the re-index ends with a sentence, the service goes on."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.engines.embedded.storage import generations
from search_service.errors import StorageFailed
from search_service.reindex.plan import Piece
from tests.end_to_end.test_reindex import call, datafile, found, modify, put
from tests.support.disks import Disk, small_disk
from tests.support.indexed import Indexed, datafiles
from tests.support.serving import serving

pytestmark = pytest.mark.slow
__all__ = ["small_disk"]

LIMIT_SECONDS = 40


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents whose index needs more than the small disk has."""
    dice = random.Random(1)
    path = tmp_path_factory.mktemp("source") / "documents.jsonl"
    with path.open("w") as file:
        for id_ in range(450):
            words = " ".join(f"{dice.getrandbits(48):x}" for _ in range(300))
            document: Document = {"id": id_, "name": f"scan {id_}", "description": words}
            file.write(json.dumps({"entity": "Datafile", "doc": document}) + "\n")
    return path


def reindex(data: Path, source: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "search_service", "reindex", "--data", str(data)]
    command += ["--source", str(source), "--entities", "Datafile", "--workers", "1"]
    command += ["--set", "writer_memory=15", *more]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
    )


@pytest.mark.parametrize(
    "commit_seconds",
    [pytest.param("60", id="nothing-committed"), pytest.param("0.05", id="some-committed")],
)
def test_a_re_index_ends_on_a_full_disk_and_goes_on_when_there_is_room(
    small_disk: Disk, large: Path, commit_seconds: str
) -> None:
    data, often = small_disk.path, ("--set", f"reindex_commit_seconds={commit_seconds}")
    with serving(data, {"workers": 1, "writer_memory": 15}) as service:
        modify(service.url, put(5000, datafile(5000, "old")))
        assert call(service.url, "commit")[0] == 204
        ended = reindex(data, large, *often)
        assert ended.returncode == 1
        assert f"The disk at {data} (3 MB) is full, so generation 2" in ended.stderr
        assert "make room, then go on by --resume" in ended.stderr
        assert found(service.url) == {5000: "old 5000"}
        modify(service.url, put(5001, datafile(5001, "new")))
        if commit_seconds == "60":
            # What was built had to go again, so there is room for the service.
            assert call(service.url, "commit")[0] == 204
            assert len(found(service.url)) == 2
        small_disk.grow(100_000_000)
        modify(service.url, put(5002, datafile(5002, "new")))
        done = reindex(data, large, *often, "--resume")
        assert done.returncode == 0, done.stderr
        assert "Datafile: 450 documents\n" in done.stdout
        expected = {id_: f"scan {id_}" for id_ in range(450)}
        assert found(service.url) == {**expected, 5001: "new 5001", 5002: "new 5002"}
        assert generations.current(data) == 2
        assert not [line for line in service.defects() if "request" not in line]


def test_a_service_without_room_refuses_changes_and_takes_them_when_there_is_some(
    small_disk: Disk,
) -> None:
    settings = {"workers": 1, "writer_memory": 15, "journal_sync": "true"}
    with serving(small_disk.path, settings) as service:
        modify(service.url, put(1, datafile(1)))
        assert call(service.url, "commit")[0] == 204
        small_disk.fill()
        long = {"id": 2, "name": "long " * 2000}
        status, answer = call(service.url, "modify", [put(2, long)])
        assert (status, answer["code"]) == (500, "STORAGE_FAILED")
        assert "make room on the disk" in answer["message"]
        assert call(service.url, "commit")[0] in (204, 500)
        assert found(service.url) == {1: "scan 1"}
        small_disk.empty()
        modify(service.url, put(3, datafile(3)))
        assert call(service.url, "commit")[0] == 204
        assert found(service.url) == {1: "scan 1", 3: "scan 3"}
        modify(service.url, put(4, datafile(4)))
        service.process.kill()
        service.process.wait()
    with serving(small_disk.path, settings) as service:
        assert found(service.url) == {1: "scan 1", 3: "scan 3", 4: "scan 4"}


@pytest.mark.parametrize("ended", ["stopped", "killed-with-changes", "killed-in-a-population"])
def test_a_service_starts_on_a_full_disk_searches_and_refuses_changes(
    ended: str, small_disk: Disk
) -> None:
    settings = {"workers": 1, "writer_memory": 15, "journal_sync": "true"}
    with serving(small_disk.path, settings) as service:
        modify(service.url, put(1, datafile(1)))
        assert call(service.url, "commit")[0] == 204
        if ended == "stopped":
            assert service.stop() == 0
        else:
            modify(service.url, put(2, datafile(2)))
            if ended == "killed-in-a-population":
                assert call(service.url, "lock/Dataset?delete=true")[0] == 204
            service.process.kill()
            service.process.wait()
    small_disk.fill()
    with serving(small_disk.path, settings) as service:
        assert found(service.url) == {1: "scan 1"}
        status, answer = call(service.url, "modify", [put(3, datafile(3))])
        assert (status, answer["code"]) == (500, "STORAGE_FAILED")
        assert found(service.url) == {1: "scan 1"}
        assert not [line for line in service.log if "Traceback" in line]
        small_disk.empty()
        modify(service.url, put(4, datafile(4)))
        assert call(service.url, "commit")[0] == 204
        expected = {1: "scan 1", 4: "scan 4", **({} if ended == "stopped" else {2: "scan 2"})}
        assert found(service.url) == expected
        assert service.stop() == 0
    with serving(small_disk.path, settings) as service:
        assert found(service.url) == expected


@pytest.mark.parametrize("step", [4_096, 20_480])
def test_wherever_the_room_ends_in_a_switch_the_service_and_the_disk_agree(
    tmp_path: Path, small_disk: Disk, step: int
) -> None:
    indexed = Indexed(tmp_path)
    store = indexed.open()
    try:
        store.changes.modify([Operation("create", "Dataset", 7, {"id": 7, "name": "run"})])
        number = store.generations.begin(("Datafile",), indexed.engine().fit)
        rows = {"Datafile": datafiles(range(100, 150))}
        indexed.source.write(rows)
        indexed.build(number, Piece("Datafile", 0, 1000, 50))
        room, failures = 0, 0
        expected = dict(rows["Datafile"])
        while True:
            new: Document = {"id": 500 + failures, "name": "came meanwhile"}
            store.changes.modify([Operation("create", "Datafile", 500 + failures, new)])
            expected[500 + failures] = new
            small_disk.fill(but=room)
            try:
                store.generations.hand_over()
            except StorageFailed:
                pass
            else:
                break
            assert generations.current(indexed.root) == store.state().generation == 1
            assert not set(indexed.found("Datafile")) & set(rows["Datafile"])
            small_disk.empty()
            failures, room = failures + 1, room + step
        assert failures > 3
        assert generations.current(indexed.root) == store.state().generation == 2
        small_disk.empty()
        assert indexed.found("Datafile") == expected
        store.changes.lock("Dataset", None, None, delete=True)
        store.changes.unlock("Dataset")
        indexed.close()
        indexed.open()
        assert indexed.found("Datafile") == expected
    finally:
        indexed.close()
