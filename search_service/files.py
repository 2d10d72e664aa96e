"""Files and directories that are there after a power loss, once these functions return."""

import errno
import os
import shutil
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# How the engine and SQLite say it.
_FULL_WORDS = (*(f"(os error {number})" for number in sorted(_FULL)), "disk is full")


class NotDurable(Exception):
    """What a file says now is followed, but after a power loss it may say what it said before."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: {error}")
        self.error = error


def is_full(error: BaseException | None) -> bool:
    """Whether an error came of a disk without room, or of a quota that is used up."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if any(words in str(error) for words in _FULL_WORDS):
            return True
        error = error.__cause__
    return False


def sync_directory(path: Path) -> None:
    """What was created, renamed or removed in a directory is durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """The directory, and those above it that are missing."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(exist_ok=True)
    sync_directory(path.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file as one step: after a crash it holds the old content or the new."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)


def remove_tree(path: Path) -> None:
    """Remove what is there; what cannot be removed stays, for another time."""
    shutil.rmtree(path, ignore_errors=True)
