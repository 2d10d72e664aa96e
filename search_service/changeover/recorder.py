"""Writes exchanges down beside the requests that they are of, and never in their way.

A thread reads the answers and writes; what it is too slow for is counted and left out. The files
together have a size that is not exceeded: when one is full it becomes ``FILE.1``, and so on; the
oldest goes. A disk that is full is told once, and tried again a minute later.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import orjson

from search_service.changeover.exchanges import (
    Answer,
    Exchange,
    answer_of,
    is_facet,
    is_search,
    line_of,
    params_of,
    path_below_base,
)
from search_service.changeover.pseudonyms import Pseudonyms

log = logging.getLogger(__name__)

PENDING = 256 << 20  # bytes of requests and answers that may wait to be written
RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RawExchange:
    """A request and its answer as they passed by. ``began``: seconds since 1970.

    ``body`` and ``content`` are empty where they are not recorded.
    """

    method: str
    path: str
    query_string: str
    body: bytes
    status: int
    content: bytes
    began: float
    seconds: float

    @property
    def size(self) -> int:
        """What it takes while it waits."""
        return len(self.body) + len(self.content) + 1_000


class Files:
    """A file and its predecessors."""

    def __init__(self, path: Path, size: int, count: int) -> None:
        """``size``: bytes of all ``count`` files together. Raises OSError."""
        self.path = path
        self._most, self._count = max(1, size // count), count
        self._file = path.open("ab", buffering=0)
        _cut_half_line(path)

    def append(self, line: bytes) -> None:
        """Write a line whole or not at all; one larger than a file is left. Raises OSError."""
        if len(line) > self._most:
            return
        before = os.fstat(self._file.fileno()).st_size
        if before and before + len(line) > self._most:
            self._rotate()
            before = 0
        try:
            written = self._file.write(line)
        except OSError:
            self._cut(before)
            raise
        if written != len(line):
            self._cut(before)
            raise OSError(28, os.strerror(28), str(self.path))

    def _cut(self, size: int) -> None:
        with suppress(OSError):
            os.ftruncate(self._file.fileno(), size)

    def _rotate(self) -> None:
        for number in range(self._count - 1, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))
        if self._count == 1:
            self.path.unlink(missing_ok=True)
        opened = self.path.open("ab", buffering=0)
        self._file.close()
        self._file = opened

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path

    def close(self) -> None:
        """No more lines."""
        self._file.close()


def _cut_half_line(path: Path) -> None:
    """Of a recorder that was killed while it wrote: nobody could read what is appended to it."""
    size = path.stat().st_size
    if size:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
        if end < size:
            os.truncate(path, end)


class Recorder:
    """``offer`` returns at once, whatever the disk does. A context: at its end all is written."""

    def __init__(
        self,
        files: Files,
        pseudonyms: Pseudonyms | None = None,
        *,
        pending: int = PENDING,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``now``: the clock of the next attempt on a disk that was full."""
        self._files, self._pseudonyms, self._now = files, pseudonyms, now
        self._queue: queue.SimpleQueue[RawExchange | None] = queue.SimpleQueue()
        self._room, self._lock = pending, threading.Lock()
        self._thread = threading.Thread(target=self._write_all, name="recorder", daemon=True)
        self._again = 0.0
        self.recorded = self.left_out = 0

    def __enter__(self) -> "Recorder":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()
        self._files.close()

    def offer(self, raw: RawExchange) -> None:
        """Have it written, unless too much waits."""
        with self._lock:
            if raw.size > self._room:
                self.left_out += 1
                return
            self._room -= raw.size
        self._queue.put(raw)

    def _write_all(self) -> None:
        while (raw := self._queue.get()) is not None:
            try:
                self._write(raw)
            except Exception:
                log.exception("a request cannot be recorded")
                self.left_out += 1
            with self._lock:
                self._room += raw.size

    def _write(self, raw: RawExchange) -> None:
        if self._now() < self._again:
            self.left_out += 1
            return
        try:
            self._files.append(self._line(raw))
        except OSError as error:
            self.left_out += 1
            if not self._again:
                log.error(
                    "requests cannot be recorded, they are passed on all the same",
                    extra={"file": str(self._files.path), "why": error.strerror},
                )
            self._again = self._now() + RETRY_SECONDS
            return
        if self._again:
            log.warning("requests are recorded again", extra={"left_out": self.left_out})
            self._again = 0.0
        self.recorded += 1

    def _line(self, raw: RawExchange) -> bytes:
        exchange = exchange_of(raw, self.recorded + 1)
        return line_of(exchange if self._pseudonyms is None else self._pseudonyms.of(exchange))


def exchange_of(raw: RawExchange, number: int) -> Exchange:
    """What is kept of a request and its answer."""
    path = path_below_base(raw.path)
    is_kept = is_search(raw.method, path) or is_facet(raw.method, path)
    body: Any = None
    if is_kept:
        with suppress(orjson.JSONDecodeError):
            body = orjson.loads(raw.body)
    answer = answer_of(raw.status, raw.seconds, raw.content) if is_kept else None
    began = datetime.fromtimestamp(raw.began, UTC).isoformat(timespec="milliseconds")
    return Exchange(
        number,
        raw.method,
        path,
        params_of(raw.query_string),
        body if isinstance(body, dict) else None,
        answer or Answer(raw.status, raw.seconds),
        began,
    )
