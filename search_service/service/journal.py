"""What was acknowledged and not committed yet, on the disk; replayed at start.

A journal is a row of segments, files that are only appended to. A commit closes the segment that it
covers and drops it when it is done, so an older segment than the last is one whose commit a crash
interrupted. A segment begins with a line that names its generation, then come records::

    magic (4 bytes) · length (4) · checksum of what follows (4) · synced (4) · content

During a re-index the segments since its start are held, beyond their commit, as the next generation
must take them too: the file ``held`` says from which on, and which of them are committed.

``synced`` says how much of the segment was surely on the disk when the record was written. That
tells a torn end, which was never acknowledged and is cut off, from damage, which ends the start.
"""

import json
import logging
import os
import re
import struct
import threading
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NoReturn

from search_service.errors import EndsCommand, StorageFailed
from search_service.files import is_full, make_directory, sync_directory, write_durably
from search_service.service import aside

log = logging.getLogger(__name__)

_MAGIC = b"\x93ICJ"
_HEAD = struct.Struct("<4sIII")
_TITLE = "icat-search journal, generation {}\n"
_SUFFIX = ".journal"
_HELD = "held"


class JournalDamaged(EndsCommand):
    """A record that was acknowledged cannot be read. Ends the start."""


@dataclass(frozen=True, slots=True)
class Record:
    """``begun``: a commit that covers it had begun, and may have been done in part."""

    content: bytes
    begun: bool


@dataclass(frozen=True, slots=True)
class _Hold:
    first: int  # the segment from which on all are kept
    committed: int  # the last segment that is committed


