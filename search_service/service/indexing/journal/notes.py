"""The small files beside the segments of a journal: which is the last, and which are kept.

::

    segments    the last segment, and the generation of the journal
    held        during a re-index: from which segment on all are kept for the next generation
    aside       entities with damaged files: from which segment on their changes are kept

Each is written whole and has a checksum. Not here: the segments, see ``segments``; when a segment
is dropped, see ``journal``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from search_service.errors import StorageFailed
from search_service.files import Unreadable, read_checked, sync_directory, write_checked
from search_service.service.indexing.journal.segments import JournalDamaged, of_another_generation

SEGMENTS, HOLD, DEFERRAL = "segments", "held", "aside"
NAMES = (HOLD, SEGMENTS, DEFERRAL)

_UNREADABLE = (Unreadable, KeyError, TypeError, ValueError)


# ── the last segment ─────────────────────────────────────────────────────────────────────────────


def write_last(directory: Path, generation: int, last: int) -> None:
    """Write the number of the last segment durably. Raises OSError."""
    write_checked(directory / SEGMENTS, {"generation": generation, "last": last})


def read_last(directory: Path, generation: int) -> int | None:
    """The number of the last segment of this generation; None where there is no file.

    0 for a file of an earlier generation, which a clear ended. Raises JournalDamaged.
    """
    path = directory / SEGMENTS
    try:
        content = read_checked(path)
        written_for, last = int(content["generation"]), int(content["last"])
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        raise JournalDamaged(
            f"{_reason(path, error)}, which says how many files the journal has", directory
        ) from error
    if written_for > generation:
        raise of_another_generation(path, written_for, generation)
    return last if written_for == generation else 0


# ── segments that a re-index needs ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Hold:
    """Segments that are kept beyond their commit, as the next generation must take them too."""

    first: int  # the segment from which on all are kept
    committed: int  # the last segment that is committed


def write_hold(directory: Path, hold: Hold) -> None:
    """Write it durably. Raises OSError."""
    write_checked(directory / HOLD, {"first": hold.first, "committed": hold.committed})


def read_hold(directory: Path) -> Hold | None:
    """The hold; None where there is none. Raises JournalDamaged."""
    path = directory / HOLD
    try:
        content = read_checked(path)
        return Hold(int(content["first"]), int(content["committed"]))
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        raise JournalDamaged(
            f"{_reason(path, error)}, which says what is kept for the generation that a re-index "
            "builds",
            directory,
        ) from error


def remove_hold(directory: Path) -> None:
    """Remove it, if there is one. Raises OSError."""
    (directory / HOLD).unlink(missing_ok=True)


# ── segments that wait until damaged files are sound ─────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Deferral:
    """Entities whose changes wait in the journal until damaged files of theirs are sound again.

    The changes are acknowledged; the commits of other entities go on without them.
    """

    first: int  # the segment from which on all are kept
    entities: frozenset[str]


def write_deferral(directory: Path, deferral: Deferral) -> None:
    """Write it durably. Raises StorageFailed."""
    content = {"first": deferral.first, "entities": sorted(deferral.entities)}
    try:
        write_checked(directory / DEFERRAL, content)
    except OSError as error:
        raise StorageFailed(f"{directory} cannot be written: {error}") from error


def read_deferral(directory: Path) -> Deferral | None:
    """The deferral; None where no entity waits. Raises StorageFailed."""
    path = directory / DEFERRAL
    try:
        content = read_checked(path)
        return Deferral(content["first"], frozenset(content["entities"]))
    except FileNotFoundError:
        return None
    except (OSError, Unreadable, KeyError, TypeError) as error:
        raise StorageFailed(
            f"{path} cannot be read ({error}): it says which changes wait until damaged shards are "
            "sound again. Restore it from a backup; or remove it, then bring in by `icat-search "
            "sync` what the catalogue changed"
        ) from error


def remove_deferral(directory: Path) -> None:
    """Remove it durably, if there is one. Raises StorageFailed."""
    try:
        (directory / DEFERRAL).unlink(missing_ok=True)
        sync_directory(directory)
    except OSError as error:
        raise StorageFailed(f"{directory} cannot be written: {error}") from error


def extended(deferral: Deferral | None, first: int, entities: Collection[str]) -> Deferral:
    """A deferral of more entities; ``first`` is the segment from which on a new one keeps all."""
    if deferral is None:
        return Deferral(first, frozenset(entities))
    return Deferral(deferral.first, deferral.entities | frozenset(entities))


def _reason(path: Path, error: Exception) -> str:
    return str(error) if isinstance(error, Unreadable) else f"{path} cannot be read"
