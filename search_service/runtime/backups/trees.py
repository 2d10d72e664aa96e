"""Copies a directory with all that is in it, durably; what never changes is linked where it can be.

Not here: which directories these are, see ``make`` and ``restore``.
"""

import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from search_service.files import sync_directory

_TAIL = 4_096  # bytes: the engine ends a file with its checksum
_BLOCK = 1 << 20

Unchanging = Callable[[str], bool]
"""Whether a file of this name never changes, and no other file ever has its name."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a tree. ``checksum``: of what may change; what never does has one of its own."""

    size: int  # bytes
    checksum: int | None


@dataclass(slots=True)
class Brought:
    """How much was copied, and how much is shared with what was there: files and bytes."""

    copied: int = 0
    copied_bytes: int = 0
    linked: int = 0
    linked_bytes: int = 0


def walk(root: Path) -> Iterator[Path]:
    """All files of a tree, relative to it, in order."""
    for directory, directories, names in os.walk(root):
        directories.sort()
        for name in sorted(names):
            yield (Path(directory) / name).relative_to(root)


def unchanging_in(root: Path, unchanging: Unchanging) -> Mapping[tuple[str, int], Path]:
    """Files of a tree that never change, by name and size."""
    found = {}
    for path in walk(root):
        if unchanging(path.name):
            found[path.name, (root / path).stat().st_size] = root / path
    return found


def bring(
    source: Path,
    target: Path,
    unchanging: Unchanging,
    *,
    earlier: Mapping[tuple[str, int], Path] | None = None,
    link: bool = True,
) -> Brought:
    """Copy a tree into a directory that is made. What never changes is linked, where that goes.

    To the source, or to a file of ``earlier``, a tree on the file system of ``target``; without
    ``link`` all is copied. Raises OSError.
    """
    done = Brought()
    target.mkdir(parents=True)
    for path in walk(source):
        wanted, made = source / path, target / path
        made.parent.mkdir(parents=True, exist_ok=True)
        size = wanted.stat().st_size
        same = (earlier or {}).get((path.name, size))
        if (
            link
            and unchanging(path.name)
            and (_linked(wanted, made) or (same is not None and _is_same(wanted, same, made)))
        ):
            done.linked += 1
            done.linked_bytes += size
        else:
            shutil.copyfile(wanted, made)
            done.copied += 1
            done.copied_bytes += size
    return done


def _is_same(wanted: Path, earlier: Path, made: Path) -> bool:
    """Whether an earlier file is the same one, and was linked: its last bytes tell."""
    return _tail(wanted) == _tail(earlier) and _linked(earlier, made)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False  # another file system, or one without links: it is copied
    return True


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
        return file.read()


def made_durable(root: Path, unchanging: Unchanging) -> dict[str, File]:
    """What a tree holds, by path; all of it is on the disk. Raises OSError."""
    found = {}
    for path in walk(root):
        with (root / path).open("rb") as file:
            # Also a linked one: whoever wrote it may not have waited for the disk.
            os.fsync(file.fileno())
        found[str(path)] = looked_at(root / path, unchanging)
    for directory, _, _ in os.walk(root, topdown=False):
        sync_directory(Path(directory))
    return found


def looked_at(path: Path, unchanging: Unchanging) -> File:
    """A file as it is. Raises OSError."""
    checksum = None if unchanging(path.name) else _checksum(path)
    return File(path.stat().st_size, checksum)


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            checksum = zlib.crc32(block, checksum)
    return checksum
