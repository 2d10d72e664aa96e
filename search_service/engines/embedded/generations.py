"""Which generations a data directory has, and which is to be kept: small files say so.

::

    current                         number of the generation that is searched
    generations/000001/kept.json    it was searched before, and stays until it is dropped
    generations/000002/building.json    a re-index builds it; which entities, and which ids

What has neither and is not current was left by a crash. Not here: what is in a generation, see
``directory``.
"""

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from search_service.engines.embedded.shard_files import count, shard_path, shards_of
from search_service.errors import CannotReindex
from search_service.files import NotDurable, remove_tree, write_durably

log = logging.getLogger(__name__)

CURRENT = "current"
_KEPT = "kept.json"
_BUILDING = "building.json"
_LOCK = "reindex.lock"
PROGRESS = "progress.json"
# Whoever asks for the status holds the lock for a moment.
_PROBED_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """The ids of an entity that a re-index reads: ``low`` <= id < ``high``; None: all of them."""

    low: int | None = None
    high: int | None = None

    def holds(self, low: int, high: int) -> bool:
        """Whether a shard with these ids is built anew, which none is by halves."""
        return (self.high is None or low < self.high) and (self.low is None or high > self.low)


@dataclass(frozen=True, slots=True)
class Building:
    """A generation that a re-index builds. Entities that it does not name are taken over."""

    number: int
    parts: Mapping[str, Part]
    begun: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation, for people."""

    number: int
    made: float  # seconds since 1970
    documents: int
    size: int  # bytes; what it shares with another generation is counted in both
    state: str  # current, kept or building


def name_of(number: int) -> str:
    """How the directory of a generation or of an edition is named."""
    return f"{number:06d}"


def path_of(root: Path, number: int) -> Path:
    """Where a generation is."""
    return root / "generations" / name_of(number)


def current(directory: Path) -> int:
    """The number in the file ``current``; 0 when there is none."""
    try:
        return int((directory / CURRENT).read_text())
    except FileNotFoundError:
        return 0


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
    """The generation that a re-index builds, if one has begun and has not ended."""
    for number in reversed(numbers(root)):
        path = path_of(root, number)
        found = _read(path / _BUILDING)
        # What is kept was searched: then its mark could not be removed.
        if found is not None and number != current(root) and not (path / _KEPT).exists():
            parts = {entity: Part(*ids) for entity, ids in found["entities"].items()}
            return Building(number, parts, found["begun"])
    return None


def progress(root: Path) -> Mapping[str, Any] | None:
    """What a re-index says of itself, by entity; None when there is none."""
    found = building(root)
    if found is None:
        return None
    entities = _read(path_of(root, found.number) / PROGRESS) or {}
    is_built = _is_built(root, found.number)
    if not is_built:
        still = {"rate": 0, "seconds_left": None}
        entities = {entity: {**values, **still} for entity, values in entities.items()}
    return {
        "generation": found.number,
        "state": "building" if is_built else "stopped",
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(found.begun)),
        "entities": entities,
    }


def note_building(root: Path, what: Building) -> None:
    """From now on the generation survives a restart, and is no use to anyone else."""
    entities = {entity: [part.low, part.high] for entity, part in what.parts.items()}
    content = json.dumps({"entities": entities, "begun": what.begun})
    write_durably(path_of(root, what.number) / _BUILDING, content.encode())


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
        write_durably(root / CURRENT, name_of(number).encode())
    except OSError as error:
        # Whoever opens the directory next goes by what the file says, so this one has to as well.
        if current(root) != number:
            raise
        raise NotDurable(root / CURRENT, error) from error


def tidy(root: Path) -> None:
    """Remove what a crash left: generations that nobody wants, marks that are out of date."""
    searched = current(root)
    for number in numbers(root):
        path = path_of(root, number)
        if number == searched:
            _remove_mark(path / _BUILDING)
            _remove_mark(path / _KEPT)
        elif not (path / _KEPT).exists() and not (path / _BUILDING).exists():
            remove_tree(path)


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
        if number != current(root) and (path_of(root, number) / _KEPT).exists()
    ]


def drop(root: Path, number: int) -> Path:
    """Keep a generation no longer. Returns its path, to be removed."""
    path = path_of(root, number)
    (path / _KEPT).unlink(missing_ok=True)
    return path


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


def _is_built(root: Path, number: int) -> bool:
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


def listed(root: Path) -> list[Generation]:
    """Every generation, ascending."""
    return list(_listed(root))


def _listed(root: Path) -> Iterator[Generation]:
    searched, is_kept = current(root), kept(root)
    for number in numbers(root):
        path = path_of(root, number)
        files = [Path(place) / name for place, _, names in os.walk(path) for name in names]
        match number:
            case _ if number == searched:
                state = "current"
            case _ if number in is_kept:
                state = "kept"
            case _ if (path / _BUILDING).exists():
                state = "building"
            case _:
                continue  # about to be removed
        made = path / "manifest.json"
        yield Generation(
            number,
            made.stat().st_mtime if made.exists() else path.stat().st_mtime,
            _documents(path),
            sum(_size(file) for file in files),
            state,
        )


def _documents(generation: Path) -> int:
    found = 0
    for entity in generation.iterdir():
        if entity.is_dir():
            edition = entity / name_of(current(entity) or 1)
            found += sum(count(shard_path(edition, low)) for low in shards_of(edition))
    return found


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0  # merged away meanwhile


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found
