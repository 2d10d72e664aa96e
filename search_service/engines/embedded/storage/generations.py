"""Which generations a data directory has, and which is to be kept: small files say so.

::

    current                         number of the generation that is searched
    generations/000001/kept.json    it was searched before, and stays until it is dropped
    generations/000001/dropped.json     it is to be removed
    generations/000002/building.json    a re-index builds it; which entities, and which ids
    generations/000001.removed      is being removed

Nothing is removed but what says so itself, what the manifest of the current generation replaces,
and what holds no index. Not here: what is in a generation, see ``data_directory``; what is done
about one that none of this tells of, see ``inspection``;
how much is in them, see ``listing``.
"""

import fcntl
import json
import logging
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from search_service.engines.embedded.storage import manifest
from search_service.engines.id_ranges import IdRange
from search_service.engines.index import Building
from search_service.errors import CannotReindex, DirectoryRefused
from search_service.files import (
    NotDurable,
    Unreadable,
    read_checked,
    remove_tree,
    sync_directory,
    write_checked,
    write_durably,
)

log = logging.getLogger(__name__)

CURRENT = "current"
_KEPT = "kept.json"
_DROPPED = "dropped.json"
REMOVED = ".removed"
# By hand, as an operator may write it, or with a checksum, as it is written here.
_CURRENT = re.compile(r"(?P<name>\d{6,}|[1-9]\d*)( (?P<checksum>[0-9a-f]{8}))?\n?")
_BUILDING = "building.json"
_LOCK = "reindex.lock"
# Whoever asks for the status holds the lock for a moment.
_PROBED_SECONDS = 0.2


def name_of(number: int) -> str:
    """How the directory of a generation or of an edition is named."""
    return f"{number:06d}"


def path_of(root: Path, number: int) -> Path:
    """Where a generation is."""
    return root / "generations" / name_of(number)


def current(directory: Path) -> int:
    """The number in the file ``current``; 0 when there is no such file. Raises Unreadable."""
    found = _read_current(directory)
    return found[0] if found else 0


def is_checked(directory: Path) -> bool:
    """Whether the file ``current`` was written here, and not by hand. Raises Unreadable."""
    found = _read_current(directory)
    return found is not None and found[1]


def _read_current(directory: Path) -> tuple[int, bool] | None:
    path = directory / CURRENT
    try:
        content = path.read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return None
    match = _CURRENT.fullmatch(content)
    if match is None or not int(match["name"]):
        raise Unreadable(path, f"it says {content!r}" if content else "it is empty")
    if match["checksum"] and match["checksum"] != _checksum(match["name"]):
        raise Unreadable(path, f"it says {content!r}, which its checksum does not confirm")
    return int(match["name"]), bool(match["checksum"])


def _checksum(name: str) -> str:
    return f"{zlib.crc32(name.encode()):08x}"


def numbers(root: Path) -> list[int]:
    """The generations that have a directory, ascending."""
    place = root / "generations"
    if not place.is_dir():
        return []
    return sorted(int(path.name) for path in place.iterdir() if path.name.isdigit())


def next_number(root: Path) -> int:
    """A number that no generation has."""
    return max([current(root), *numbers(root)]) + 1


def building(root: Path) -> Building | None:
    """The generation that a re-index builds, if one has begun and has not ended.

    Raises DirectoryRefused.
    """
    for number in reversed(numbers(root)):
        path = path_of(root, number)
        # What is kept was searched: then its mark could not be removed.
        if number != current(root) and not _is(path, _KEPT) and _is(path, _BUILDING):
            return _building(path, number)
    return None


def _building(path: Path, number: int) -> Building:
    try:
        found = read_checked(path / _BUILDING)
        ids = {entity: IdRange(*bounds) for entity, bounds in found["entities"].items()}
        return Building(number, ids, found["begun"])
    except (OSError, Unreadable, KeyError, TypeError, AttributeError) as error:
        why = error if isinstance(error, OSError | Unreadable) else f"{path / _BUILDING} is damaged"
        raise DirectoryRefused(
            f"{why}, so it is not known what the re-index builds in {path}; restore the file from "
            f"a backup, or give the re-index up by moving {path} away"
        ) from error


def _is(path: Path, mark: str) -> bool:
    return (path / mark).exists()


def note_building(root: Path, what: Building) -> None:
    """From now on the generation survives a restart, and is no use to anyone else."""
    entities = {entity: [ids.low, ids.high] for entity, ids in what.ids.items()}
    content = {"entities": entities, "begun": what.begun}
    write_checked(path_of(root, what.number) / _BUILDING, content)


def make_current(root: Path, number: int) -> None:
    """Search another generation from now on: one step. The one until now is kept.

    Raises OSError: that one is current still. Raises NotDurable: the other one is, for now.
    """
    before = current(root)
    if before != number:
        kept = json.dumps({"until": time.time()}).encode()
        write_durably(path_of(root, before) / _KEPT, kept)
    point_at(root, number)
    tidy(root)


