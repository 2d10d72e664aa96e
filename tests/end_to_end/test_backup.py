"""Backups of a service that runs and takes changes, and what is found in what they become."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from tests.support.calling import Caller, Reply, create, update
from tests.support.disks import Disk, in_memory, small_disk
from tests.support.processes import wait_for
from tests.support.serving import serving

pytestmark = pytest.mark.slow
__all__ = ["small_disk"]

SETTINGS = {"workers": 1, "writer_memory": 15, "shard_ids": 100}
DONE = Reply(204)
SIZE = 5  # operations of a batch
Run = Callable[..., Result]


def run(*arguments: object, code: int = 0) -> Result:
    others = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    result = CliRunner().invoke(main, [*map(str, arguments), *others])
    assert result.exit_code == code, result.output
    return result


def told(*arguments: object) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(run(*arguments, "--json").stdout)
    return found


class Writing:
    """Batch after batch, some committed: ids in order, and a document that has the last number."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._end = Event()
        self._thread = Thread(target=self._write)
        self.acknowledged = self.sent = 0

    def _write(self) -> None:
        for number in count(1):
            if self._end.is_set():
                return
            first = (number - 1) * (SIZE - 1) + 1
            batch = [create("Datafile", id_, "x") for id_ in range(first, first + SIZE - 1)]
            self.sent = number
            assert self._caller.modify(*batch, update("Dataset", 1, str(number))) == DONE
            self.acknowledged = number
            if number % 5 == 3:
                self._caller.done("commit")

    def goes_on(self) -> int:
        """The number of the last batch that is acknowledged, some batches from now."""
        wanted = self.acknowledged + 5
        wait_for(lambda: self.acknowledged >= wanted, "more changes")
        return self.acknowledged

    def __enter__(self) -> "Writing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


@contextmanager
def state_of(data: Path) -> Iterator[tuple[int, int]]:
    """How many batches the documents are of, and which number the other document has."""
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        ids = sorted(caller.documents("Datafile"))
        assert ids == list(range(1, len(ids) + 1)), "documents from before are missing"
        assert len(ids) % (SIZE - 1) == 0, "half a batch"
        yield len(ids) // (SIZE - 1), int(caller.names("Dataset")[1])
        assert service.stop() == 0
        assert not service.defects()


