"""Processes seen from outside: who lives, who descends from whom, and waiting for a state."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds that a state may take to come about


def wait_for(state: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until it is so; fails when it never is."""
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end, f"it never came: {what}"
        time.sleep(0.01)


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed at the end of the block: what fails there does not wait for it."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for does not."""
    return _state(pid) not in ("Z", "")


def stands_still(pid: int) -> bool:
    """Whether a process was stopped (SIGSTOP), and does not go on."""
    return _state(pid) == "T"


def _state(pid: int) -> str:
    """As `proc(5)` names it; empty for a process that is not there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def descendants(pid: int) -> set[int]:
    """The processes that a process started, and those that they did."""
    children = set[int]()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            children.update(map(int, path.read_text().split()))
    return children.union(*map(descendants, children))