def point_at(root: Path, number: int) -> None:
    """Write the file ``current``, also of an entity. Raises as ``make_current`` does."""
    try:
        name = name_of(number)
        write_durably(root / CURRENT, f"{name} {_checksum(name)}\n".encode())
    except OSError as error:
        # Whoever opens the directory next goes by what the file says, so this one has to as well.
        if current(root) != number:
            raise
        raise NotDurable(root / CURRENT, error) from error


def tidy(root: Path) -> None:
    """Remove what a crash left: generations that say so, marks that are out of date.

    ``inspection`` must have found nothing wrong. Raises Unreadable, DirectoryRefused.
    """
    searched = current(root)
    for path in (root / "generations").glob(f"*{REMOVED}"):
        remove_tree(path)
    for number in numbers(root):
        path = path_of(root, number)
        if number == searched:
            for mark in (_BUILDING, _KEPT, _DROPPED):
                _remove_mark(path / mark)
        elif is_superfluous(root, number):
            remove(path)


def is_superfluous(root: Path, number: int) -> bool:
    """Whether nobody can want a generation any more. Raises Unreadable, DirectoryRefused."""
    path, searched = path_of(root, number), current(root)
    if number == searched or _is(path, _KEPT):
        return False
    if _is(path, _DROPPED):
        return True
    if _is(path, _BUILDING):
        return False
    if number == manifest.read(path_of(root, searched)).replaces:
        return True
    return holds_nothing(path)


def mark_replaced(root: Path) -> None:
    """Let the generation that a clear replaced say itself that it is to be removed. Raises OSError.

    Only the current manifest proves it, and that is not current after the next clear or switch.
    """
    replaced = path_of(root, manifest.read(path_of(root, current(root))).replaces)
    if replaced.is_dir() and not _is(replaced, _DROPPED) and not _is(replaced, _KEPT):
        write_durably(replaced / _DROPPED, b"")


def is_built(root: Path, number: int) -> bool:
    """Whether a re-index builds it."""
    return _is(path_of(root, number), _BUILDING)


def is_known(root: Path, number: int) -> bool:
    """Whether a generation says what it is for."""
    return any(_is(path_of(root, number), mark) for mark in (_KEPT, _DROPPED, _BUILDING))


def holds_nothing(path: Path) -> bool:
    """Whether a generation was just begun: there is its manifest at most."""
    begun = (manifest.NAME, f"{manifest.NAME}.new", f"{_BUILDING}.new")
    return all(entry.name in begun and not entry.is_dir() for entry in path.iterdir())


def remove(path: Path) -> None:
    """Remove a generation or an edition. A crash amid that leaves nothing that looks like one."""
    removed = path.with_name(path.name + REMOVED)
    remove_tree(removed)
    try:
        path.rename(removed)
        sync_directory(path.parent)
    except OSError as error:
        log.warning("not removed", extra={"path": str(path), "why": str(error)})
        return
    remove_tree(removed)


def _remove_mark(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        # It means nothing beside ``current``, and is tried again at the next start.
        log.warning("mark not removed", extra={"path": str(path), "why": str(error)})


def kept(root: Path) -> list[int]:
    """Generations that were searched before, ascending."""
    return [
        number
        for number in numbers(root)
        if number != current(root) and _is(path_of(root, number), _KEPT)
    ]


def kept_since(root: Path, number: int) -> float:
    """When a generation was replaced, in seconds since 1970. Raises OSError."""
    # Of one that an operator keeps by `touch` the file is empty.
    return (path_of(root, number) / _KEPT).stat().st_mtime


def drop(root: Path, number: int) -> Path:
    """Keep a generation no longer. Returns its path, to be removed."""
    path = path_of(root, number)
    _drop(path, _KEPT)
    return path


def give_up(root: Path, number: int) -> None:
    """Remove a generation that a re-index builds. Raises OSError."""
    path = path_of(root, number)
    _drop(path, _BUILDING)
    remove(path)


def _drop(path: Path, mark: str) -> None:
    """One step: a generation without a mark is one of which nothing is known."""
    (path / mark).rename(path / _DROPPED)
    sync_directory(path)


@contextmanager
def alone(root: Path, number: int) -> Iterator[None]:
    """Nobody else builds the generation meanwhile. Raises CannotReindex when somebody does."""
    with (path_of(root, number) / _LOCK).open("a") as file:
        end = time.monotonic() + _PROBED_SECONDS
        while not _taken(file):
            if time.monotonic() > end:
                raise CannotReindex(
                    f"Another icat-search reindex builds generation {number} of {root}; wait for "
                    "it, or end it first"
                )
            time.sleep(_PROBED_SECONDS / 10)
        yield


def is_worked_on(root: Path, number: int) -> bool:
    """Whether somebody builds the generation at the moment."""
    try:
        with (path_of(root, number) / _LOCK).open("r") as file:
            return not _taken(file)
    except FileNotFoundError:
        return False


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
