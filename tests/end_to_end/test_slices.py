"""What a running service reads is made again whatever happens to it, and is never missed."""

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.calling import Caller, create
from tests.support.processes import descendants, wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

SETTINGS = {"workers": 2, "shard_ids": 3, "search_slices": 2}
FIRST = range(1, 20)


@contextmanager
def running(data: Path) -> Iterator[tuple[Served, Caller]]:
    with serving(data, SETTINGS) as service:
        yield service, Caller(service.url)


def add(caller: Caller, ids: Sequence[int]) -> None:
    caller.modify(*(create("Datafile", id_, f"file {id_}") for id_ in ids))
    caller.done("commit")


def readers(data: Path) -> set[str]:
    """Those that have slices."""
    return {path.name for path in (data / "slices").glob("*") if path.is_dir()}


def holders(data: Path, reader: str, among: set[int]) -> set[int]:
    """The processes that have a file of a reader open."""
    found = set()
    for pid in among:
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                if os.readlink(descriptor).startswith(f"{data / 'slices' / reader}.lock"):
                    found.add(pid)
            except OSError:
                pass  # closed meanwhile
    return found


def test_a_service_that_loses_its_slices_makes_them_again(tmp_path: Path) -> None:
    with running(tmp_path) as (service, caller):
        add(caller, FIRST)
        assert set(caller.documents("Datafile")) == {*FIRST}
        assert readers(tmp_path)
        shutil.rmtree(tmp_path / "slices")
        assert set(caller.documents("Datafile")) == {*FIRST}
        add(caller, [50])
        for _ in range(4):  # of both workers
            assert set(caller.documents("Datafile")) == {*FIRST, 50}
        assert readers(tmp_path)
        assert service.defects() == []


def test_what_a_killed_worker_left_is_removed_and_others_answer(tmp_path: Path) -> None:
    with running(tmp_path) as (service, caller):
        add(caller, FIRST)
        assert set(caller.documents("Datafile")) == {*FIRST}
        among = descendants(service.process.pid)
        ((reader, worker),) = (
            (reader, pid)
            for reader in sorted(readers(tmp_path))
            for pid in holders(tmp_path, reader, among)
        )
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: reader not in readers(tmp_path), "the slices of the worker are removed")
        assert set(caller.documents("Datafile")) == {*FIRST}


def test_a_killed_service_leaves_nothing_that_its_next_start_keeps(tmp_path: Path) -> None:
    with running(tmp_path) as (service, caller):
        add(caller, FIRST)
        assert set(caller.documents("Datafile")) == {*FIRST}
        workers = descendants(service.process.pid)
        service.process.kill()
        service.process.wait()
        wait_for(lambda: not any(map(exists, workers)), "the workers end")
    left = readers(tmp_path)
    with running(tmp_path) as (_, caller):
        assert set(caller.documents("Datafile")) == {*FIRST}
        assert not readers(tmp_path) & left


def test_a_service_that_is_stopped_leaves_no_slices(tmp_path: Path) -> None:
    with running(tmp_path) as (service, caller):
        add(caller, FIRST)
        assert set(caller.documents("Datafile")) == {*FIRST}
        assert readers(tmp_path)
        assert service.stop() == 0
        assert readers(tmp_path) == set()


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
