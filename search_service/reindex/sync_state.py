"""Until when the index follows the database: a small file, and a lock that one sync has at a time.

::

    {"Datafile": "2026-03-01T02:10:00+00:00", "User": "2026-03-01T02:10:00+00:00"}

By entity, because one that was being populated is left for the next time.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from search_service.errors import CannotSync
from search_service.files import Unreadable, read_checked, write_checked

NAME = "sync.json"


class State:
    """The file; what is noted is durable."""

    def __init__(self, path: Path) -> None:
        """Raises CannotSync for a file that is not one of these."""
        self._path = path
        self._times = dict(_read(path))

    def since(self, entity: str) -> datetime | None:
        """Until when an entity was followed; None: never."""
        return self._times.get(entity)

    def note(self, entity: str, until: datetime) -> None:
        """What happened until then is in the index, committed."""
        self._times[entity] = until
        content = {name: time.isoformat() for name, time in sorted(self._times.items())}
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


def _read(path: Path) -> Mapping[str, datetime]:
    try:
        return {name: moment(time) for name, time in read_checked(path).items()}
    except FileNotFoundError:
        return {}
    except (OSError, Unreadable, ValueError, TypeError) as error:
        raise CannotSync(
            f"{path} does not say when the last sync was ({error}); remove it, and everything is "
            "compared"
        ) from error
