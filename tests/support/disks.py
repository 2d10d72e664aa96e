"""Disks for tests: a small one that can be full and be made larger, and one in memory."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

BALLAST = "ballast"
MEMORY = Path("/dev/shm")


@contextmanager
def in_memory() -> Iterator[Path]:
    """A directory of which a disk has nothing, where the system has such: a sync costs no time.

    For properties, which begin with a new one many times. It is removed afterwards.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        yield Path(directory)


class Disk:
    """A file system in memory, mounted at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, *, but: int = 0) -> None:
        """Leave no room but so many bytes."""
        self.empty()
        with (self.path / BALLAST).open("wb", buffering=0) as file:
            with suppress(OSError):
                while file.write(b"\0" * 65_536):
                    pass
            file.truncate(max(0, file.tell() - but))

    def empty(self) -> None:
        """Give back what ``fill`` took."""
        (self.path / BALLAST).unlink(missing_ok=True)

    def grow(self, size: int) -> None:
        """So many bytes from now on."""
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.path)], check=True)


@contextmanager
def _mounted(path: Path, size: int) -> Iterator[Disk]:
    path.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"the right to mount a file system (CAP_SYS_ADMIN) is missing: {done.stderr}")
    try:
        yield Disk(path)
    finally:
        # Also when a process still has a file of it open.
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """At ``data`` in the test's directory."""
    with _mounted(tmp_path / "data", 3_000_000) as disk:
        yield disk
