"""The disk is mounted for reading only, or the data directory is moved away, while it is served."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.calling import BASE, Caller, Reply, create
from tests.support.disks import Disk, small_disk
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow
__all__ = ["small_disk"]

SETTINGS = {"workers": 2, "writer_memory": 15, "journal_sync": "true"}
DONE = Reply(204)


@contextmanager
def only_read(disk: Disk) -> Iterator[None]:
    """All that is opened on it can only be read, as when the system mounts it so after an error.

    What is open for writing is not changed by it, which is why it is mounted over itself.
    """
    path = str(disk.path)
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def changes_are_refused(caller: Caller, *expected: int) -> None:
    """With a sentence; searches go on."""
    reply = caller.modify(create("Datafile", 8, "refused"))
    assert (reply.status, reply.content["code"]) == (500, "STORAGE_FAILED"), reply
    for operation in ("lock/Dataset?delete=true", "clear"):
        reply = caller.ask(f"{BASE}{operation}")
        assert (reply.status, reply.content["code"]) == (500, "STORAGE_FAILED"), (operation, reply)
    for _ in range(4):  # by each worker
        assert set(caller.names("Datafile")) == {*expected}


def test_on_a_disk_that_is_only_read_searches_go_on_and_changes_are_refused(
    small_disk: Disk,
) -> None:
    with serving(small_disk.path, SETTINGS) as service:
        caller = Caller(service.url)
        assert caller.modify(create("Datafile", 1, "one")) == DONE
        caller.done("commit")
        assert caller.modify(create("Datafile", 2, "two")) == DONE
        assert service.stop() == 0
    with serving(small_disk.path, SETTINGS) as service:  # it has nothing open to write
        caller = Caller(service.url)
        for _ in range(4):
            assert set(caller.names("Datafile")) == {1, 2}
        with only_read(small_disk):
            changes_are_refused(caller, 1, 2)
        assert caller.modify(create("Datafile", 3, "three")) == DONE
        caller.done("commit")
        assert set(caller.names("Datafile")) == {1, 2, 3}
        service.process.kill()
        service.process.wait()
    with serving(small_disk.path, SETTINGS) as service:
        assert set(Caller(service.url).names("Datafile")) == {1, 2, 3}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Served, Caller]]:
    with serving(tmp_path / "data", SETTINGS) as service:
        caller = Caller(service.url)
        assert caller.modify(create("Datafile", 1, "one")) == DONE
        caller.done("commit")
        for _ in range(4):
            assert caller.names("Datafile") == {1: "one"}
        yield service, caller


def test_a_directory_that_is_moved_away_and_back(
    running: tuple[Served, Caller], tmp_path: Path
) -> None:
    _, caller = running
    (tmp_path / "data").rename(tmp_path / "away")
    changed = caller.modify(create("Datafile", 2, "two"))
    committed = caller.ask(f"{BASE}commit")
    for reply in (changed, committed):
        assert reply == DONE or reply.content["code"] in ("STORAGE_FAILED", "SHARD_DAMAGED"), reply
    assert 1 in caller.names("Datafile")
    (tmp_path / "away").rename(tmp_path / "data")
    assert caller.modify(create("Datafile", 3, "three")) == DONE
    caller.done("commit")
    assert set(caller.names("Datafile")) == {1, 3, *({2} if changed == DONE else ())}
