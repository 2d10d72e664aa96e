"""What changes of entities with damaged files wait for: that these are sound again.

Such changes are acknowledged, and stay in the journal; the commits of other entities go on without
them. A small file names the entities, and from where on the journal is kept for them, also over
restarts. Not here: how they are made up for, see ``changes``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from search_service.errors import StorageFailed
from search_service.files import Unreadable, read_checked, sync_directory, write_checked

NAME = "aside"


@dataclass(frozen=True, slots=True)
class Aside:
    """``first``: the first segment of the journal that is kept; ``entities`` wait."""

    first: int
    entities: frozenset[str]


def read(directory: Path) -> Aside | None:
    """What waits in a journal; None: nothing. Raises StorageFailed."""
    path = directory / NAME
    try:
        found = read_checked(path)
        return Aside(found["first"], frozenset(found["entities"]))
    except FileNotFoundError:
        return None
    except (OSError, Unreadable, KeyError, TypeError) as error:
        raise StorageFailed(
            f"{path} cannot be read ({error}): it says which changes wait until damaged shards are "
            "sound again. Restore it from a backup; or remove it, then bring in by `icat-search "
            "sync` what the catalogue changed"
        ) from error


def note(directory: Path, aside: Aside) -> None:
    """Note it durably. Raises StorageFailed."""
    try:
        write_checked(directory / NAME, {"first": aside.first, "entities": sorted(aside.entities)})
    except OSError as error:
        raise StorageFailed(f"{directory} cannot be written: {error}") from error


def forget(directory: Path) -> None:
    """Nothing waits any more. Raises StorageFailed."""
    try:
        (directory / NAME).unlink(missing_ok=True)
        sync_directory(directory)
    except OSError as error:
        raise StorageFailed(f"{directory} cannot be written: {error}") from error


def with_more(aside: Aside | None, first: int, entities: Collection[str]) -> Aside:
    """The same with more entities, which wait from this segment on."""
    if aside is None:
        return Aside(first, frozenset(entities))
    return Aside(aside.first, aside.entities | frozenset(entities))
