"""The time up to which the index follows the database: a small file, for one sync at a time.

::

    {"service": "0f3a…", "Datafile": "2026-03-01T02:10:00+00:00", "User": "2026-…",
     "runs": {"Datafile": {"ended": "2026-…", "added": 3, "changed": 0, "deleted": 1}}}

``service`` is the index that is followed, if it says which it is; ``runs`` are for who watches it.
Times are by entity, because an
entity that is being populated is left for the next time. It is locked on one machine alone: of two
that sync at once each repeats what the other did. Not here: where it is kept, see
``runtime.sync_file``.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from search_service.errors import CannotSync
from search_service.files import Unreadable, write_checked
from search_service.runtime.sync_file import SyncRun, SyncTimes, content_of, read_times


class SyncState:
    """The content of the file; ``record`` writes it durably."""

    def __init__(self, path: Path, publish: Callable[[], None]) -> None:
        """Read the file, which may be missing. Raises CannotSync for a file of other content.

        ``publish`` is called after each change of it.
        """
        self._path = path
        self._publish = publish
        content = _read(path)
        self.service = content.service
        self._times = dict(content.times)
        self._runs = dict(content.runs)

    def follow(self, service: str) -> None:
        """Record that this data directory is followed. Raises CannotSync where it was another."""
        if self.service and service and self.service != service:
            raise CannotSync(
                f"{self._path} tells until when another data directory was followed; name the "
                "right file by --state, or the right service. If it was re-made, remove the file, "
                "and everything is compared"
            )
        self.service = self.service or service

    def since(self, entity: str) -> datetime | None:
        """The time up to which the index has all changes of an entity; None: never synced."""
        return self._times.get(entity)

    def record(self, entity: str, until: datetime, run: SyncRun | None = None) -> None:
        """Record that all changes up to a time are in the index, committed.

        ``run``: of an entity with documents. Raises OSError, StorageFailed.
        """
        self._times[entity] = until
        if run is not None:
            self._runs[entity] = run
        write_checked(self._path, content_of(SyncTimes(self.service, self._times, self._runs)))
        self._publish()


@contextmanager
def locked_state(path: Path, publish: Callable[[], None] = lambda: None) -> Iterator[SyncState]:
    """The state, for one process at a time. Raises CannotSync when another process has it.

    ``publish``: where others should have what is recorded.
    """
    if not path.parent.is_dir():
        raise CannotSync(
            f"There is no directory {path.parent} to keep the time of this sync in; name a file "
            "by --state"
        )
    with path.with_name(f"{path.name}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotSync(
                f"Another sync is at work with {path}; this one has done nothing"
            ) from None
        yield SyncState(path, publish)


def _read(path: Path) -> SyncTimes:
    try:
        return read_times(path)
    except (OSError, Unreadable, ValueError, KeyError, AttributeError, TypeError) as error:
        raise CannotSync(
            f"{path} does not say when the last sync was ({error}); remove it, and everything is "
            "compared"
        ) from error
