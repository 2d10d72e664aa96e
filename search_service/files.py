"""Files and directories that are there after a power loss, once these functions return."""

import os
import shutil
from pathlib import Path


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
