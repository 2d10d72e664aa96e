"""Where it is noted until when the index follows the catalogue, so that a sync goes on from there.

Beside that, for who watches it, how many documents differed when an entity was synced last.

In the data directory where one process has the index. Where several machines have it, it is a file
of the generation that is searched: any of them may run the next sync, and an older generation that
is searched again has the older times. Not here: how it is changed, see ``sync.state``.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from search_service.engines.index import Engine
from search_service.files import read_checked, write_durably
from search_service.runtime.brought_files import brought

NAME = "sync.json"
SERVICE, RUNS = "service", "runs"  # keys that no entity has


@dataclass(frozen=True, slots=True)
class SyncFile:
    """The file on this machine. ``publish``: let the others have it, after each change."""

    path: Path
    publish: Callable[[], None]


@dataclass(frozen=True, slots=True)
class SyncRun:
    """The last sync of an entity that succeeded: how many documents it had to send.

    So many differed from the catalogue, which is how far the index had drifted. ``changed`` does
    not count those that were added.
    """

    ended: datetime
    added: int
    changed: int
    deleted: int


@dataclass(frozen=True, slots=True)
class SyncTimes:
    """What the file says: which index is followed, up to when, and the last runs, by entity.

    A run is known of entities with documents.
    """

    service: str
    times: Mapping[str, datetime]
    runs: Mapping[str, SyncRun] = field(default_factory=dict)


def read_times(path: Path) -> SyncTimes:
    """The content of the file; nothing when it is missing.

    Raises OSError, Unreadable, ValueError, KeyError, AttributeError, TypeError for a file of other
    content.
    """
    try:
        found = dict(read_checked(path).items())
    except FileNotFoundError:
        return SyncTimes("", {})
    service = str(found.pop(SERVICE, ""))
    runs = {name: _run(run) for name, run in found.pop(RUNS, {}).items()}
    return SyncTimes(service, {name: parse_time(time) for name, time in found.items()}, runs)


def content_of(times: SyncTimes) -> dict[str, object]:
    """What is written into the file."""
    content: dict[str, object] = {
        name: time.isoformat() for name, time in sorted(times.times.items())
    }
    if times.service:
        content[SERVICE] = times.service
    if times.runs:
        content[RUNS] = {
            name: {**asdict(run), "ended": run.ended.isoformat()}
            for name, run in sorted(times.runs.items())
        }
    return content


def _run(written: Mapping[str, Any]) -> SyncRun:
    added, changed, deleted = (int(written[name]) for name in ("added", "changed", "deleted"))
    return SyncRun(parse_time(written["ended"]), added, changed, deleted)


def parse_time(written: str) -> datetime:
    """An ISO 8601 time, in UTC; without an offset it is taken as UTC. Raises ValueError."""
    found = datetime.fromisoformat(written)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def sync_file(engine: Engine) -> SyncFile:
    """That of the index, as it was published last. Raises OSError, StorageFailed."""
    if engine.shared is None:
        return SyncFile(engine.root / NAME, lambda: None)
    generations = engine.generations
    number = generations.current()
    return SyncFile(brought(generations, number, NAME), partial(generations.publish, number, NAME))


def take_over(engine: Engine, generation: int) -> None:
    """Note the same of a generation that was built beside the one that is searched now.

    It has all that changed there. Raises OSError, StorageFailed.
    """
    if engine.shared is None:
        return
    generations = engine.generations
    before = generations.file(generations.current(), NAME)
    if before.exists():
        write_durably(generations.place(generation) / NAME, before.read_bytes())
        generations.publish(generation, NAME)
