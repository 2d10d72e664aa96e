"""What was acknowledged and not committed yet, on the disk; replayed at start.

A journal is a row of segments, files that are only appended to. A commit closes the segment that it
covers and drops it when it is done, so an older segment than the last is one whose commit a crash
interrupted::

    000000000007.journal    a segment, see ``segments``
    segments                which segment is the last: without it something is lost
    held                    during a re-index: what is kept for the next generation
    000000000007-1234.cut   what was at the end of a segment, from this byte on, and was no record

During a re-index the segments since its start are held, beyond their commit, as the next generation
must take them too: the file ``held`` says from which on, and which of them are committed.

A segment that was acknowledged is removed only when it is committed, or when a clear began another
generation, and its title is whole.
"""

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NoReturn

from search_service.errors import StorageFailed
from search_service.files import (
    Unreadable,
    is_full,
    make_directory,
    read_checked,
    sync_directory,
    write_checked,
    write_durably,
)
from search_service.service.indexing import aside, segments
from search_service.service.indexing.segments import JournalDamaged, Segment, Title, read_segment

log = logging.getLogger(__name__)

__all__ = ["Journal", "JournalDamaged", "Record"]

_SUFFIX = ".journal"
_HELD = "held"
_SEGMENTS = "segments"


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
        operations_in: Callable[[bytes], int] = segments.records_in,
    ) -> None:
        """``sync``: whether ``settle`` waits for the disk. Raises JournalDamaged.

        ``operations_in``: how many operations there may have been in bytes that are no record.
        """
        make_directory(directory)
        self._to_disk = to_disk
        self._operations_in = operations_in
        self._directory = directory
        self._sync = sync
        self._writing = threading.RLock()
        self._syncing = threading.Lock()
        self._failure: OSError | None = None
        self._aside = aside.read(directory)
        self._generation = generation
        self._hold = self._read_hold()
        noted = self._read_last()
        self.is_new = noted is None and not _numbers(directory)
        dropped = self._look_through(noted)
        if self.is_new:
            with suppress(OSError):  # a full disk; it is written before the first segment at last
                self._note_last(0)
        for path in dropped:
            log.info("segment of the journal dropped, nobody needs it", extra={"path": str(path)})
            path.unlink()
        # A segment never has the number of one that was there: it would count as committed.
        committed = self._hold.committed if self._hold else 0
        self._last = max([committed, noted or 0, *_numbers(directory)])
        self._is_whole = False  # the last segment ends with a record
        self._file: FileIO | None = None
        self._offset = 0  # in the segment
        self._written = 0  # since the journal was opened
        self._synced = 0  # likewise

    def records(self) -> Iterator[Record]:
        """What is there from before and not committed, in order. Raises JournalDamaged.

        To be read before the first ``append``: what is no record at its end is put aside.
        """
        self._put_torn_aside()
        numbers = self._uncommitted()
        for number in numbers:
            for content in read_segment(self._path(number)).records:
                yield Record(content, begun=number != numbers[-1])

    def _uncommitted(self) -> list[int]:
        committed = self._hold.committed if self._hold else 0
        return [number for number in _numbers(self._directory) if number > committed]

    def append(self, record: bytes) -> int:
        """Write a record; it is durable once ``settle`` returned for what this returns."""
        with self._writing:
            self._refuse_after_failure()
            try:
                file = self._file or self._begin()
                framed = segments.record(record, self._durable())
                _write(file, framed)
            except OSError as error:
                self._take_back(error)
            self._count(framed)
            return self._written

    def _durable(self) -> int:
        """How much of the segment is surely on the disk."""
        return max(0, self._offset - (self._written - self._synced))

    def _count(self, framed: bytes) -> None:
        self._offset += len(framed)
        self._written += len(framed)

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
        # The last one stays: it tells that the others are not missing.
        going = [n for n in _numbers(self._directory) if n <= covered and n != self._last]
        if not going:
            return
        with self._failures_named():
            self._note_committed(covered)
            for number in going:
                self._path(number).unlink()
            # What came back after a power loss would undo later changes.
            sync_directory(self._directory)

    def _note_committed(self, covered: int) -> None:
        """In the last segment, where it needs no room that a full disk does not have."""
        with self._syncing, self._writing:
            self._refuse_after_failure()
            try:
                file = self._file or self._reopened() or self._begin()
                self._flush(file)
                self._synced = self._written
                framed = segments.committed_record(covered, self._durable())
                _write(file, framed)
            except OSError as error:
                self._take_back(error)
            self._count(framed)
            self._flush(file)
            self._synced = self._written

    def _reopened(self) -> FileIO | None:
        """The last segment of the process before, to go on with."""
        self._put_torn_aside()
        path = self._path(self._last)
        title = segments.title_of(path) if path.exists() else None
        if title is None or not title.number:
            return None
        self._file = path.open("ab", buffering=0)
        self._offset = path.stat().st_size
        return self._file

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
        if self._hold is not None:
            yield from self._closed(max(after + 1, self._hold.first), up_to)

    def _closed(self, first: int, up_to: int) -> Iterator[bytes]:
        for number in range(first, up_to + 1):
            if not self._path(number).exists():
                raise self._missing(number)
            segment = read_segment(self._path(number))
            if not segment.is_complete:
                raise segment.damage()
            yield from segment.records

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
        path = self._directory / _HELD
        try:
            found = read_checked(path)
            return _Hold(int(found["first"]), int(found["committed"]))
        except FileNotFoundError:
            return None
        except (Unreadable, KeyError, TypeError, ValueError) as error:
            why = error if isinstance(error, Unreadable) else f"{path} cannot be read"
            raise JournalDamaged(
                f"{why}, which says what is kept for the generation that a re-index builds",
                self._directory,
            ) from error

    def _note_hold(self, hold: _Hold) -> None:
        with self._failures_named():
            content = {"first": hold.first, "committed": hold.committed}
            write_checked(self._directory / _HELD, content)
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
            self._hold = None
            with self._failures_named():
                # After a crash the titles tell that these segments are of another generation.
                self._note_last(0)
                (self._directory / _HELD).unlink(missing_ok=True)
                self.make_up(self.aside)
                for number in _numbers(self._directory):
                    self._path(number).unlink()
                sync_directory(self._directory)

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
        self._put_torn_aside()
        if not (self._directory / _SEGMENTS).exists():
            self._note_last(self._last)
        number, before = self._last + 1, self._path(self._last)
        path = self._path(number)
        size = before.stat().st_size if before.exists() else 0
        title = Title(self._generation, number, size).line
        # Unbuffered: what could not be written must not be written later.
        file = path.open("xb", buffering=0)
        try:
            _write(file, title)
            os.fsync(file.fileno())
            sync_directory(self._directory)
            # Before anything in it is acknowledged.
            self._note_last(number)
        except OSError:
            file.close()
            if self._read_last() == number:
                self._last = number  # noted all the same: then it has to stay
            else:
                path.unlink()
            raise
        self._last = number
        self._file, self._offset = file, len(title)
        return file

    def _note_last(self, number: int) -> None:
        content = {"generation": self._generation, "last": number}
        write_checked(self._directory / _SEGMENTS, content)

    def _read_last(self) -> int | None:
        """The last segment, as it is noted; None where nothing is. Raises JournalDamaged."""
        path = self._directory / _SEGMENTS
        try:
            found = read_checked(path)
            generation, last = int(found["generation"]), int(found["last"])
        except FileNotFoundError:
            return None
        except (Unreadable, KeyError, TypeError, ValueError) as error:
            why = error if isinstance(error, Unreadable) else f"{path} cannot be read"
            raise JournalDamaged(
                f"{why}, which says how many files the journal has", self._directory
            ) from error
        if generation > self._generation:
            raise self._of_another(path, generation)
        return last if generation == self._generation else 0  # from before a clear

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:012d}{_SUFFIX}"

    # ── what is there at the start ─────────────────────────────────────────────────────────────

    def _look_through(self, noted: int | None) -> list[Path]:
        """Files that nobody needs. Raises JournalDamaged; nothing is changed."""
        dropped: list[Path] = []
        titles: dict[int, Title] = {}
        for number in _numbers(self._directory):
            path = self._path(number)
            title = segments.title_of(path)
            if title is None:
                if not self._is_torn(number, noted):
                    raise JournalDamaged(
                        f"{path} is damaged: it does not begin as a journal does", self._directory
                    )
                dropped.append(path)
            elif title.number not in (0, number):
                raise JournalDamaged(
                    f"{path} is damaged: it is segment {title.number} of the journal",
                    self._directory,
                )
            elif title.generation == self._generation:
                titles[number] = title
            elif self._is_superseded(path, title):
                dropped.append(path)
            else:
                raise self._of_another(path, title.generation)
        if noted is None and any(title.number for title in titles.values()):
            raise JournalDamaged(
                f"{self._directory / _SEGMENTS} is missing, which says how many files the journal "
                "has",
                self._directory,
            )
        found = {number: read_segment(self._path(number)) for number in self._to_read(titles)}
        self._check_sizes(titles)
        self._check_ends(found)
        return [*dropped, *self._check_row(set(titles), titles, found, noted or 0)]

    def _is_torn(self, number: int, noted: int | None) -> bool:
        """Whether a crash may have come while the segment was made: nothing was in it yet."""
        if noted is not None:
            return number > noted
        return (
            number == _numbers(self._directory)[-1] and b"\n" not in self._path(number).read_bytes()
        )

    def _is_superseded(self, path: Path, title: Title) -> bool:
        """Whether a clear began the generation that is searched now, after that of the segment."""
        if title.number:
            return title.generation < self._generation
        return not read_segment(path).records  # a title without a checksum proves nothing

    def _to_read(self, titles: dict[int, Title]) -> list[int]:
        committed = self._hold.committed if self._hold else 0
        return [number for number in sorted(titles) if number > committed]

    def _check_sizes(self, titles: dict[int, Title]) -> None:
        for number in titles:
            before = titles[number + 1].before if number + 1 in titles else 0
            size = self._path(number).stat().st_size
            if before and size != before:
                raise JournalDamaged(
                    f"{self._path(number)} is damaged: it has {size} bytes and had {before}",
                    self._directory,
                )

    def _check_ends(self, found: dict[int, Segment]) -> None:
        for number, segment in found.items():
            if not segment.is_complete and number != max(found):
                raise segment.damage()

    def _check_row(
        self, there: set[int], titles: dict[int, Title], found: dict[int, Segment], noted: int
    ) -> list[Path]:
        """Raises JournalDamaged when a segment is missing. Returns those that a drop left."""
        gone = max([s.committed for s in found.values()], default=0)
        first = min(there, default=noted)
        if self._hold is not None:
            gone = max(gone, self._hold.committed)
            first = min(first, self._hold.first)
        last = max([noted, *there])
        if first in titles and titles[first].before and first - 1 > gone:
            raise self._missing(first - 1)
        if self._aside is not None:
            first = min(first, self._aside.first)
        missing = [number for number in range(max(first, 1), last + 1) if number not in there]
        kept = [note.first for note in (self._hold, self._aside) if note is not None]
        held = min(kept, default=last + 1)
        for number in missing:
            if number > gone or number >= held or number == last:
                raise self._missing(number)
        return [self._path(number) for number in there if missing and number < missing[-1]]

    def _put_torn_aside(self) -> None:
        """What is no record at the end of the last segment: its bytes are kept in another file."""
        numbers, self._is_whole = [] if self._is_whole else self._uncommitted(), True
        if not numbers:
            return
        segment = read_segment(self._path(numbers[-1]))
        if segment.is_complete:
            return
        path = segment.path
        cut = path.read_bytes()[segment.end :]
        aside = path.with_name(f"{path.stem}-{segment.end}.cut")
        write_durably(aside, cut)
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
                "operations_at_most": self._operations_in(cut),
                "kept_in": str(aside),
            },
        )

    def _missing(self, number: int) -> JournalDamaged:
        return JournalDamaged(
            f"{self._path(number)} is missing, so changes that were acknowledged are",
            self._directory,
        )

    def _of_another(self, path: Path, generation: int) -> JournalDamaged:
        return JournalDamaged(
            f"{path} says that it belongs to generation {generation}, and the journal is that of "
            f"generation {self._generation}",
            self._directory,
        )

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
    for name in (_HELD, _SEGMENTS, aside.NAME):
        try:
            read_checked(directory / name)
        except FileNotFoundError:
            continue
        except Unreadable as error:
            yield directory / name, str(error)


def _damage(path: Path) -> str | None:
    try:
        title = segments.title_of(path)
        found = read_segment(path) if title is not None else None
    except FileNotFoundError:
        return None  # committed meanwhile
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except JournalDamaged as error:
        return str(error)
    if found is None:
        return "does not begin as a journal does"
    if found.is_complete:
        return None
    return f"cannot be read from byte {found.end} on, behind {len(found.records)} records"


def _write(file: FileIO, content: bytes) -> None:
    """All of it: a disk that becomes full takes a part first."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) or 0 :]


def _numbers(directory: Path) -> list[int]:
    return sorted(int(path.stem) for path in directory.glob(f"*{_SUFFIX}"))
