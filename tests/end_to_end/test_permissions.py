"""What commands write is for the user of the service alone: no other account gets at it."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calling import Caller, create
from tests.support.public_directory import public_directory
from tests.support.serving import serving

OTHERS = stat.S_IRWXG | stat.S_IRWXO
ROWS = '{"entity": "Datafile", "id": 1, "document": {"name": "scan 1.nxs"}}\n'
# The interpreter may be where only root finds it, so root starts it and becomes somebody else.
BECOME = "import fcntl, os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534); "
READ = "open(sys.argv[1])"
LOCK = "fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
CONNECT = "socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody reaches, and a usual umask."""
    before = os.umask(0o022)
    with public_directory() as path:
        yield path
    os.umask(before)


def open_to_others(root: Path) -> list[str]:
    """What others may do something with, and with what."""
    found = [root, *root.rglob("*")]
    return [
        f"{stat.filemode(path.lstat().st_mode)} {path}"
        for path in found
        if not path.is_symlink() and path.lstat().st_mode & OTHERS
    ]


def command(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "search_service", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def change_and_commit(url: str) -> None:
    caller = Caller(url)
    for id_ in (1, 2):
        assert caller.modify(create("Datafile", id_, f"scan {id_}.nxs")).status == 204
        caller.done("commit")
    assert caller.modify(create("Dataset", 1, "not committed")).status == 204


def test_nothing_that_commands_write_is_for_others(place: Path) -> None:
    data = place / "data"
    (place / "rows.jsonl").write_text(ROWS + "{}\n")
    command("reindex", "--data", str(data), "--source", str(place / "rows.jsonl"))
    assert (data / "current").exists()
    assert open_to_others(data) == []
    with serving(data) as running:
        change_and_commit(running.url)
        assert (data / "control.sock").is_socket()
        assert open_to_others(data) == []
        source = ("--source", str(place / "rows.jsonl"))
        command("reindex", "--data", str(data), *source)
        assert open_to_others(data) == []
        command("rollback", "--data", str(data), "--yes")
        command("generations", "--data", str(data), "--drop-old")
        assert running.stop() == 0
    assert open_to_others(data) == []


def test_a_directory_that_was_open_to_others_is_not_any_more(place: Path) -> None:
    data = place / "data"
    with serving(data) as running:
        change_and_commit(running.url)
        assert running.stop() == 0
    for path in (data, *data.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    with serving(data) as running:
        assert open_to_others(data) == []
        assert Caller(running.url).names("Datafile") == {1: "scan 1.nxs", 2: "scan 2.nxs"}
        assert running.stop() == 0


def nobody_can(act: str, path: Path) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", BECOME + act, str(path)], stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 0 or b"PermissionError" in done.stderr, done.stderr
    return done.returncode == 0


@as_root
def test_another_account_reads_nothing_and_locks_nothing_out(place: Path) -> None:
    mine = place / "mine"
    mine.write_bytes(b"")
    assert nobody_can(LOCK, mine)
    data = place / "data"
    with serving(data) as running:
        change_and_commit(running.url)
        assert not nobody_can(LOCK, data / "service.lock")
        assert not nobody_can(CONNECT, data / "control.sock")
        found = [path for path in data.rglob("*") if path.is_file()]
        assert len(found) > 10
        assert not any(nobody_can(READ, path) for path in found[:10])
        assert running.stop() == 0
    assert not nobody_can(LOCK, data / "service.lock")
