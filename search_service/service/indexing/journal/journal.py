"""The log of changes that are acknowledged and not committed yet, replayed at the start.

A journal is a row of segments, files that are only appended to. A commit closes the segment that it
covers and drops it when it is done, so a segment before the last is one whose commit a crash
interrupted::

    000000000007.journal    a segment, see ``segments``
    000000000007-1234.cut   the end of a segment, from this byte on, that was no record
    segments, held, aside   see ``notes``

During a re-index the segments since its start are held beyond their commit, as the next generation
must take them too. Not here: which files are damaged or missing, see ``check``.
"""

import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NoReturn

from search_service.errors import StorageFailed
from search_service.files import is_full, make_directory, may_pass, sync_directory
from search_service.service.indexing.journal import notes, segments
from search_service.service.indexing.journal.check import JournalCheck
from search_service.service.indexing.journal.notes import Deferral, Hold
from search_service.service.indexing.journal.segments import (
    JournalDamaged,
    Title,
    missing,
    numbers,
    path_of,
    read_segment,
)

log = logging.getLogger(__name__)

__all__ = ["Journal", "JournalDamaged", "Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """A replayed record. ``begun``: a commit of it was begun, and may have been done in part."""

    content: bytes
    begun: bool


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
        """Open the journal of a generation. Raises JournalDamaged, StorageFailed.

        ``sync``: whether ``settle`` waits for the disk. ``operations_in`` takes bytes that are no
        record, and returns how many operations they may have held.
        """
        make_directory(directory)
        self._to_disk = to_disk
        self._operations_in = operations_in
        self._directory = directory
        self._sync = sync
        self._writing = threading.RLock()
        self._syncing = threading.Lock()
        self._failure: OSError | None = None
        self._deferral = notes.read_deferral(directory)
        self._generation = generation
        self._hold = notes.read_hold(directory)
        noted = notes.read_last(directory, generation)
        self.is_new = noted is None and not numbers(directory)
        unneeded = JournalCheck(directory, generation, noted, self._hold, self._deferral).unneeded()
        if self.is_new:
            with suppress(OSError):  # a full disk; it is written before the first segment at last
                self._write_last(0)
        for path in unneeded:
            log.info("segment of the journal dropped, nobody needs it", extra={"path": str(path)})
            path.unlink()
        # A segment never has the number of one that was there: it would count as committed.
        committed = self._hold.committed if self._hold else 0
        self._last = max([committed, noted or 0, *numbers(directory)])
        self._is_whole = False  # the last segment ends with a record
        self._file: FileIO | None = None
        self._offset = 0  # bytes in the segment
        self._written = 0  # bytes since the journal was opened
        self._synced = 0  # bytes since then that are surely on the disk

    def records(self) -> Iterator[Record]:
        """The uncommitted records of the process before, in order. Raises JournalDamaged.

        To be called before the first ``append``: it cuts off a torn end.
        """
        self._cut_torn_end()
        numbers = self._uncommitted()
        for number in numbers:
            for content in read_segment(self._path(number)).records:
                yield Record(content, begun=number != numbers[-1])

    def _uncommitted(self) -> list[int]:
        committed = self._hold.committed if self._hold else 0
        return [number for number in numbers(self._directory) if number > committed]

    def append(self, record: bytes) -> int:
        """Write a record. Returns a place in bytes: the record is durable once ``settle`` took it.

        Raises StorageFailed; a full disk does not stop later records.
        """
        with self._writing:
            self._refuse_after_failure()
            try:
                file = self._file or self._begin()
                if not os.fstat(file.fileno()).st_nlink:
                    # It would be written, and gone with the process.
                    raise FileNotFoundError(errno.ENOENT, "it was removed", str(self._directory))
                framed = segments.record(record, self._durable())
                segments.write_all(file, framed)
            except OSError as error:
                self._take_back(error)
            self._count(framed)
            return self._written

    def _durable(self) -> int:
        """How many bytes of the segment are surely on the disk."""
        return max(0, self._offset - (self._written - self._synced))

    def _count(self, framed: bytes) -> None:
        self._offset += len(framed)
        self._written += len(framed)

    def settle(self, written: int) -> None:
        """Wait until a record is durable: one sync serves all that wait for it.

        ``written``: as ``append`` returned it. Raises StorageFailed.
        """
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
        """Begin the next segment. Returns the number of the one before, for ``drop``.

        Raises StorageFailed.
        """
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
        """Remove committed segments, up to the number that ``turn`` returned, but those kept.

        Raises StorageFailed.
        """
        if self._hold is not None:
            self._note_hold(Hold(self._hold.first, max(covered, self._hold.committed)))
            covered = min(covered, self._hold.first - 1)
        if self._deferral is not None:
            covered = min(covered, self._deferral.first - 1)
        # The last one stays: it tells that the others are not missing.
        going = [n for n in numbers(self._directory) if n <= covered and n != self._last]
        if not going:
            return
        with self._failures_named():
            self._note_committed(covered)
            for number in going:
                self._path(number).unlink()
            # What came back after a power loss would undo later changes.
            sync_directory(self._directory)

    def _note_committed(self, covered: int) -> None:
        """Write it into the last segment, where a full disk still has room for it."""
        with self._syncing, self._writing:
            self._refuse_after_failure()
            try:
                file = self._file or self._reopened() or self._begin()
                self._flush(file)
                self._synced = self._written
                framed = segments.committed_record(covered, self._durable())
                segments.write_all(file, framed)
            except OSError as error:
                self._take_back(error)
            self._count(framed)
            self._flush(file)
            self._synced = self._written

    def _reopened(self) -> FileIO | None:
        """The last segment of the process before, opened for more records."""
        self._cut_torn_end()
        path = self._path(self._last)
        title = segments.title_of(path) if path.exists() else None
        if title is None or not title.number:
            return None
        self._file = path.open("ab", buffering=0)
        self._offset = path.stat().st_size
        return self._file

    # ── changes that wait for damaged files ────────────────────────────────────────────────────

    @property
    def deferred(self) -> frozenset[str]:
        """Entities whose changes are kept beyond commits, as they could not be made."""
        return self._deferral.entities if self._deferral else frozenset()

    def defer(self, entities: Collection[str]) -> None:
        """Keep all uncommitted records for these entities too, over restarts."""
        if not self.deferred >= frozenset(entities):
            uncommitted = [n for n in numbers(self._directory) if n > self.committed]
            first = min(uncommitted, default=self._last + 1)
            deferral = notes.extended(self._deferral, first, entities)
            notes.write_deferral(self._directory, deferral)
            self._deferral = deferral

    def deferred_records(self, up_to: int) -> Iterator[bytes]:
        """The records that are kept for them, up to a segment, in order. Raises JournalDamaged."""
        if self._deferral is not None:
            yield from self._closed(self._deferral.first, up_to)

    def end_deferral(self, entities: Collection[str]) -> None:
        """Keep no records for these entities any more: their changes are made."""
        if self._deferral is None:
            return
        left = self._deferral.entities - frozenset(entities)
        if left:
            deferral = Deferral(self._deferral.first, left)
            notes.write_deferral(self._directory, deferral)
            self._deferral = deferral
        else:
            notes.remove_deferral(self._directory)
            self._deferral = None

    # ── records that a re-index needs ──────────────────────────────────────────────────────────

    def hold(self) -> None:
        """Keep all records that are not committed by now, beyond commits. Raises StorageFailed.

        Those that were appended before count too: who reads the index for the next generation may
        have read it before they are committed.
        """
        before = self.turn()
        self._note_hold(Hold(min(numbers(self._directory), default=before + 1), 0))

    @property
    def is_held(self) -> bool:
        """Whether committed records are kept for a re-index."""
        return self._hold is not None

    @property
    def committed(self) -> int:
        """While held: the number of the last committed segment; otherwise 0."""
        return self._hold.committed if self._hold else 0

    def held_records(self, after: int, up_to: int) -> Iterator[bytes]:
        """The held records of closed segments, after < number <= up_to. Raises JournalDamaged."""
        if self._hold is not None:
            yield from self._closed(max(after + 1, self._hold.first), up_to)

    def _closed(self, first: int, up_to: int) -> Iterator[bytes]:
        for number in range(first, up_to + 1):
            if not self._path(number).exists():
                raise missing(self._path(number))
            segment = read_segment(self._path(number))
            if not segment.is_complete:
                raise segment.damage()
            yield from segment.records

    def release(self) -> None:
        """End the hold: remove all segments that are committed. Raises StorageFailed."""
        hold, self._hold = self._hold, None
        if hold is not None:
            with self._failures_named():
                notes.remove_hold(self._directory)
            self.drop(hold.committed)

    def uncommit(self) -> None:
        """Let the next start replay all held records: what is current then lacks them."""
        if self._hold is not None:
            self._note_hold(Hold(self._hold.first, 0))

    def _note_hold(self, hold: Hold) -> None:
        with self._failures_named():
            notes.write_hold(self._directory, hold)
        self._hold = hold

    def restart(self, generation: int) -> None:
        """Remove everything; later records belong to another generation. Raises StorageFailed."""
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
                self._write_last(0)
                notes.remove_hold(self._directory)
                self.end_deferral(self.deferred)
                for number in numbers(self._directory):
                    self._path(number).unlink()
                sync_directory(self._directory)

    def copy(self, target: Path) -> None:
        """Copy it into an empty directory, but for ends that were cut off. Raises OSError.

        Closed segments, which never change, are linked; so it is quick after ``turn``. Nothing is
        durable.
        """
        with self._writing:
            for number in numbers(self._directory):
                path = self._path(number)
                if number == self._last:
                    shutil.copyfile(path, target / path.name)
                else:
                    os.link(path, target / path.name)
            for name in notes.NAMES:
                with suppress(FileNotFoundError):
                    shutil.copyfile(self._directory / name, target / name)

    def close(self) -> None:
        """Close the file; all records stay for the next start."""
        with self._syncing, self._writing:
            if self._file is not None:
                if self._failure is None:
                    self._flush(self._file)
                self._file.close()
                self._file = None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(path.stat().st_size for path in self._directory.glob(f"*{segments.SUFFIX}"))

    # ── segments ───────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> FileIO:
        self._cut_torn_end()
        if not (self._directory / notes.SEGMENTS).exists():
            self._write_last(self._last)
        number, before = self._last + 1, self._path(self._last)
        path = self._path(number)
        size = before.stat().st_size if before.exists() else 0
        title = Title(self._generation, number, size).line
        # Unbuffered: what could not be written must not be written later.
        # What has that number is what an attempt before this one left, and could not remove.
        file = path.open("wb", buffering=0)
        try:
            segments.write_all(file, title)
            os.fsync(file.fileno())
            sync_directory(self._directory)
            # Before anything in it is acknowledged.
            self._write_last(number)
        except OSError:
            file.close()
            if notes.read_last(self._directory, self._generation) == number:
                self._last = number  # noted all the same: then it has to stay
            else:
                path.unlink(missing_ok=True)
            raise
        self._last = number
        self._file, self._offset = file, len(title)
        return file

    def _write_last(self, number: int) -> None:
        notes.write_last(self._directory, self._generation, number)

    def _path(self, number: int) -> Path:
        return path_of(self._directory, number)

    def _cut_torn_end(self) -> None:
        """Cut off the bytes at the end of the last segment that are no record, once."""
        uncommitted, self._is_whole = [] if self._is_whole else self._uncommitted(), True
        if uncommitted:
            segments.cut_torn_end(self._path(uncommitted[-1]), self._operations_in)

    # ── failures ───────────────────────────────────────────────────────────────────────────────

    def stop(self, error: OSError) -> None:
        """Refuse all records with this error, until the journal is opened again."""
        with self._writing:
            self._failure = error

    def _take_back(self, error: OSError) -> NoReturn:
        """Undo a write that failed. Where the system refused it, the journal goes on."""
        if may_pass(error):
            try:
                if self._file is not None:
                    self._file.truncate(self._offset)
                    self._file.seek(self._offset)
            except OSError as worse:
                self._fail(worse)
            why, cure = "cannot be written", "send it again when that is put right"
            if is_full(error):
                why, cure = "has no room", "make room on the disk"
            raise StorageFailed(
                f"The journal in {self._directory} {why} ({error}), so this change is not "
                f"accepted; {cure}"
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
