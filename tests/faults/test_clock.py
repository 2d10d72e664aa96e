"""Somebody sets the clock of the machine back, and forward again, while the service runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.calling import Caller, create
from tests.support.processes import wait_for
from tests.support.programs import NoProgram, program
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

SETTINGS = {"workers": 1, "commit_seconds": "0.5"}


class Clock:
    """The clock of a service, that of the machine and so many seconds more or less.

    How much time has passed is not changed by it, as on a machine whose clock is set.
    """

    def __init__(self, directory: Path) -> None:
        try:
            faketime = Path(program("faketime"))
        except NoProgram as why:
            pytest.skip(str(why))
        self._file = directory / "clock"
        libraries = sorted(faketime.parent.parent.glob("lib/**/faketime/libfaketimeMT.so.1"))
        if not libraries:
            pytest.skip(f"{faketime} has no library beside it")
        self.environment = {
            "LD_PRELOAD": str(libraries[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set(0)

    def set(self, seconds: int) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n")
        beside.replace(self._file)


@contextmanager
def running(tmp_path: Path) -> Iterator[tuple[Clock, Served, Caller]]:
    clock = Clock(tmp_path)
    with serving(tmp_path / "data", SETTINGS, environment=clock.environment) as service:
        yield clock, service, Caller(service.url)


def set_by(now: str, before: str) -> int:
    """-1, 0, 1: whether a time of the status is before another one, the same, or after it."""
    return (now > before) - (now < before)


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_commits_by_time_go_on_when_the_clock_is_set(tmp_path: Path, seconds: int) -> None:
    with running(tmp_path) as (clock, service, caller):
        caller.modify(create("Dataset", 1, "before"))
        wait_for(lambda: set(caller.names("Dataset")) == {1}, "the commit before")
        wait_for(lambda: caller.status()["last_commit"] is not None, "its time")
        before = caller.status()["last_commit"]
        clock.set(seconds)
        caller.modify(create("Dataset", 2, "after"))
        wait_for(lambda: set(caller.names("Dataset")) == {1, 2}, "the commit after")
        wait_for(
            lambda: set_by(caller.status()["last_commit"], before) * seconds > 0,
            "a time of the clock as it was set",
        )
        clock.set(0)
        caller.modify(create("Dataset", 3, "as before"))
        wait_for(lambda: set(caller.names("Dataset")) == {1, 2, 3}, "the commit as before")
        assert service.defects() == []