class Journal:
    """Safe for several threads; the order of records is that of the calls of ``append``."""

    def __init__(
        self,
        directory: Path,
        generation: int,
        *,
        sync: bool = True,
        to_disk: Callable[[int], None] = os.fdatasync,
    ) -> None:
        """``sync``: whether ``settle`` waits for the disk. Raises JournalDamaged."""
        make_directory(directory)
        self._to_disk = to_disk
        self._directory = directory
        self._sync = sync
        self._writing = threading.RLock()
        self._syncing = threading.Lock()
        self._failure: OSError | None = None
        self._hold = self._read_hold()
        self._aside = aside.read(directory)
        self._drop_other_generations(generation)
        self._generation = generation
        # A segment never has the number of one that was there: it would count as committed.
        committed = self._hold.committed if self._hold else 0
        self._last = max([committed, *_numbers(directory)])
        self._file: FileIO | None = None
        self._offset = 0  # in the segment
        self._written = 0  # since the journal was opened
        self._synced = 0  # likewise

    def records(self) -> Iterator[Record]:
        """What is there from before and not committed, in order. Raises JournalDamaged.

        To be read before the first ``append``: a torn end is cut off.
        """
        committed = self._hold.committed if self._hold else 0
        numbers = [number for number in _numbers(self._directory) if number > committed]
        for number in numbers:
            path = self._path(number)
            begun = number != numbers[-1]
            if number != numbers[0] and not self._path(number - 1).exists():
                raise JournalDamaged(
                    f"{self._path(number - 1)} is missing, so changes that were acknowledged are; "
                    "restore it from a backup, or move the later files of the journal away to go "
                    "on without what they hold"
                )
            content = path.read_bytes()
            segment = _Segment(path, content)
            for frame in segment:
                yield Record(frame, begun)
            if not segment.complete:
                if begun:
                    raise segment.damage()
                self._cut(path, segment.end, len(content))

    def append(self, record: bytes) -> int:
        """Write a record; it is durable once ``settle`` returned for what this returns."""
        with self._writing:
            self._refuse_after_failure()
            try:
                file = self._file or self._begin()
                durable = max(0, self._offset - (self._written - self._synced))
                tail = struct.pack("<I", durable) + record
                head = _HEAD.pack(_MAGIC, len(record), zlib.crc32(tail), durable)
                _write(file, head + record)
            except OSError as error:
                self._take_back(error)
            size = _HEAD.size + len(record)
            self._offset += size
            self._written += size
            return self._written

    def settle(self, written: int) -> None:
        """Wait until a record is durable. One sync serves all that wait for it."""
        if not self._sync or written <= self._synced:
            return
        with self._syncing:
            if written <= self._synced:
                return
            with self._writing:
                self._refuse_after_failure()
                file, up_to = self._file, self._written
            if file is not None:
                self._flush(file)
                self._synced = max(self._synced, up_to)

    def turn(self) -> int:
        """Begin the next segment. Returns what to ``drop`` when what was written is committed."""
        with self._syncing, self._writing:
            self._refuse_after_failure()
            if self._file is not None:
                self._flush(self._file)
                self._synced = self._written
                self._file.close()
                self._file = None
            covered = self._last
            try:
                self._begin()
            except OSError as error:
                self._take_back(error)
            return covered

    def drop(self, covered: int) -> None:
        """Forget what was committed: segments up to the one that ``turn`` named, but those held."""
        if self._hold is not None:
            self._note_hold(_Hold(self._hold.first, max(covered, self._hold.committed)))
            covered = min(covered, self._hold.first - 1)
        if self._aside is not None:
            covered = min(covered, self._aside.first - 1)
        with self._failures_named():
            for number in _numbers(self._directory):
                if number <= covered:
                    self._path(number).unlink()
            # What came back after a power loss would undo later changes.
            sync_directory(self._directory)

    # ── what waits for damaged files ───────────────────────────────────────────────────────────

    @property
    def aside(self) -> frozenset[str]:
        """Entities whose changes are kept beyond commits, as they could not be made."""
        return self._aside.entities if self._aside else frozenset()

    def set_aside(self, entities: Collection[str]) -> None:
        """Keep all that is there from now on for these entities too, over restarts."""
        if not self.aside >= frozenset(entities):
            numbers = [n for n in _numbers(self._directory) if n > self.committed]
            wanted = aside.with_more(self._aside, min(numbers, default=self._last + 1), entities)
            aside.note(self._directory, wanted)
            self._aside = wanted

    def waiting(self, up_to: int) -> Iterator[bytes]:
        """The records that are kept for them, in order. Raises JournalDamaged."""
        if self._aside is not None:
            yield from self._closed(self._aside.first, up_to)

    def make_up(self, entities: Collection[str]) -> None:
        """What waited of these was done."""
        if self._aside is None:
            return
        left = self._aside.entities - frozenset(entities)
        if left:
            wanted = aside.Aside(self._aside.first, left)
            aside.note(self._directory, wanted)
            self._aside = wanted
        else:
            aside.forget(self._directory)
            self._aside = None

    # ── what a re-index will need ──────────────────────────────────────────────────────────────

    def hold(self) -> None:
        """Keep everything that is appended from now on, over commits and restarts."""
        before = self.turn()
        self._note_hold(_Hold(before + 1, 0))

    @property
    def is_held(self) -> bool:
        """Whether more than what is not committed is kept."""
        return self._hold is not None

    @property
    def committed(self) -> int:
        """While held: the last segment that is committed."""
        return self._hold.committed if self._hold else 0

    def held(self, after: int, up_to: int) -> Iterator[bytes]:
        """The held records of segments that were closed, in order. Raises JournalDamaged."""
        first = self._hold.first if self._hold else 0
        yield from self._closed(max(after + 1, first), up_to)

    def _closed(self, first: int, up_to: int) -> Iterator[bytes]:
        for number in _numbers(self._directory):
            if first <= number <= up_to:
                segment = _Segment(self._path(number), self._path(number).read_bytes())
                yield from segment
                if not segment.complete:
                    raise segment.damage()

    def release(self) -> None:
        """Keep what is not committed, and no more."""
        hold, self._hold = self._hold, None
        if hold is not None:
            with self._failures_named():
                (self._directory / _HELD).unlink(missing_ok=True)
            self.drop(hold.committed)

    def uncommit(self) -> None:
        """What is held is to be replayed at the next start, as what is current then lacks it."""
        if self._hold is not None:
            self._note_hold(_Hold(self._hold.first, 0))

    def _read_hold(self) -> _Hold | None:
        try:
            found = json.loads((self._directory / _HELD).read_bytes())
        except FileNotFoundError:
            return None
        return _Hold(found["first"], found["committed"])

    def _note_hold(self, hold: _Hold) -> None:
        content = json.dumps({"first": hold.first, "committed": hold.committed})
        with self._failures_named():
            write_durably(self._directory / _HELD, content.encode())
        self._hold = hold

    def restart(self, generation: int) -> None:
        """Forget everything; what follows belongs to another generation."""
        with self._syncing, self._writing:
            if self._file is not None:
                self._file.close()
                self._file = None
            self._failure = None
            self._generation = generation
            self._synced = self._written
            self.release()
            self.make_up(self.aside)
            self.drop(self._last)

    def close(self) -> None:
        """What was written stays for the next start."""
        with self._syncing, self._writing:
            if self._file is not None:
                if self._failure is None:
                    self._flush(self._file)
                self._file.close()
                self._file = None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(path.stat().st_size for path in self._directory.glob(f"*{_SUFFIX}"))

    # ── segments ───────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> FileIO:
        path = self._path(self._last + 1)
        title = _TITLE.format(self._generation).encode()
        # Unbuffered: what could not be written must not be written later.
        file = path.open("xb", buffering=0)
        try:
            _write(file, title)
            os.fsync(file.fileno())
            sync_directory(self._directory)
        except OSError:
            file.close()
            path.unlink()
            raise
        self._last += 1
        self._file, self._offset = file, len(title)
        return file

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:012d}{_SUFFIX}"

    def _cut(self, path: Path, end: int, length: int) -> None:
        log.warning(
            "journal ends in a record that was not finished, it was never acknowledged",
            extra={"path": str(path), "kept": end, "cut": length - end},
        )
        with path.open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())

    def _drop_other_generations(self, generation: int) -> None:
        for number in _numbers(self._directory):
            path = self._path(number)
            with path.open("rb") as file:
                title = file.read(100)
            match = re.match(_TITLE.format(r"(\d+)").encode(), title)
            if match is None and b"\n" in title:
                raise JournalDamaged(f"{path} is damaged: it does not begin as a journal does")
            if match is None or int(match[1]) != generation:
                # Torn when it was made; or from before a clear that ended in a crash.
                log.info("journal of another generation dropped", extra={"path": str(path)})
                path.unlink()

    # ── failures ───────────────────────────────────────────────────────────────────────────────

    def stop(self, error: OSError) -> None:
        """Accept no change any more, until the journal is opened again."""
        with self._writing:
            self._failure = error

    def _take_back(self, error: OSError) -> NoReturn:
        """Without room there is nothing wrong but that: the next record may find some."""
        if is_full(error):
            try:
                if self._file is not None:
                    self._file.truncate(self._offset)
                    self._file.seek(self._offset)
            except OSError as worse:
                self._fail(worse)
            raise StorageFailed(
                f"There is no room for the journal in {self._directory} ({error}), so this change "
                "is not accepted; make room on the disk"
            ) from error
        self._fail(error)

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageFailed(f"{self._directory} cannot be written: {error}") from error

    def _flush(self, file: FileIO) -> None:
        try:
            self._to_disk(file.fileno())
        except OSError as error:
            # The system may have dropped what it could not write: another try would prove nothing.
            self._fail(error)

    def _fail(self, error: OSError) -> NoReturn:
        self._failure = error
        log.error("journal cannot be written", extra={"error": str(error)})
        raise self._refusal(error) from error

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise self._refusal(self._failure) from self._failure

    def _refusal(self, error: OSError) -> StorageFailed:
        return StorageFailed(
            f"The journal in {self._directory} cannot be written ({error}), so no "
            "change is accepted; make room on the disk or replace it, then start again"
        )


