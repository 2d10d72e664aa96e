"""The time up to which the index follows the database: a small file, for one sync at a time.

::

    {"service": "0f3a…", "Datafile": "2026-03-01T02:10:00+00:00", "User": "2026-…"}

``service`` is the index that is followed, if it says which it is. Times are by entity, because an
entity that is being populated is left for the next time. It is locked on one machine alone: of two
that sync at once each repeats what the other did. Not here: where it is kept, see
``runtime.sync_file``.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from search_service.errors import CannotSync
from search_service.files import Unreadable, read_checked, write_checked

_SERVICE = "service"


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

    def record(self, entity: str, until: datetime) -> None:
        """Record that all changes up to a time are in the index, committed.

        Raises OSError, StorageFailed.
        """
        self._times[entity] = until
        content = {name: time.isoformat() for name, time in sorted(self._times.items())}
        if self.service:
            content[_SERVICE] = self.service
        write_checked(self._path, content)
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


def parse_time(written: str) -> datetime:
    """An ISO 8601 time, in UTC; without an offset it is taken as UTC. Raises ValueError."""
    found = datetime.fromisoformat(written)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Content:
    service: str
    times: Mapping[str, datetime]


def _read(path: Path) -> _Content:
    try:
        found = dict(read_checked(path).items())
        service = str(found.pop(_SERVICE, ""))
        return _Content(service, {name: parse_time(time) for name, time in found.items()})
    except FileNotFoundError:
        return _Content("", {})
    except (OSError, Unreadable, ValueError, AttributeError, TypeError) as error:
        raise CannotSync(
            f"{path} does not say when the last sync was ({error}); remove it, and everything is "
            "compared"
        ) from error
