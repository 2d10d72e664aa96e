"""Where in a file what is (see ``scan``), shared by those who read it at the same time.

The first to open a file makes the index in the directory for temporary files; others, in whatever
process, use it too; the last to close removes it. Of a process that was killed the index stays
until the file is opened again.
"""

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from search_service.errors import SourceRefused
from search_service.files import OTHERS
from search_service.long_waits import TOLD_SECONDS, told_when_long
from search_service.sources.base import OnRejected
from search_service.sources.lines.scan import COMPLETE, TEXT, scan

log = logging.getLogger(__name__)


class LineIndex:
    """An index in use: ``directory`` holds records, a file for each entity; ``text`` the lines."""

    def __init__(
        self, path: Path, on_rejected: OnRejected, told_seconds: float = TOLD_SECONDS
    ) -> None:
        """``told_seconds``: after which an operator is told that another process is waited for."""
        self._told_seconds = told_seconds
        self._lock, self.directory = -1, Path()
        try:
            path = path.resolve(strict=True)
            if not path.is_file():  # a pipe would be waited for, and cannot be read from its middle
                raise SourceRefused(f"{path} is no file of documents")
            self._open(path, on_rejected)
        except OSError as error:
            self.close()
            raise SourceRefused(_sentence(path, error)) from None
        except BaseException:
            self.close()
            raise
        compressed = path.suffix != ".jsonl"
        self.text = self.directory / TEXT if compressed else path

    def close(self) -> None:
        """The last one removes the index."""
        if self._lock < 0:
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(self.directory, ignore_errors=True)
        except BlockingIOError:
            pass  # others use it
        os.close(self._lock)
        self._lock = -1

    def _open(self, path: Path, on_rejected: OnRejected) -> None:
        self.directory = _directory_for(path)
        while True:
            with suppress(FileExistsError):
                self.directory.mkdir(mode=0o700)
            # Not by a link: others may write in the directory for temporary files, and can work out
            # the name. All files of what a link leads to would be removed.
            try:
                self._lock = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue  # the last one has removed it in between
            self._refuse_another_users()
            alone = self._locked_alone()
            if self._still_there():
                if (self.directory / COMPLETE).exists():
                    fcntl.flock(self._lock, fcntl.LOCK_SH)
                    return
                if alone:
                    scan(path, self.directory, on_rejected)
                    fcntl.flock(self._lock, fcntl.LOCK_SH)
                    return
            # The last one has removed it in between, or whoever made it failed: begin again.
            os.close(self._lock)
            self._lock = -1

    def _locked_alone(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # While it is being made, which takes minutes.
            with told_when_long(
                log,
                "another process looks through the file, it is waited for; ended by a signal, "
                "this one does it",
                self._told_seconds,
                directory=str(self.directory),
            ):
                fcntl.flock(self._lock, fcntl.LOCK_SH)
            return False
        return True

    def _refuse_another_users(self) -> None:
        held = os.fstat(self._lock)
        if held.st_uid != os.getuid() or held.st_mode & OTHERS:
            os.close(self._lock)
            self._lock = -1  # nothing in it is removed
            raise PermissionError(None, f"{self.directory} belongs to somebody else, too")

    def _still_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._lock), self.directory.lstat())
        except FileNotFoundError:
            return False


def _sentence(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return (
            f"{path} cannot be indexed in {tempfile.gettempdir()}: {error.strerror}; the variable "
            "TMPDIR may name another directory"
        )
    return f"{path} cannot be read: {error.strerror or error}"


def _directory_for(path: Path) -> Path:
    state = path.stat()
    key = f"{path} {state.st_size} {state.st_mtime_ns} {os.getuid()}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"icat-search-lines-{digest}"
