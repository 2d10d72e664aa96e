"""Checks the files of a journal: before they are replayed, and when an operator asks.

A segment that was acknowledged is removed only when it is committed, or when a clear began another
generation, and its title is whole. So a missing segment is damage, unless a later segment says that
all up to it is committed. Nothing is changed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from search_service.files import Unreadable, read_checked
from search_service.service.indexing.journal import notes, segments
from search_service.service.indexing.journal.notes import Deferral, Hold
from search_service.service.indexing.journal.segments import (
    JournalDamaged,
    Segment,
    Title,
    missing,
    numbers,
    of_another_generation,
    path_of,
    read_segment,
)


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """The files of a journal as they are at the start, and what the notes beside them say.

    ``noted``: the last segment; None where it is not noted.
    """

    directory: Path
    generation: int
    noted: int | None
    hold: Hold | None
    deferral: Deferral | None

    def unneeded(self) -> list[Path]:
        """The segments that nobody needs: they may be removed. Raises JournalDamaged."""
        unneeded: list[Path] = []
        titles: dict[int, Title] = {}
        for number in numbers(self.directory):
            path = self._path(number)
            title = segments.title_of(path)
            if title is None:
                if not self._is_torn(number):
                    raise JournalDamaged(
                        f"{path} is damaged: it does not begin as a journal does", self.directory
                    )
                unneeded.append(path)
            elif title.number not in (0, number):
                raise JournalDamaged(
                    f"{path} is damaged: it is segment {title.number} of the journal",
                    self.directory,
                )
            elif title.generation == self.generation:
                titles[number] = title
            elif self._is_superseded(path, title):
                unneeded.append(path)
            else:
                raise of_another_generation(path, title.generation, self.generation)
        if self.noted is None and any(title.number for title in titles.values()):
            raise JournalDamaged(
                f"{self.directory / notes.SEGMENTS} is missing, which says how many files "
                "the journal has",
                self.directory,
            )
        uncommitted = {n: read_segment(self._path(n)) for n in self._uncommitted(titles)}
        self._check_sizes(titles)
        self._check_ends(uncommitted)
        return [*unneeded, *self._check_row(titles, uncommitted)]

    def _path(self, number: int) -> Path:
        return path_of(self.directory, number)

    def _is_torn(self, number: int) -> bool:
        """Whether a crash may have interrupted the making of a segment, before its first record."""
        if self.noted is not None:
            return number > self.noted
        is_last = number == numbers(self.directory)[-1]
        return is_last and b"\n" not in self._path(number).read_bytes()

    def _is_superseded(self, path: Path, title: Title) -> bool:
        """Whether a clear began the current generation after that of the segment."""
        if title.number:
            return title.generation < self.generation
        return not read_segment(path).records  # a title without a checksum proves nothing

    def _uncommitted(self, titles: Mapping[int, Title]) -> list[int]:
        committed = self.hold.committed if self.hold else 0
        return [number for number in sorted(titles) if number > committed]

    def _check_sizes(self, titles: Mapping[int, Title]) -> None:
        for number in titles:
            before = titles[number + 1].before if number + 1 in titles else 0
            size = self._path(number).stat().st_size
            if before and size != before:
                raise JournalDamaged(
                    f"{self._path(number)} is damaged: it has {size} bytes and had {before}",
                    self.directory,
                )

    def _check_ends(self, uncommitted: Mapping[int, Segment]) -> None:
        for number, segment in uncommitted.items():
            if not segment.is_complete and number != max(uncommitted):
                raise segment.damage()

    def _check_row(
        self, titles: Mapping[int, Title], uncommitted: Mapping[int, Segment]
    ) -> list[Path]:
        """Segments that an interrupted drop left. Raises JournalDamaged when one is missing."""
        noted = self.noted or 0
        gone = max([segment.committed for segment in uncommitted.values()], default=0)
        first = min(titles, default=noted)
        if self.hold is not None:
            gone = max(gone, self.hold.committed)
            first = min(first, self.hold.first)
        last = max([noted, *titles])
        if first in titles and titles[first].before and first - 1 > gone:
            raise missing(self._path(first - 1))
        if self.deferral is not None:
            first = min(first, self.deferral.first)
        absent = [number for number in range(max(first, 1), last + 1) if number not in titles]
        kept_from = [note.first for note in (self.hold, self.deferral) if note is not None]
        kept = min(kept_from, default=last + 1)
        for number in absent:
            if number > gone or number >= kept or number == last:
                raise missing(self._path(number))
        return [self._path(number) for number in titles if absent and number < absent[-1]]


def damages(directory: Path) -> Iterator[tuple[Path, str]]:
    """The files of a journal that cannot be read as they were written, each with the reason.

    A service may be writing the journal meanwhile.
    """
    for number in numbers(directory):
        path = path_of(directory, number)
        found = _damage(path)
        if found is not None and _damage(path) == found:  # not just being written
            yield path, found
    for name in notes.NAMES:
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
