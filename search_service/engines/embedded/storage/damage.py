"""Whether the files of a shard are what was written, by the checksums that they end with.

The engine writes a checksum at the end of each file and does not compare it when it reads: a bit
that the disk has flipped is a wrong answer, a panic, or the end of the process. ``meta.json`` has
none; what it says is compared with the files that it names.

::

    content · {"version": {…}, "crc": …} · length of that (4 bytes) · magic (4)

Not here: what follows from damage, see ``engines.embedded.write.writer``; the other files of a
data directory, see ``verify``.
"""

import json
import os
import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tantivy

from search_service import system_limits
from search_service.engines.embedded.storage.shard_files import KINDS, MANAGED, META
from search_service.errors import StorageFailed

_SETTINGS = {"docstore_compression": "lz4", "docstore_blocksize": 16384}
# Of the smallest files, compared with their checksums at the start: 30 ms, when they are in memory.
START_BYTES = 64_000_000
_MAGIC = 1337
_TAIL = struct.Struct("<II")
_LONGEST_FOOTER = 1_000
# As the engine writes it, to the byte: with other bytes it is none.
_NUMBER = rb"(0|[1-9]\d*)"
_FOOTER = re.compile(
    rb'{"version":{"major":N,"minor":N,"patch":N,"index_format_version":N},"crc":N}'.replace(
        b"N", _NUMBER
    )
)
_COLUMNS_TAIL = 12  # the number of rows, a version, a magic number
_AT_ONCE = 1 << 20
_TRIES = 20  # the service may go from commit to commit meanwhile

Version = tuple[int, ...]
Schema = Sequence[object]  # as ``meta.json`` has it
WHOLE = 1 << 62
"""Files of any size are read to their end."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not what was written, and why that is known: "is missing"."""

    path: Path
    what: str
    is_directory: bool = False

    @property
    def sentence(self) -> str:
        """Both, without where the file is."""
        return f"its {'directory' if self.is_directory else self.path.name} {self.what}"


class Stopped(Exception):
    """Whoever asked does not want to know any more."""


