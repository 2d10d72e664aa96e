"""Backups that are beside each other in a directory, and what is noted of each.

::

    DIR/2026-03-01T021000Z/backup.json    what it holds; written last
    DIR/2026-03-01T021000Z/data/          a data directory, as it was at that moment
    DIR/2026-03-02T021000Z.unfinished/    is being made, or was when the command ended

Nothing but a backup that has ended has a name without an ending. Each is whole: those before it can
be removed, as a file that several have is there as long as one has it.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from search_service import __version__
from search_service.engines.fit import Fit
from search_service.errors import CannotBackUp
from search_service.files import Unreadable, read_checked, write_checked
from search_service.runtime.backups.trees import File

NOTE, DATA, UNFINISHED = "backup.json", "data", ".unfinished"
_FORMAT = 1
_TIME = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Note:
    """What a backup holds. ``at``: seconds since 1970; ``release``: that made it."""

    at: float
    generation: int
    fit: Fit
    files: Mapping[str, File]
    release: str = __version__

    @property
    def size(self) -> int:
        """In bytes, whether shared with others or not."""
        return sum(file.size for file in self.files.values())

    def write(self, place: Path) -> None:
        """Write it durably: from now on it is a backup. Raises OSError."""
        files = {path: [file.size, file.checksum] for path, file in self.files.items()}
        content = {
            "format": _FORMAT,
            "release": self.release,
            "at": self.at,
            "moment": moment_text(self.at),
            "generation": self.generation,
            "fit": asdict(self.fit),
            "files": files,
        }
        write_checked(place / NOTE, content)


def read(place: Path) -> Note:
    """The note of a backup. Raises CannotBackUp where it has not ended, or is none."""
    path = place / NOTE
    try:
        content = read_checked(path)
        if content["format"] != _FORMAT:
            raise CannotBackUp(
                f"{place} is a backup of format {content['format']}, which release "
                f"{content.get('release')} wrote, and this one reads format {_FORMAT}: restore it "
                "by that release"
            )
        files = {name: File(*values) for name, values in content["files"].items()}
        fit = Fit(**content["fit"])
        return Note(content["at"], content["generation"], fit, files, content["release"])
    except FileNotFoundError:
        raise CannotBackUp(
            f"{place} is no backup that has ended: there is no {NOTE}, which is written last"
        ) from None
    except (OSError, Unreadable, KeyError, TypeError, AttributeError) as error:
        raise CannotBackUp(f"{path} cannot be read ({error}); take another backup") from error


def ended(directory: Path) -> list[Path]:
    """The backups of a directory that have ended, from old to new. Raises OSError."""
    return sorted(
        path
        for path in directory.iterdir()
        if not path.name.endswith(UNFINISHED) and (path / NOTE).is_file()
    )


def found(place: Path) -> Path:
    """The backup that is named, or the newest of a directory. Raises CannotBackUp, OSError."""
    if (place / NOTE).exists() or (place / DATA).exists():
        return place
    backups = ended(place) if place.is_dir() else []
    if not backups:
        raise CannotBackUp(f"There is no backup that has ended in {place}")
    return backups[-1]


def place_of(directory: Path, at: float) -> Path:
    """Where the backup of a moment is to be; no other is there."""
    place = directory / moment_text(at)
    number = 1
    while place.exists():
        number += 1
        place = directory / f"{moment_text(at)}-{number}"
    return place


def moment_text(at: float) -> str:
    """A moment as a backup is named by it."""
    return time.strftime(_TIME, time.gmtime(at))
