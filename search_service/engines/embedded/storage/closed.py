"""Reads a data directory that this process has not opened, whether a service has it open or not.

Nothing is changed. What is read is what was committed when it was looked at; a service may merge
or remove files meanwhile, then it is to be read again.
"""

from collections.abc import Mapping
from pathlib import Path

from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import IndexStatus
from search_service.engines.embedded.storage.counting import counted
from search_service.engines.embedded.storage.damage import START_BYTES, damages_of, small_files
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.inspection import current_of
from search_service.engines.embedded.storage.shard_files import shard_path, shards_of
from search_service.engines.embedded.storage.view import ShardView, View
from search_service.errors import ShardDamaged


def view_of(root: Path) -> View:
    """What was committed last. Raises OSError, DirectoryRefused."""
    directory = DataDirectory(root, None).at(current_of(root))
    shards = {}
    for entity in ENTITIES:
        edition = directory.edition(entity.name)
        partition = directory.manifest.partition_of(entity.name)
        shards[entity.name] = tuple(
            ShardView(str(shard_path(edition, low)), low, partition.high_of(low), 0)
            for low in shards_of(edition)
        )
    return View(1, directory.generation, shards)


def status_of(root: Path) -> IndexStatus:
    """What it holds. Raises OSError, DirectoryRefused, ShardDamaged, Unreadable."""
    directory = DataDirectory(root, None).at(current_of(root))
    editions = {entity.name: directory.edition(entity.name) for entity in ENTITIES}
    shards = {name: shards_of(edition) for name, edition in editions.items()}
    begun = {
        name: "when the service ended"
        for name, edition in editions.items()
        if any(other.name > edition.name for other in _siblings(edition))
    }
    counts = counted(editions)
    return IndexStatus(
        generation=directory.generation,
        documents=counts.documents,
        segments=counts.segments,
        deleted=counts.deleted,
        shards={name: len(lows) for name, lows in shards.items()},
        interrupted={**directory.interrupted(), **begun},
        damaged=_damaged(editions),
    )


def _damaged(editions: Mapping[str, Path]) -> dict[str, str]:
    """By entity the first shard that is damaged, as far as small files tell."""
    shards = {
        name: [shard_path(edition, low) for low in shards_of(edition)]
        for name, edition in editions.items()
    }
    up_to = small_files([path for paths in shards.values() for path in paths], START_BYTES)
    return {
        name: str(ShardDamaged(path, damage.sentence))
        for name, paths in shards.items()
        for path in reversed(paths)
        for damage in list(damages_of(path, up_to=up_to))[:1]
    }


def _siblings(edition: Path) -> list[Path]:
    if not edition.parent.is_dir():
        return []
    return [path for path in edition.parent.iterdir() if path.is_dir()]
