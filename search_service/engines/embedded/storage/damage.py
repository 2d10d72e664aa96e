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
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tantivy

META = "meta.json"
MANAGED = ".managed.json"
_KINDS = ("term", "idx", "pos", "store", "fast", "fieldnorm")
_SETTINGS = {"docstore_compression": "lz4", "docstore_blocksize": 16384}
# Of the smallest files, compared with their checksums at the start: 30 ms, when they are in memory.
START_BYTES = 64_000_000
_MAGIC = 1337
_TAIL = struct.Struct("<II")
_LONGEST_FOOTER = 1_000
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


class _Damaged(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Footer:
    version: Version
    crc: int
    content: int  # bytes before it


def damages_of(shard: Path, schema: Schema | None = None, up_to: int = WHOLE) -> Sequence[Damage]:
    """What is damaged in a shard as of its last commit; it may be written meanwhile.

    ``schema``: which it has; None: any. Files of more than ``up_to`` bytes are not read to their
    end: only whether they have one.
    """
    found: Sequence[Damage] = ()
    for _ in range(_TRIES):
        before = _content(shard / META)
        found = list(_damages_of(shard, before, schema, up_to))
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
        try:
            yield shard / name, (shard / name).stat().st_size
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
        names = [f"{self.id}.{kind}" for kind in _KINDS]
        return names if self.opstamp is None else [*names, f"{self.id}.{self.opstamp}.del"]


def _damages_of(
    shard: Path, meta: bytes | None, schema: Schema | None, up_to: int
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
    versions: dict[Path, Version] = {}
    sound = True
    for path in (shard / name for segment in segments for name in segment.names):
        try:
            versions[path] = _check(path, up_to)
        except _Damaged as error:
            sound = False
            yield Damage(path, str(error))
    if not sound:
        return
    for path in _strangers(versions):
        yield Damage(path, f"names version {versions[path]}, unlike the others")
    for segment in segments:
        try:
            _agree(shard, segment)
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


def _strangers(versions: Mapping[Path, Version]) -> Iterator[Path]:
    """Files whose version no other file has, nor the engine that is installed."""
    counted = Counter(versions.values())
    for path, version in versions.items():
        if counted[version] == 1 and version != _installed():
            yield path


@cache
def _installed() -> Version:
    """The engine's version, and that of the format of its files."""
    # "tantivy v0.27.0, index_format v7"
    described: str = vars(tantivy)["__version__"]
    return tuple(int(number) for number in re.findall(r"\d+", described))


def _agree(shard: Path, segment: _Segment) -> None:
    """Raises _Damaged when ``meta.json`` says something else of a segment than its files."""
    columns = shard / f"{segment.id}.fast"
    footer = _footer(columns)
    tail = _piece(columns, footer.content - _COLUMNS_TAIL, 4)
    rows = int.from_bytes(tail, "little")
    if rows != segment.documents:
        raise _Damaged(f"says that {columns.stem} has {segment.documents} documents, not {rows}")
    if segment.opstamp is None:
        return
    path = shard / f"{segment.id}.{segment.opstamp}.del"
    content = _piece(path, 0, _footer(path).content)
    alive = int.from_bytes(content[4:], "little") & ((1 << rows) - 1)
    deleted = rows - alive.bit_count()
    if int.from_bytes(content[:4], "little") != rows or deleted != segment.deleted:
        raise _Damaged(f"says that {segment.deleted} are deleted in {path.name}, not {deleted}")


# ── a file ───────────────────────────────────────────────────────────────────────────────────────


def _check(path: Path, up_to: int) -> Version:
    """The version that wrote a file. Raises _Damaged."""
    footer = _footer(path)
    if footer.content <= up_to and _crc(path, footer.content) != footer.crc:
        raise _Damaged("does not agree with its checksum")
    return footer.version


def _footer(path: Path) -> _Footer:
    size = _size(path)
    last = _piece(path, max(0, size - _LONGEST_FOOTER), _LONGEST_FOOTER)
    if len(last) < _TAIL.size:
        raise _Damaged(f"is cut off after {size} bytes")
    length, magic = _TAIL.unpack(last[-_TAIL.size :])
    written = last[-_TAIL.size - length : -_TAIL.size]
    if magic != _MAGIC or len(written) != length:
        raise _Damaged("does not end with a checksum: it is cut off or changed")
    try:
        found = json.loads(written)
        version = tuple(
            int(found["version"][name])
            for name in ("major", "minor", "patch", "index_format_version")
        )
        crc = found["crc"]
        if json.dumps(found, separators=(",", ":")).encode() != written or len(found) > 2:
            raise _Damaged("does not end with a checksum as it is written")
    except (ValueError, KeyError, TypeError) as error:
        raise _Damaged(f"does not end with a checksum ({error})") from error
    return _Footer(version, crc, size - _TAIL.size - length)


def _crc(path: Path, length: int) -> int:
    found = 0
    try:
        with path.open("rb", buffering=0) as file:
            while length > 0:
                piece = file.read(min(_AT_ONCE, length))
                if not piece:
                    raise _Damaged("is cut off")
                found = zlib.crc32(piece, found)
                length -= len(piece)
    except OSError as error:
        raise _Damaged(f"cannot be read ({error.strerror})") from error
    return found


def _piece(path: Path, start: int, length: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(max(0, start))
            return file.read(length)
    except OSError as error:
        raise _Damaged(f"cannot be read ({error.strerror})") from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError as error:
        raise _Damaged("is missing") from error
    except OSError as error:
        raise _Damaged(f"cannot be read ({error.strerror})") from error


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
