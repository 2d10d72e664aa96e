"""One backup at a time: whoever makes one holds a file."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search_service.errors import CannotBackUp


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Nobody else makes a backup with this lock meanwhile. Raises CannotBackUp, OSError."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotBackUp(
                f"Another icat-search backup is under way, which has {lock} open; wait for it, or "
                "end it first"
            ) from None
        yield


def is_taken(lock: Path) -> bool:
    """Whether somebody makes a backup with this lock."""
    try:
        with lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
