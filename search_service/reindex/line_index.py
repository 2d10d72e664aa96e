"""One pass over a file of documents: where is what, and, if it is compressed, its text.

The first to open a file makes the index in the directory for temporary files; others, in whatever
process, use it too; the last to close removes it. Of a process that was killed the index stays
until the file is opened again.
"""

import fcntl
import gzip
import hashlib
import io
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import orjson
import zstandard

from search_service.catalogue import lookup
from search_service.catalogue.documents import id_of
from search_service.catalogue.entities import ENTITIES
from search_service.errors import BadRequest, SourceRefused
from search_service.reindex.line_records import Writer
from search_service.reindex.rejects import OnRejected

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")
COMPLETE, TEXT = "complete", "text"
BUFFER = 1 << 20

# Most lines begin so; reading them as JSON would take five times as long.
_HEAD = re.compile(rb'\{\s*"entity"\s*:\s*"(\w+)"\s*,\s*"doc"\s*:\s*\{')
# The quotes cannot be those of a value: there they are escaped.
_IDS = {
    entity.name.encode(): (
        entity.name,
        re.compile(
            rb'[{,]\s*"' + re.escape(entity.id_field or "id").encode() + rb'"\s*:'
            rb"\s*(-?\d{1,18})\s*[,}]"
        ),
    )
    for entity in ENTITIES
}


class LineIndex:
    """An index in use: ``directory`` holds records, a file for each entity; ``text`` the lines."""

    def __init__(self, path: Path, on_rejected: OnRejected) -> None:
        self._lock, self.directory = -1, Path()
        try:
            path = path.resolve(strict=True)
            self._open(path, on_rejected)
        except OSError as error:
            self.close()
            raise SourceRefused(f"{path} cannot be read: {error.strerror or error}") from None
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
            self.directory.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self.directory, os.O_RDONLY)
            alone = self._locked_alone()
            if self._still_there():
                if (self.directory / COMPLETE).exists():
                    fcntl.flock(self._lock, fcntl.LOCK_SH)
                    return
                if alone:
                    _make(path, self.directory, on_rejected)
                    fcntl.flock(self._lock, fcntl.LOCK_SH)
                    return
            # The last one has removed it in between, or whoever made it failed: begin again.
            os.close(self._lock)
            self._lock = -1

    def _locked_alone(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._lock, fcntl.LOCK_SH)  # waits while it is being made
            return False
        return True

    def _still_there(self) -> bool:
        held = os.fstat(self._lock)
        if held.st_uid != os.getuid():
            raise PermissionError(None, f"{self.directory} belongs to somebody else")
        try:
            return os.path.samestat(held, self.directory.stat())
        except FileNotFoundError:
            return False


def _directory_for(path: Path) -> Path:
    state = path.stat()
    key = f"{path} {state.st_size} {state.st_mtime_ns} {os.getuid()}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"icat-search-lines-{digest}"


def _make(path: Path, directory: Path, on_rejected: OnRejected) -> None:
    for left in directory.iterdir():
        left.unlink()
    writer = Writer(directory)
    with _opened(path) as lines:
        if path.suffix == ".jsonl":
            _note(lines, writer, on_rejected)
        else:
            with (directory / TEXT).open("wb", BUFFER) as text:
                _note(_copied(lines, text), writer, on_rejected)
    writer.finish(
        lambda entity, id_, line: on_rejected(
            entity, id_, f"line {line}: a later line holds the same document"
        )
    )
    (directory / COMPLETE).touch()


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[bytes]]:
    try:
        with path.open("rb", BUFFER) as file:
            match path.suffix:
                case ".gz":
                    yield gzip.GzipFile(fileobj=file)
                case ".zst":
                    reader = zstandard.ZstdDecompressor().stream_reader(
                        file, read_across_frames=True
                    )
                    yield io.BufferedReader(reader, BUFFER)
                case _:
                    yield file
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise SourceRefused(f"{path} is damaged or cut off: {error}") from None


def _copied(lines: Iterator[bytes], text: IO[bytes]) -> Iterator[bytes]:
    for line in lines:
        text.write(line)
        yield line


def _note(lines: Iterator[bytes], writer: Writer, on_rejected: OnRejected) -> None:
    offset = 0
    for number, line in enumerate(lines, 1):
        found = _quickly(line) or _carefully(line, number, on_rejected)
        if found is not None:
            writer.add(found[0], found[1], offset, number)
        offset += len(line)


def _quickly(line: bytes) -> tuple[str, int] | None:
    head = _HEAD.match(line)
    # With more braces there may be another object with an id in it.
    if head is None or line.count(b"{") != 2 or (known := _IDS.get(head[1])) is None:
        return None
    entity, pattern = known
    found = pattern.search(line, head.end() - 1)
    return (entity, int(found[1])) if found else None


def _carefully(line: bytes, number: int, on_rejected: OnRejected) -> tuple[str, int] | None:
    if line.isspace():
        return None
    entity = ""
    try:
        value = orjson.loads(line)
        entity = value["entity"]
        document = value["doc"]
        known = lookup.find_entity(entity)
        if known is None:
            raise BadRequest(f"there is no entity {entity}")
        return known.name, id_of(known, document)
    except (BadRequest, orjson.JSONDecodeError) as error:
        reason = str(error)
    except (KeyError, TypeError, AttributeError):
        reason = 'it is not of the form {"entity": …, "doc": {…}}'
    on_rejected(entity if isinstance(entity, str) else "", None, f"line {number}: {reason}")
    return None
