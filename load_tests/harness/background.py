"""What goes on beside callers: a population over HTTP, a re-index by the command of the service.

Each is a process of its own, started at its time. Without a data directory of our own there is no
re-index.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self, assert_never

from load_tests.harness.scenarios import BackgroundTask, Population, Reindex

LONGEST = 1_800.0
LAST_WORDS = 400


@dataclass(frozen=True)
class TaskResult:
    """Something that went on: from when until when, and how it ended."""

    name: str
    begin: float
    end: float
    status: int
    said: str


@dataclass(frozen=True)
class Place:
    """Where a service is, how large its facility is, and its files where they are ours."""

    url: str
    files: int
    data: Path | None
    source: Path | None


class BackgroundTasks:
    """Starts each at its time, one after the other; waits for the last when the block ends."""

    def __init__(self, tasks: Sequence[BackgroundTask], place: Place, seconds: float) -> None:
        self.done: list[TaskResult] = []
        self._tasks = sorted(tasks, key=lambda one: one.at)
        self._place = place
        self._seconds = seconds
        self._begun = Event()
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._start = 0.0

    def begin(self) -> None:
        """Callers have come: time begins."""
        self._start = time.time()
        self._begun.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is not None or not self._begun.is_set():
            self._over.set()
            self._begun.set()
        self._thread.join()

    def _run(self) -> None:
        self._begun.wait()
        for one in self._tasks:
            wait = self._start + one.at * self._seconds - time.time()
            if self._over.wait(max(0.0, wait)):
                return
            command = command_of(one, self._place)
            if command is not None:
                self.done.append(_result_of(type(one).__name__.lower(), command))


def command_of(task: BackgroundTask, place: Place) -> Sequence[str] | None:
    """What Python runs; nothing when it cannot be done there."""
    match task:
        case Population(_, entity):
            filling = ("-m", "load_tests.filling", "--url", place.url, "--entity", entity)
            return (*filling, "--datafiles", str(place.files))
        case Reindex():
            if place.data is None or place.source is None:
                return None
            command = ("-m", "search_service", "reindex", "--source", str(place.source))
            return (*command, "--data", str(place.data), "--workers", "1")
        case _:
            assert_never(task)


def _result_of(name: str, command: Sequence[str]) -> TaskResult:
    begin = time.time()
    try:
        ended = subprocess.run(
            [sys.executable, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TaskResult(name, begin, time.time(), 1, f"did not end in {LONGEST:.0f} s")
    return TaskResult(name, begin, time.time(), ended.returncode, ended.stdout[-LAST_WORDS:])