def test_what_is_restored_is_of_one_moment_while_changes_went_on(tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    moments = []
    with serving(data, SETTINGS) as service:
        with Writing(Caller(service.url)) as writing:
            for _ in range(2):
                before = writing.goes_on()
                made = told("backup", backups, "--data", data)
                moments.append((before, Path(str(made["place"])), writing.sent))
        assert not (data / "moment").exists()
        assert service.stop() == 0
    for before, place, after in moments:
        restored = tmp_path / f"of {place.name}"
        run("restore", place, restored)
        with state_of(restored) as (batches, number):
            assert before <= batches <= after
            assert number == batches, "another moment of the other entity"


def test_a_population_is_not_in_it_until_it_ends(tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [[{"id": 1, "name": "before"}]])
        caller.done("lock/Datafile", delete="true")
        caller.done("addNow/Datafile", [{"id": 2, "name": "populated"}])
        run("backup", backups, "--data", data)
        caller.done("unlock/Datafile")
        assert caller.names("Datafile") == {2: "populated"}
    run("restore", backups, tmp_path / "restored")
    with serving(tmp_path / "restored", SETTINGS) as service:
        assert Caller(service.url).names("Datafile") == {1: "before"}


def test_a_backup_without_a_service_has_what_only_the_journal_of_a_killed_one_has(
    tmp_path: Path,
) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.put({"Datafile": {1: {"id": 1, "name": "one"}}})
        assert caller.modify(create("Datafile", 2, "two")) == DONE
        service.process.kill()
        service.process.wait()
    files = {path: path.stat().st_mtime_ns for path in data.rglob("*.journal")}
    run("backup", backups, "--data", data)
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*.journal")} == files
    run("restore", backups, tmp_path / "restored")
    with serving(tmp_path / "restored", SETTINGS) as service:
        assert Caller(service.url).names("Datafile") == {1: "one", 2: "two"}


def test_files_that_are_the_same_are_shared_and_each_backup_is_whole(tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.put({"Datafile": {id_: {"id": id_, "name": "x"} for id_ in range(300)}})
        places = [Path(str(told("backup", backups, "--data", data)["place"])) for _ in range(2)]
        first, second = ({p.name: p for p in place.rglob("*.store")} for place in places)
        assert first
        assert first.keys() == second.keys()
        assert all(os.path.samefile(first[name], second[name]) for name in first)
        whole = Path(str(told("backup", backups, "--data", data, "--whole")["place"]))
        assert all(path.stat().st_nlink == 1 for path in whole.rglob("*.store"))
        kept = run("backup", backups, "--data", data, "--keep", "1").stdout
        assert kept.count("removed ") == 3
    run("restore", backups, tmp_path / "restored")
    with serving(tmp_path / "restored", SETTINGS) as service:
        assert len(Caller(service.url).documents("Datafile")) == 300


def test_another_disk_gets_copies_and_of_the_next_backup_what_is_new(
    tmp_path: Path, other_disk: Path
) -> None:
    data, backups = tmp_path / "data", other_disk / "backups"
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.put({"Datafile": {id_: {"id": id_, "name": "x"} for id_ in range(300)}})
        first = told("backup", backups, "--data", data)["copied"]
        caller.put({"Dataset": {1: {"id": 1, "name": "new"}}})
        second = told("backup", backups, "--data", data)["copied"]
        assert isinstance(first, dict)
        assert isinstance(second, dict)
        assert first["linked"] == 0
        assert second["linked"] >= 3 * 6, "six files of each shard"
        assert second["copied_bytes"] < first["copied_bytes"]
    run("restore", backups, tmp_path / "restored")
    with serving(tmp_path / "restored", SETTINGS) as service:
        assert Caller(service.url).names("Dataset") == {1: "new"}


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    with in_memory() as found:
        if found.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is no other file system")
        yield found


def test_what_is_in_the_way_is_moved_aside_when_asked(tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.put({"Datafile": {1: {"id": 1, "name": "before"}}})
        run("backup", backups, "--data", data)
        caller.put({"Datafile": {1: {"id": 1, "name": "after"}}})
        in_use = run("restore", backups, data, "--replace", code=1).output
        assert "is in use" in in_use
        assert service.stop() == 0
    assert "--replace" in run("restore", backups, data, code=1).output
    replaced = Path(str(told("restore", backups, data, "--replace")["replaced"]))
    again = [str(told("restore", backups, data, "--replace")["replaced"]) for _ in range(3)]
    assert len({str(replaced), *again}) == 4  # also within a second
    with serving(data, SETTINGS) as service:
        assert Caller(service.url).names("Datafile") == {1: "before"}
    with serving(replaced, SETTINGS) as service:
        assert Caller(service.url).names("Datafile") == {1: "after"}


def test_what_cannot_be_is_told_in_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    assert "no data directory" in run("backup", backups, "--data", data, code=1).output
    with serving(data, SETTINGS) as service:
        Caller(service.url).put({"Datafile": {1: {"id": 1, "name": "one"}}})
    inside = run("backup", data / "backups", "--data", data, code=1).output
    assert "is in the data directory" in inside
    assert not (data / "backups").exists()
    (tmp_path / "file").touch()
    run("backup", tmp_path / "file", "--data", data, code=1)
    assert "no backup that has ended" in run("restore", tmp_path, data, code=1).output
    place = Path(str(told("backup", backups, "--data", data)["place"]))
    unfinished = place.with_name("2000-01-01T000000Z.unfinished")
    (unfinished / "data").mkdir(parents=True)
    cut = run("restore", unfinished, tmp_path / "new", code=1).output
    assert "no backup that has ended" in cut
    unfit = run("restore", place, tmp_path / "new", "--set", "units=T: tesla 1", code=1).output
    assert "was written with" in unfit
    store = next(place.rglob("*.store"))
    content = store.read_bytes()
    store.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    damaged = run("restore", place, tmp_path / "new", code=1).output
    assert "is damaged" in damaged
    assert not [path for path in (tmp_path / "new").rglob("*") if path.name != "service.lock"]


def names_in(backups: Path, restored: Path) -> Mapping[int, str]:
    """What is found in the newest backup of a directory."""
    run("restore", backups, restored)
    with serving(restored, SETTINGS) as service:
        return Caller(service.url).names("Datafile")


def used(disk: Disk) -> int:
    return shutil.disk_usage(disk.path).used


def test_wherever_the_room_for_a_backup_ends_there_is_a_whole_one_or_none(
    tmp_path: Path, small_disk: Disk
) -> None:
    data, backups = tmp_path / "of the service", small_disk.path / "backups"
    small_disk.grow(20_000_000)
    backups.mkdir()
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.put({"Datafile": {id_: {"id": id_, "name": f"scan {id_}"} for id_ in range(300)}})
        empty = used(small_disk)
        first = Path(str(told("backup", backups, "--data", data, "--whole")["place"]))
        needed = used(small_disk) - empty
        caller.put({"Datafile": {7: {"id": 7, "name": "renamed"}}})
        steps = 5
        for step in range(steps):
            small_disk.fill(but=needed * step // steps)
            refused = run("backup", backups, "--data", data, "--whole", code=1).stderr
            assert "No space left on device, so there is no new backup" in refused
            assert "make room there" in refused
            assert [path for path in backups.iterdir() if path.is_dir()] == [first]
            assert not (data / "moment").exists()
            assert caller.modify(create("Dataset", step, "meanwhile")) == DONE
        assert len(caller.names("Datafile")) == 300
        small_disk.empty()
        assert names_in(backups, tmp_path / "of the first")[7] == "scan 7"
        run("backup", backups, "--data", data, "--whole")
        assert not service.defects()
    found = names_in(backups, tmp_path / "of the second")
    assert (len(found), found[7]) == (300, "renamed")


def test_a_service_whose_disk_is_full_is_backed_up_or_refuses_and_goes_on(
    tmp_path: Path, small_disk: Disk
) -> None:
    data, backups = small_disk.path / "data", tmp_path / "backups"
    small_disk.grow(20_000_000)
    with serving(data, SETTINGS) as service:
        caller = Caller(service.url)
        caller.put({"Datafile": {1: {"id": 1, "name": "before"}}})
        # In the journal alone, which is copied and not linked.
        assert caller.modify(create("Datafile", 2, "x" * 10_000)) == DONE
        small_disk.fill()
        refused = run("backup", backups, "--data", data, code=1).stderr
        assert "make room" in refused
        assert not (data / "moment").exists()
        assert not [path for path in backups.iterdir() if path.is_dir()]
        assert (
            "no backup that has ended" in run("restore", backups, tmp_path / "new", code=1).stderr
        )
        assert caller.names("Datafile") == {1: "before"}
        small_disk.empty()
        run("backup", backups, "--data", data)
        caller.done("commit")
        assert len(caller.names("Datafile")) == 2
    assert len(names_in(backups, tmp_path / "new")) == 2
