"""What takes a walk through directories or a request of its own: looked up once a minute.

Whoever asks for metrics every few seconds has what was found then. Not here: the rest of the state,
see ``state``.
"""

import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from search_service.engines.index import Engine, Generation
from search_service.errors import DirectoryRefused, StorageFailed
from search_service.files import Unreadable
from search_service.runtime import sync_file
from search_service.runtime.sync_file import SyncRun

log = logging.getLogger(__name__)

SURVEY_SECONDS = 60.0
_OF_STORAGE = (OSError, StorageFailed, DirectoryRefused, Unreadable)
_NOT_KNOWN = (*_OF_STORAGE, ValueError, KeyError, AttributeError, TypeError)


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system of a directory, in bytes."""

    size: int
    free: int  # for the user of this process


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. Times are seconds since 1970."""

    generations: Sequence[Generation] = ()
    # Entity → up to when a sync brought all changes of the catalogue.
    followed_until: Mapping[str, float] = field(default_factory=dict)
    sync_runs: Mapping[str, SyncRun] = field(default_factory=dict)


class Survey:
    """For several threads; what one is looking up the others do not wait for."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._turn = Lock()
        self._found = Found()
        self._looked: float | None = None

    def found(self) -> Found:
        """What there was a minute ago at most, or as long as it takes to look it up."""
        if self._turn.acquire(blocking=self._looked is None):
            try:
                now = self._monotonic()
                if self._looked is None or now - self._looked >= SURVEY_SECONDS:
                    self._found = self._look()
                    self._looked = now
            finally:
                self._turn.release()
        return self._found

    def _look(self) -> Found:
        try:
            generations = self._engine.generations.listed()
            synced = sync_file.read_times(self._sync_file())
        except _NOT_KNOWN as error:
            log.warning("sizes of generations or times of the sync not known", extra={"why": error})
            return self._found
        until = {entity: time.timestamp() for entity, time in synced.times.items()}
        return Found(generations, until, synced.runs)

    def _sync_file(self) -> Path:
        """As it was published last; a copy for the next sync to change is not made."""
        if self._engine.shared is None:
            return self._engine.root / sync_file.NAME
        generations = self._engine.generations
        return generations.file(generations.current(), sync_file.NAME)


def disk_of(directory: Path) -> Disk | None:
    """The disk that a directory is on; None where it is not told."""
    try:
        found = shutil.disk_usage(directory)
    except OSError:
        return None
    return Disk(found.total, found.free)
