"""The system refuses files, processes, threads for a while: callers are told, then all goes on."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.calling import BASE, Caller, Reply, create
from tests.support.faults.members import FORK_SERVER, WORKER, members
from tests.support.processes import is_alive, wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

NOBODY = 65534
# Python is where only its owner reads; the limit of processes does not bind root.
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
]
SETTINGS = {"workers": 1, "search_seconds": 2, "writer_memory": 15}
DONE = Reply(204)


class OldConnection(Caller):
    """Calls by a connection that is there already."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def _sent(self, target: str, body: bytes | None, method: str) -> tuple[int, bytes]:
        self._connection.request(method, target, body)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def lowered(pid: int, which: int, value: int) -> Iterator[None]:
    """A limit of a process that runs, until the end of the block."""
    soft, hard = resource.prlimit(pid, which)
    resource.prlimit(pid, which, (value, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, which, (soft, hard))


@contextmanager
def no_more_processes(*pids: int) -> Iterator[None]:
    """Processes of nobody can start neither threads nor processes, until the end of the block."""
    limits = [_prlimit(pid, "--nproc", "--output=SOFT", "--noheadings") for pid in pids]
    for pid in pids:
        _prlimit(pid, "--nproc=1:")
    try:
        yield
    finally:
        for pid, limit in zip(pids, limits, strict=True):
            # A fork server that cannot fork ends, or is ended for the next one.
            if is_alive(pid):
                _prlimit(pid, f"--nproc={limit}:", may_end=True)


def _prlimit(pid: int, *options: str, may_end: bool = False) -> str:
    """What the command says of a process, asked as its owner, who may set its limits anywhere.

    ``may_end``: the process may have ended meanwhile.
    """
    done = subprocess.run(
        ["prlimit", f"--pid={pid}", *options],
        user=NOBODY,
        group=NOBODY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or (may_end and not is_alive(pid)), done.stderr
    return done.stdout.strip()


def open_files(service: Served) -> int:
    """The number below which all of its descriptors are, as the limit is about that."""
    return 1 + max(int(path.name) for path in Path(f"/proc/{service.process.pid}/fd").iterdir())


def has_code(reply: Reply, *codes: str) -> bool:
    return reply == DONE or reply.content["code"] in codes


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Served, OldConnection]]:
    with (
        serving(tmp_path, SETTINGS) as service,
        closing(OldConnection(service.url)) as caller,
    ):
        assert caller.modify(create("Datafile", 1, "one")) == DONE
        caller.done("commit")
        assert caller.names("Datafile") == {1: "one"}
        yield service, caller


def test_without_file_descriptors_searches_go_on_and_changes_wait_or_are_refused(
    running: tuple[Served, OldConnection],
) -> None:
    service, caller = running
    with lowered(service.process.pid, resource.RLIMIT_NOFILE, open_files(service)):
        holes = _fill(service)
        replies: dict[int, Any] = {}
        for id_ in range(2, 5):
            replies[id_] = caller.modify(create("Datafile", id_, "meanwhile"))
            assert has_code(replies[id_], "STORAGE_FAILED")
            assert has_code(caller.ask(f"{BASE}commit"), "STORAGE_FAILED", "ENGINE_FAILED")
            assert 1 in caller.names("Datafile")
        reply = caller.ask(f"{BASE}lock/Dataset?delete=true")
        assert has_code(reply, "STORAGE_FAILED", "ENGINE_FAILED")
        for hole in holes:
            hole.close()
    new = Caller(service.url)
    new.done("commit")
    accepted = {id_ for id_, reply in replies.items() if reply == DONE}
    assert set(new.names("Datafile")) == {1, *accepted}
    if reply == DONE:
        new.done("unlock/Dataset")
    new.populate("Dataset", [[{"id": 7, "name": "afterwards"}]])
    assert new.names("Dataset") == {7: "afterwards"}
    assert not [line for line in service.log if "Traceback" in line and "accept" not in line]


def _fill(service: Served) -> list[HTTPConnection]:
    """Connections that take what is free below the limit, until one is not answered."""
    parts = urlsplit(service.url)
    holes = []
    for _ in range(64):
        hole = HTTPConnection(parts.hostname or "", parts.port, timeout=0.5)
        holes.append(hole)
        try:
            hole.request("GET", "/health/live")
            hole.getresponse().read()
        except (OSError, HTTPException):
            return holes
    raise AssertionError("the limit was never reached")


@pytest.fixture
def as_nobody(tmp_path: Path) -> Iterator[tuple[Served, OldConnection]]:
    if os.getuid() != 0:
        pytest.skip("the right to start a process of another user is missing")
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    with (
        serving(data, SETTINGS, through=AS_NOBODY) as service,
        closing(OldConnection(service.url)) as caller,
    ):
        assert caller.modify(create("Datafile", 1, "one")) == DONE
        caller.done("commit")
        yield service, caller


def test_without_processes_and_threads_callers_are_told_and_then_all_goes_on(
    as_nobody: tuple[Served, OldConnection],
) -> None:
    service, caller = as_nobody
    (worker,) = members(service.process.pid, WORKER)
    (forks,) = members(service.process.pid, FORK_SERVER)
    with no_more_processes(service.process.pid, forks):
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: not is_alive(worker), "its end")
        reply = caller.search("Datafile", {})
        assert reply.content["code"] in ("TIMED_OUT", "SEARCH_FAILED"), reply
        accepted = caller.modify(create("Datafile", 2, "two"))
        assert has_code(accepted, "STORAGE_FAILED"), accepted
        reply = caller.ask(f"{BASE}commit")
        assert has_code(reply, "STORAGE_FAILED", "ENGINE_FAILED"), reply
        reply = caller.ask(f"{BASE}lock/Dataset?delete=true")
        assert has_code(reply, "STORAGE_FAILED", "ENGINE_FAILED"), reply
        block = [{"id": id_, "name": "added"} for id_ in range(200)]
        added = caller.ask(f"{BASE}addNow/Dataset", block)
        assert has_code(added, "STORAGE_FAILED", "ENGINE_FAILED"), added
    wait_for(lambda: caller.status()["searches"]["idle"] == 1, "a worker", 40)
    new = Caller(service.url)
    if reply == DONE:
        new.done("unlock/Dataset")
    new.done("commit")
    assert set(new.names("Datafile")) == ({1, 2} if accepted == DONE else {1})
    new.populate("Dataset", [block])
    assert len(new.names("Dataset")) == len(block)
