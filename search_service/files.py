"""Files and directories that are there after a power loss, once these functions return."""

import errno
import json
import os
import re
import shutil
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from search_service.errors import EndsCommand

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# The system says so before it takes a byte; of what it took and lost it says something else.
_REFUSED = frozenset(
    {
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
        *(errno.EROFS, errno.ENOENT, errno.EACCES, errno.EPERM),
    }
)
FULL_CLUSTER = "flood-stage watermark"
"""Is in what is said of a cluster whose disks are full."""
_READ_ONLY = re.compile(rf"(os error |code: ){errno.EROFS}\b")
# How engines and SQLite say it.
_FULL_WORDS = (
    *(f"(os error {number})" for number in sorted(_FULL)),
    "disk is full",
    FULL_CLUSTER,
)


class NotDurable(Exception):
    """What a file says now is followed, but after a power loss it may say what it said before."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: {error}")
        self.error = error


class Unreadable(EndsCommand):
    """A small file does not hold what was written to it. ``setting``: the one that names it."""

    def __init__(self, path: Path, why: object, setting: str = "") -> None:
        super().__init__(f"{named(path, setting)} cannot be read ({why})")
        self.why = why


def named(path: Path, setting: str) -> str:
    """A file in a sentence, with the setting that names it, if one does."""
    return f"{path} (the setting {setting})" if setting else str(path)


def secret_in(path: Path, setting: str = "") -> str:
    """The password that a file holds. Raises Unreadable, without anything of it."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise Unreadable(path, why, setting) from None


def is_full(error: BaseException | None) -> bool:
    """Whether an error came of a disk without room, or of a quota that is used up."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if any(words in str(error) for words in _FULL_WORDS):
            return True
        error = error.__cause__
    return False


def may_pass(error: OSError) -> bool:
    """Whether nothing was written for a reason that can be put right while the process runs.

    No room, no descriptors, a disk that is mounted for reading, a directory that is not there.
    """
    return is_full(error) or error.errno in _REFUSED


def is_read_only(error: BaseException) -> bool:
    """Whether an error, also one of the engine, came of a disk that is mounted for reading."""
    return getattr(error, "errno", None) == errno.EROFS or _READ_ONLY.search(str(error)) is not None


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


OTHERS = stat.S_IRWXG | stat.S_IRWXO  # a group, and everybody


@contextmanager
def only_for_this_user() -> Iterator[None]:
    """What is made meanwhile, by the processes that are started too, is for nobody else."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_private(root: Path) -> None:
    """Take a file, or a directory and all in it, from other users; the directory itself first.

    What belongs to another user stays as it is.
    """
    _take_from_others(str(root))
    for directory, _, files in os.walk(root):
        _take_from_others(directory)
        for name in files:
            _take_from_others(f"{directory}/{name}")


def _take_from_others(path: str) -> None:
    with suppress(OSError):  # of another user, gone meanwhile, on a disk that is only read
        mode = os.lstat(path).st_mode
        if mode & OTHERS and not stat.S_ISLNK(mode):
            os.chmod(path, stat.S_IMODE(mode) & ~OTHERS)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file as one step: after a crash it holds the old content or the new."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)


_CHECKSUM = "checksum"


def write_checked(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a file of JSON as ``write_durably`` does; damage is noticed when it is read."""
    whole = {**content, _CHECKSUM: checksum(content)}
    text = json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True)
    write_durably(path, f"{text}\n".encode())


def read_checked(path: Path) -> dict[str, Any]:
    """The content of a file of JSON; without a checksum, as earlier versions wrote it, unchecked.

    Raises FileNotFoundError, Unreadable.
    """
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise Unreadable(path, error) from error
    if not isinstance(content, dict):
        raise Unreadable(path, "it is no JSON object")
    written = content.pop(_CHECKSUM, None)
    if written is not None and written != checksum(content):
        raise Unreadable(path, "its checksum is another one")
    return content


def checksum(content: Mapping[str, Any]) -> str:
    """Of JSON, however it is laid out."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return f"{zlib.crc32(text.encode()):08x}"


def remove_tree(path: Path) -> None:
    """Remove what is there; what cannot be removed stays, for another time."""
    shutil.rmtree(path, ignore_errors=True)
