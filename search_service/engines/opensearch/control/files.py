"""Files that go with a generation, for all machines: in chunks, in the control index.

::

    file 3 origin.json          the head: which chunks, how many bytes, their checksum
    chunk 3 <mark> 0 …          the chunks

A head is written when all its chunks are there, so a reader has a file as it was published once. On
a machine a copy is kept, which is as good as the head that it was made from. Not here: which files
there are, and the place where those are made that are published.
"""

import base64
import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

import orjson

from search_service.engines.opensearch.control.documents import Documents, Json
from search_service.errors import EngineUnavailable, ServiceError, StorageFailed
from search_service.files import make_directory

CHUNK_SIZE = 4_000_000  # bytes

_HEAD = ".head"  # beside a copy: the head that it was made from


@dataclass(frozen=True, slots=True)
class GenerationFiles:
    """The files of all generations. ``cache``: where copies are on this machine."""

    documents: Documents
    cache: Path
    chunk_size: int = CHUNK_SIZE

    def publish(self, number: int, name: str, path: Path) -> None:
        """Let all machines have a file as it is at a path. Raises OSError, StorageFailed."""
        before = self._head(number, name)
        mark, size, count, checksum = uuid.uuid4().hex, 0, 0, hashlib.sha256()
        try:
            with path.open("rb") as file:
                while chunk := file.read(self.chunk_size):
                    self.documents.put(
                        _chunk(number, mark, count),
                        {"chunk": base64.b64encode(chunk).decode()},
                    )
                    checksum.update(chunk)
                    size, count = size + len(chunk), count + 1
            head = {"mark": mark, "size": size, "chunks": count, "sha256": checksum.hexdigest()}
            self.documents.put(_file(number, name), head)
            self.documents.remove_many(_chunks(number, before))
        except StorageFailed:
            raise  # it may do later
        except ServiceError as error:
            raise OSError(f"{path} could not be published: {error}") from error

    def file(self, number: int, name: str) -> Path:
        """Where the copy of a file is, which is as it was published last.

        There is none at the path when the file was never published. Raises OSError, StorageFailed.
        """
        path = self.cache / f"{number:06d}" / name
        try:
            head = self._head(number, name)
            while head is not None and not _is_copy(path, head):
                if self._copied(number, head, path):
                    break
                head = self._head(number, name)  # published anew meanwhile
        except StorageFailed:
            raise
        except ServiceError as error:
            raise OSError(f"{path} could not be read from the cluster: {error}") from error
        if head is None:
            path.unlink(missing_ok=True)
        return path

    def remove_published(self, number: int, names: list[str]) -> None:
        """Remove published files of a generation."""
        for name in names:
            head = self._head(number, name)
            self.documents.remove_many([_file(number, name), *_chunks(number, head)])

    def _head(self, number: int, name: str) -> Json | None:
        stored = self.documents.read(_file(number, name))
        return None if stored is None else stored.document

    def _copied(self, number: int, head: Json, path: Path) -> bool:
        """Make a copy; False when the chunks are not there any more."""
        make_directory(path.parent)
        beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        checksum = hashlib.sha256()
        try:
            with beside.open("wb") as file:
                for id_ in _chunks(number, head):
                    stored = self.documents.read(id_)
                    if stored is None:
                        return False
                    chunk = base64.b64decode(stored.document["chunk"])
                    checksum.update(chunk)
                    file.write(chunk)
            if checksum.hexdigest() != head["sha256"]:
                raise EngineUnavailable(f"what the cluster has of {path.name} is damaged")
            # First the file: a head beside an older file would pass that for the newer one.
            beside.replace(path)
            _head_of(path).write_bytes(orjson.dumps(head))
        finally:
            beside.unlink(missing_ok=True)
        return True


def _is_copy(path: Path, head: Json) -> bool:
    try:
        known = orjson.loads(_head_of(path).read_bytes())
        return bool(known == head and path.stat().st_size == head["size"])
    except (OSError, ValueError):
        return False


def _head_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_HEAD}")


def _file(number: int, name: str) -> str:
    return f"file {number} {name}"


def _chunk(number: int, mark: str, place: int) -> str:
    return f"chunk {number} {mark} {place}"


def _chunks(number: int, head: Json | None) -> list[str]:
    if head is None:
        return []
    return [_chunk(number, head["mark"], place) for place in range(head["chunks"])]