class _Damaged(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Footer:
    version: Version
    crc: int
    content: int  # bytes before it


Footers = Mapping[str, _Footer]  # by the name of the file


def damages_of(
    shard: Path,
    schema: Schema | None = None,
    up_to: int = WHOLE,
    goes_on: Callable[[], bool] = lambda: True,
) -> Sequence[Damage]:
    """What is damaged in a shard as of its last commit; it may be written meanwhile.

    Raises StorageFailed where a limit of the system is reached. Raises Stopped as soon as
    ``goes_on`` does not hold any more: a large shard takes a minute to be read.

    ``schema``: which it has; None: any. Files of more than ``up_to`` bytes are not read to their
    end: only whether they have one.
    """
    found: Sequence[Damage] = ()
    for _ in range(_TRIES):
        before = _content(shard / META)
        found = list(_damages_of(shard, before, schema, up_to, goes_on))
        # Files that were merged away meanwhile are not missing.
        if not found or _content(shard / META) == before:
            return found
    return found


def small_files(shards: Iterable[Path], total: int) -> int:
    """Up to which size files can be read, when all of them are not to be more than ``total``."""
    read = 0
    for size in sorted(size for shard in shards for _, size in files_of(shard)):
        read += size
        if read > total:
            return size - 1
    return WHOLE


def files_of(shard: Path) -> Iterator[tuple[Path, int]]:
    """The files that the last commit names, those that are there, with their sizes."""
    try:
        names = [name for segment in _segments(_content(shard / META)) for name in segment.names]
    except _Damaged:
        return
    for name in names:
        path = shard / name
        try:
            yield path, os.stat(path).st_size
        except OSError:
            continue


# ── a shard ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Segment:
    id: str
    documents: int  # with those deleted
    deleted: int
    opstamp: int | None  # of the deletes

    @property
    def names(self) -> list[str]:
        names = [f"{self.id}.{kind}" for kind in KINDS]
        return names if self.opstamp is None else [*names, f"{self.id}.{self.opstamp}.del"]


def _damages_of(
    shard: Path,
    meta: bytes | None,
    schema: Schema | None,
    up_to: int,
    goes_on: Callable[[], bool],
) -> Iterator[Damage]:
    if not shard.is_dir():
        yield Damage(shard, "is missing", is_directory=True)
        return
    try:
        segments = _segments(meta, schema)
    except _Damaged as error:
        yield Damage(shard / META, str(error))
        return
    if why := _managed(shard, segments):
        yield Damage(shard / MANAGED, why)
    footers: dict[str, _Footer] = {}
    sound = True
    for name in (name for segment in segments for name in segment.names):
        try:
            footers[name] = _check(f"{shard}/{name}", up_to, goes_on)
        except _Damaged as error:
            sound = False
            yield Damage(shard / name, str(error))
    if not sound:
        return
    for name in _strangers(footers):
        version = footers[name].version
        yield Damage(shard / name, f"names version {version}, unlike the others")
    for segment in segments:
        try:
            _agree(shard, segment, footers)
        except _Damaged as error:
            yield Damage(shard / META, str(error))


def _segments(meta: bytes | None, schema: Schema | None = None) -> list[_Segment]:
    if meta is None:
        raise _Damaged("is missing or cannot be read")
    try:
        content = json.loads(meta)
        if content["index_settings"] != _SETTINGS:
            raise _Damaged(f"has other settings than {_SETTINGS}")
        if schema is not None and content["schema"] != schema:
            raise _Damaged("has another schema than it was made with")
        segments = [_segment(each) for each in content["segments"]]
        last = max((segment.opstamp or 0 for segment in segments), default=0)
        if content["opstamp"] < last:
            raise _Damaged(f"ends with change {content['opstamp']}, a segment with {last}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _Damaged(f"cannot be read ({type(error).__name__}: {error})") from error
    return segments


def _segment(content: Mapping[str, Any]) -> _Segment:
    deletes = content["deletes"] or {"num_deleted_docs": 0, "opstamp": None}
    id_ = content["segment_id"].replace("-", "")
    return _Segment(id_, content["max_doc"], deletes["num_deleted_docs"], deletes["opstamp"])


def _managed(shard: Path, segments: Sequence[_Segment]) -> str | None:
    """What is wrong with the list by which the engine removes files that it needs no more."""
    content = _content(shard / MANAGED)
    if content is None:
        return "is missing or cannot be read"
    try:
        listed = set(json.loads(content))
    except (ValueError, TypeError) as error:
        return f"cannot be read ({error})"
    missing = {META, *(name for segment in segments for name in segment.names)} - listed
    return f"does not name {min(missing)}" if missing else None


def _strangers(footers: Footers) -> Iterator[str]:
    """Files whose version no other file has, nor the engine that is installed."""
    counted = Counter(footer.version for footer in footers.values())
    for name, footer in footers.items():
        if counted[footer.version] == 1 and footer.version != _installed():
            yield name


@cache
def _installed() -> Version:
    """The engine's version, and that of the format of its files."""
    # "tantivy v0.27.0, index_format v7"
    described: str = vars(tantivy)["__version__"]
    return tuple(int(number) for number in re.findall(r"\d+", described))


def _agree(shard: Path, segment: _Segment, footers: Footers) -> None:
    """Raises _Damaged when ``meta.json`` says something else of a segment than its files."""
    columns = f"{segment.id}.fast"
    tail = _piece(f"{shard}/{columns}", footers[columns].content - _COLUMNS_TAIL, 4)
    rows = int.from_bytes(tail, "little")
    if rows != segment.documents:
        raise _Damaged(f"says that {segment.id} has {segment.documents} documents, not {rows}")
    if segment.opstamp is None:
        return
    name = f"{segment.id}.{segment.opstamp}.del"
    content = _piece(f"{shard}/{name}", 0, footers[name].content)
    alive = int.from_bytes(content[4:], "little") & ((1 << rows) - 1)
    deleted = rows - alive.bit_count()
    if int.from_bytes(content[:4], "little") != rows or deleted != segment.deleted:
        raise _Damaged(f"says that {segment.deleted} are deleted in {name}, not {deleted}")


# ── a file ───────────────────────────────────────────────────────────────────────────────────────


def _check(path: str, up_to: int, goes_on: Callable[[], bool]) -> _Footer:
    """How a file ends. Raises _Damaged, Stopped."""
    with _opened(path) as file:
        size = os.fstat(file).st_size
        is_read = size <= _AT_ONCE and size <= up_to
        start = 0 if is_read else max(0, size - _LONGEST_FOOTER)
        last = os.pread(file, size - start, start)
        footer = _footer(last, size)
        if is_read:
            crc = zlib.crc32(memoryview(last)[: footer.content])
        elif footer.content <= up_to:
            crc = _crc(file, footer.content, goes_on)
        else:
            return footer
    if crc != footer.crc:
        raise _Damaged("does not agree with its checksum")
    return footer


def _footer(last: bytes, size: int) -> _Footer:
    """That of a file of this size, by its last bytes."""
    if len(last) < _TAIL.size:
        raise _Damaged(f"is cut off after {size} bytes")
    length, magic = _TAIL.unpack(last[-_TAIL.size :])
    written = last[-_TAIL.size - length : -_TAIL.size]
    if magic != _MAGIC or len(written) != length:
        raise _Damaged("does not end with a checksum: it is cut off or changed")
    match = _FOOTER.fullmatch(written)
    if match is None:
        raise _Damaged("does not end with a checksum as it is written")
    *version, crc = map(int, match.groups())
    return _Footer(tuple(version), crc, size - _TAIL.size - length)


def _crc(file: int, length: int, goes_on: Callable[[], bool]) -> int:
    found = start = 0
    while start < length:
        if not goes_on():
            raise Stopped
        piece = os.pread(file, min(_AT_ONCE, length - start), start)
        if not piece:
            raise _Damaged("is cut off")
        found = zlib.crc32(piece, found)
        start += len(piece)
    return found


def _piece(path: str, start: int, length: int) -> bytes:
    with _opened(path) as file:
        return os.pread(file, length, max(0, start))


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """A file, to be read. What the system says against it is a _Damaged."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise _Damaged("is missing") from error
    except OSError as error:
        _refuse_limit(error)
        raise _Damaged(f"cannot be read ({error.strerror})") from error
    try:
        yield file
    except OSError as error:
        raise _Damaged(f"cannot be read ({error.strerror})") from error
    finally:
        os.close(file)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        _refuse_limit(error)
        return None


def _refuse_limit(error: OSError) -> None:
    """Raises StorageFailed where files cannot be looked at for now: that tells nothing of them."""
    limit = system_limits.reached(error)
    if limit is not None:
        raise StorageFailed(f"The files of the index could not be compared: {limit}") from error
