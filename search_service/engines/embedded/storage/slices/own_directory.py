"""Where a reader has its slices: a directory of its own, beside a file that it holds locked.

::

    slices/<number by chance>.lock    locked as long as the reader is there
    slices/<number by chance>/0/      a slice

Nothing of it is needed after the reader: who finds the lock free may remove both, and all of it can
be removed at any time, see ``search.open_slices``.
"""

import fcntl
import logging
import os
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from search_service.files import remove_tree

log = logging.getLogger(__name__)

NAME = "slices"
_LOCK = ".lock"


class OwnDirectory:
    """The place of one reader's slices, made when it is needed and removed when the reader goes."""

    def __init__(self, root: Path) -> None:
        """``root``: the data directory."""
        self._place = root / NAME
        self._numbers = count()
        self._path: Path | None = None
        self._removal: weakref.finalize[[Path, int, int], OwnDirectory] | None = None

    def path_of_next(self) -> Path:
        """Where the next slice is to be made. Raises OSError."""
        if self._path is None or not self._path.is_dir():
            self.remove()
            self._path = self._make()
        return self._path / str(next(self._numbers))

    def remove(self) -> None:
        """Remove it, with all slices."""
        if self._removal is not None:
            self._removal()
        self._path = self._removal = None

    def _make(self) -> Path:
        self._place.mkdir(mode=0o700, exist_ok=True)
        while True:
            path = self._place / uuid.uuid4().hex
            # The lock first: without one, a directory is a leftover.
            lock = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if _is_ours(lock, _lock_of(path)):
                    path.mkdir(mode=0o700)
                    self._removal = weakref.finalize(self, _remove, path, lock, os.getpid())
                    return path
            except BaseException:
                os.close(lock)
                raise
            os.close(lock)


def remove_leftovers(root: Path) -> None:
    """Remove the directories of readers that are not there any more, in a data directory."""
    place = root / NAME
    names = {path.name.removesuffix(_LOCK) for path in _listed(place)}
    removed = [name for name in names if _remove_leftover(place / name)]
    if removed:
        log.info("slices of readers that ended removed", extra={"readers": len(removed)})


def _listed(place: Path) -> list[Path]:
    with suppress(OSError):
        return list(place.iterdir())
    return []


def _remove_leftover(path: Path) -> bool:
    try:
        with _free(_lock_of(path)) as is_free:
            if not is_free:
                return False
            # The lock last: a crash amid this leaves what is seen to be a leftover.
            remove_tree(path)
            _lock_of(path).unlink(missing_ok=True)
    except OSError as error:
        log.warning("slices not removed", extra={"path": str(path), "why": str(error)})
        return False
    return True


@contextmanager
def _free(lock: Path) -> Iterator[bool]:
    """Whether nobody holds it; nobody takes it meanwhile."""
    try:
        file = lock.open("r+")
    except FileNotFoundError:
        yield True
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _is_ours(lock: int, path: Path) -> bool:
    """Take the lock; not if somebody took it for a leftover just now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.stat(path).st_ino == os.fstat(lock).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + _LOCK)


def _remove(path: Path, lock: int, process: int) -> None:
    if process != os.getpid():
        return  # a fork of the reader's process, which has them still
    remove_tree(path)
    with suppress(OSError):
        _lock_of(path).unlink(missing_ok=True)
    with suppress(OSError):
        os.close(lock)
