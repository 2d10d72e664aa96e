"""Until when the index follows the database: a small file, and a lock that one sync has at a time.

::

    {"service": "0f3a…", "Datafile": "2026-03-01T02:10:00+00:00", "User": "2026-…"}

``service`` is the data directory that is followed, if it says which it is. Times are by entity,
because one that was being populated is left for the next time.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from search_service.errors import CannotSync
from search_service.files import Unreadable, read_checked, write_checked

NAME = "sync.json"
_SERVICE = "service"


class State:
    """The file; what is noted is durable."""

    def __init__(self, path: Path) -> None:
        """Raises CannotSync for a file that is not one of these."""
        self._path = path
        content = _read(path)
        self.service = content.service
        self._times = dict(content.times)

    def follow(self, service: str) -> None:
        """What is noted from now on is of this data directory. Raises CannotSync for another."""
        if self.service and service and self.service != service:
            raise CannotSync(
                f"{self._path} tells until when another data directory was followed; name the "
                "right file by --state, or the right service. If it was re-made, remove the file, "
                "and everything is compared"
            )
        self.service = self.service or service

    def since(self, entity: str) -> datetime | None:
        """Until when an entity was followed; None: never."""
        return self._times.get(entity)

    def note(self, entity: str, until: datetime) -> None:
        """What happened until then is in the index, committed."""
        self._times[entity] = until
        content = {name: time.isoformat() for name, time in sorted(self._times.items())}
        if self.service:
            content[_SERVICE] = self.service
        write_checked(self._path, content)


@contextmanager
def held(path: Path) -> Iterator[State]:
    """The state, for one process at a time. Raises CannotSync when another has it."""
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
        yield State(path)


def moment(written: str) -> datetime:
    """A time as ISO 8601 has it, UTC unless it says otherwise. Raises ValueError."""
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
        return _Content(service, {name: moment(time) for name, time in found.items()})
    except FileNotFoundError:
        return _Content("", {})
    except (OSError, Unreadable, ValueError, AttributeError, TypeError) as error:
        raise CannotSync(
            f"{path} does not say when the last sync was ({error}); remove it, and everything is "
            "compared"
        ) from error
