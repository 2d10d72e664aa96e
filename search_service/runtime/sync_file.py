"""Where it is noted until when the index follows the catalogue, so that a sync goes on from there.

In the data directory where one process has the index. Where several machines have it, it is a file
of the generation that is searched: any of them may run the next sync, and an older generation that
is searched again has the older times. Not here: what it says, see ``sync.state``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from search_service.engines.index import Engine
from search_service.files import write_durably
from search_service.runtime.brought_files import brought

NAME = "sync.json"


@dataclass(frozen=True, slots=True)
class SyncFile:
    """The file on this machine. ``publish``: let the others have it, after each change."""

    path: Path
    publish: Callable[[], None]


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