def damages(directory: Path) -> Iterator[tuple[Path, str]]:
    """The files of a journal that cannot be read as they were written, and why.

    A service may write it meanwhile.
    """
    for number in _numbers(directory):
        path = directory / f"{number:012d}{_SUFFIX}"
        found = _damage(path)
        if found is not None and _damage(path) == found:  # not just being written
            yield path, found
    for name in (_HELD, aside.NAME):
        path = directory / name
        try:
            json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            yield path, f"cannot be read ({error})"


def _damage(path: Path) -> str | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None  # committed meanwhile
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not re.match(_TITLE.format(r"\d+").encode(), content):
        return "does not begin as a journal does"
    segment = _Segment(path, content)
    try:
        records = len(list(segment))
    except JournalDamaged:
        return f"is damaged at byte {segment.end}"
    if segment.complete:
        return None
    return f"cannot be read from byte {segment.end} on, behind {records} records"


class _Segment:
    """The records of a segment, up to the first that cannot be read."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._content = content
        self.end = content.index(b"\n") + 1
        self.complete = False

    def __iter__(self) -> Iterator[bytes]:
        content = self._content
        while (frame := _frame(content, self.end)) is not None:
            record, _ = frame
            yield record
            self.end += _HEAD.size + len(record)
        self.complete = self.end == len(content)
        if not self.complete and self._was_durable():
            raise self.damage()

    def damage(self) -> JournalDamaged:
        """What to tell the operator."""
        return JournalDamaged(
            f"{self._path} is damaged at byte {self.end}, where changes were that had been "
            "acknowledged; restore it from a backup, or move the files of the journal away to go "
            "on without what they hold"
        )

    def _was_durable(self) -> bool:
        """Whether a later record knows that the unreadable place had been on the disk."""
        place = self._content.find(_MAGIC, self.end + 1)
        while place >= 0:
            frame = _frame(self._content, place)
            if frame is not None and frame[1] > self.end:
                return True
            place = self._content.find(_MAGIC, place + 1)
        return False


def _write(file: FileIO, content: bytes) -> None:
    """All of it: a disk that becomes full takes a part first."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]


def _frame(content: bytes, place: int) -> tuple[bytes, int] | None:
    """The record at this place, and how much was on the disk then; None when it is not whole."""
    if len(content) < place + _HEAD.size:
        return None
    magic, length, checksum, durable = _HEAD.unpack_from(content, place)
    tail = content[place + _HEAD.size - 4 : place + _HEAD.size + length]
    if magic != _MAGIC or len(tail) != length + 4 or zlib.crc32(tail) != checksum:
        return None
    return tail[4:], durable


def _numbers(directory: Path) -> list[int]:
    return sorted(int(path.stem) for path in directory.glob(f"*{_SUFFIX}"))
