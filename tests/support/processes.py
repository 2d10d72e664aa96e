"""Processes seen from outside: who lives, who descends from whom, and waiting for a state."""

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 20.0  # seconds that a state may take to come about


def wait_for(state: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until it is so; fails when it never is."""
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end, f"it never came: {what}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(pid: int) -> set[int]:
    """The processes that a process started, and those that they did."""
    children = {
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text().split()
    }
    return children.union(*map(descendants, children))
