"""A segment of the journal: its title, its records, and where it cannot be read any more.

::

    icat-search journal, generation 1, segment 7, after 4211 bytes, checksum 5f3a09bc
    magic (4 bytes) · length (4) · checksum of what follows (4) · synced (4) · content

The title names the size of the segment before it, so one that was cut between two records is
noticed. A record of another magic tells up to which segment all is committed: those may be gone.
``synced`` says how much of the segment was surely on the disk when the record was written. That
tells a torn end, which was never acknowledged, from damage. Not here: which segments there are, see
``journal``.
"""

import logging
import os
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from search_service.errors import EndsCommand
from search_service.files import write_durably

log = logging.getLogger(__name__)

_MAGIC = b"\x93ICJ"
_COMMITTED = b"\x93ICC"
_HEAD = struct.Struct("<4sIII")
_NUMBER = struct.Struct("<Q")
_TITLE = re.compile(
    rb"icat-search journal, generation (\d+), segment (\d+), after (\d+) bytes, "
    rb"checksum ([0-9a-f]{8})\n"
)
_EARLIER_TITLE = re.compile(rb"icat-search journal, generation (\d+)\n")
_LONGEST_TITLE = 200  # bytes
SUFFIX = ".journal"


class JournalDamaged(EndsCommand):
    """A record that was acknowledged cannot be read, or is missing. Ends the start."""

    def __init__(self, what: str, directory: Path) -> None:
        super().__init__(
            f"{what}; restore it from a backup, or move the files of the journal away, that is all "
            f"of {directory}, to go on without what they hold: icat-search sync or a re-index "
            "brings it in again"
        )


def missing(path: Path) -> JournalDamaged:
    """The error for a segment that should be there."""
    return JournalDamaged(f"{path} is missing, so changes that were acknowledged are", path.parent)


def of_another_generation(path: Path, generation: int, current: int) -> JournalDamaged:
    """The error for a file that belongs to another generation than the journal."""
    return JournalDamaged(
        f"{path} says that it belongs to generation {generation}, and the journal is that of "
        f"generation {current}",
        path.parent,
    )


def path_of(directory: Path, number: int) -> Path:
    """The file of a segment."""
    return directory / f"{number:012d}{SUFFIX}"


def numbers(directory: Path) -> list[int]:
    """The numbers of the segments that are there, ascending."""
    return sorted(int(path.stem) for path in directory.glob(f"*{SUFFIX}"))


@dataclass(frozen=True, slots=True)
class Title:
    """``number`` and ``before`` (the size of the segment before) are 0 in an earlier format."""

    generation: int
    number: int = 0
    before: int = 0

    @property
    def line(self) -> bytes:
        """The first line of a segment."""
        line = (
            f"icat-search journal, generation {self.generation}, segment {self.number}, "
            f"after {self.before} bytes, checksum "
        ).encode()
        return line + f"{zlib.crc32(line):08x}\n".encode()


def read_title(content: bytes) -> Title | None:
    """The title that a segment begins with; None when it is torn or damaged."""
    if (found := _TITLE.match(content)) is not None:
        title = Title(int(found[1]), int(found[2]), int(found[3]))
        return title if title.line == found[0] else None
    if (found := _EARLIER_TITLE.match(content)) is not None:
        return Title(int(found[1]))
    return None


def title_of(path: Path) -> Title | None:
    """The title of a segment's file; None when it is torn or damaged. Raises OSError."""
    with path.open("rb") as file:
        return read_title(file.read(_LONGEST_TITLE))


def record(content: bytes, durable: int) -> bytes:
    """A record as it is written; ``durable``: bytes of its segment that are on the disk."""
    return _framed(_MAGIC, content, durable)


def committed_record(number: int, durable: int) -> bytes:
    """A record that says that all segments up to this number are committed."""
    return _framed(_COMMITTED, _NUMBER.pack(number), durable)


def _framed(magic: bytes, content: bytes, durable: int) -> bytes:
    tail = struct.pack("<I", durable) + content
    return _HEAD.pack(magic, len(content), zlib.crc32(tail), durable) + content


def records_in(content: bytes) -> int:
    """How many records may have begun in bytes that cannot be read."""
    return max(1, content.count(_MAGIC))


@dataclass
class Segment:
    """The records of a segment that can be read, up to the byte ``end`` of ``size``.

    ``committed``: the highest number up to which its records say that all is committed.
    """

    path: Path
    records: list[bytes] = field(default_factory=list)
    committed: int = 0
    end: int = 0
    size: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether all of it could be read."""
        return self.end == self.size

    def damage(self) -> JournalDamaged:
        """The error for a segment that is not complete."""
        return JournalDamaged(
            f"{self.path} is damaged at byte {self.end}, where changes were that had been "
            "acknowledged",
            self.path.parent,
        )


def write_all(file: FileIO, content: bytes) -> None:
    """Write all of the content: a disk that becomes full takes a part first. Raises OSError."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]


def cut_torn_end(path: Path, operations_in: Callable[[bytes], int]) -> None:
    """Cut off the bytes at the end of a segment that are no record, into a file of their own.

    ``operations_in`` tells how many operations they may have held. Raises JournalDamaged.
    """
    segment = read_segment(path)
    if segment.is_complete:
        return
    cut = path.read_bytes()[segment.end :]
    beside = path.with_name(f"{path.stem}-{segment.end}.cut")
    write_durably(beside, cut)
    with path.open("r+b") as file:
        file.truncate(segment.end)
        os.fsync(file.fileno())
    log.warning(
        "journal ends in a record that was not finished: it was never acknowledged, or it is "
        "damaged",
        extra={
            "path": str(path),
            "at_byte": segment.end,
            "bytes": len(cut),
            "operations_at_most": operations_in(cut),
            "kept_in": str(beside),
        },
    )


def read_segment(path: Path) -> Segment:
    """The records of a segment. Raises JournalDamaged, but not for an end that may be torn."""
    content = path.read_bytes()
    found = Segment(path, end=content.index(b"\n") + 1, size=len(content))
    while (frame := _frame(content, found.end)) is not None:
        if frame.magic == _MAGIC:
            found.records.append(frame.content)
        else:
            found.committed = max(found.committed, *_NUMBER.unpack(frame.content))
        found.end += _HEAD.size + len(frame.content)
    if not found.is_complete and _was_durable(content, found.end):
        raise found.damage()
    return found


@dataclass(frozen=True, slots=True)
class _Frame:
    magic: bytes
    content: bytes
    durable: int


def _frame(content: bytes, place: int) -> _Frame | None:
    """The record at this place; None when it is not whole."""
    if len(content) < place + _HEAD.size:
        return None
    magic, length, checksum, durable = _HEAD.unpack_from(content, place)
    tail = content[place + _HEAD.size - 4 : place + _HEAD.size + length]
    if magic not in (_MAGIC, _COMMITTED) or len(tail) != length + 4 or zlib.crc32(tail) != checksum:
        return None
    if magic == _COMMITTED and length != _NUMBER.size:
        return None
    return _Frame(magic, tail[4:], durable)


def _was_durable(content: bytes, end: int) -> bool:
    """Whether a later record knows that the unreadable place had been on the disk."""
    place = content.find(_MAGIC[:3], end + 1)
    while place >= 0:
        frame = _frame(content, place)
        if frame is not None and frame.durable > end:
            return True
        place = content.find(_MAGIC[:3], place + 1)
    return False
