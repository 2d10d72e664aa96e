"""Links what is searched into another directory, as the root of a data directory has it.

That takes no room, and milliseconds however large the index is: the engine never changes a file.
Nothing is durable; whoever makes a backup of it sees to that. Not here: what else belongs to a
moment, see ``runtime.backups.moment``.
"""

import os
from pathlib import Path

from search_service.engines.embedded.storage import generations
from search_service.engines.embedded.storage.generations import CURRENT, name_of, path_of
from search_service.engines.embedded.storage.inspection import current_of
from search_service.engines.embedded.storage.shard_files import (
    link_shard_quickly,
    shard_path,
    shards_of,
)

_LEFT_OUT = (".new", ".lock", ".damaged")


def link_searched(root: Path, target: Path) -> int:
    """The generation that is searched, as of its last commits; its number.

    Nobody may commit, or go on with another generation, meanwhile; segments may be merged. Of an
    entity that is populated it is what was there before. Raises DirectoryRefused, ShardDamaged,
    OSError.
    """
    number = current_of(root)
    source, linked = path_of(root, number), path_of(target, number)
    linked.mkdir(parents=True)
    for entry in sorted(source.iterdir()):
        if entry.is_dir():
            _link_entity(entry, linked / entry.name)
        elif not entry.name.endswith(_LEFT_OUT):
            os.link(entry, linked / entry.name)
    os.link(root / CURRENT, target / CURRENT)
    return number


def _link_entity(source: Path, target: Path) -> None:
    name = name_of(generations.current(source) or 1)
    edition = source / name
    if not edition.is_dir():
        return
    (target / name).mkdir(parents=True)
    for low in shards_of(edition):
        link_shard_quickly(shard_path(edition, low), shard_path(target / name, low))
    if (source / CURRENT).exists():
        os.link(source / CURRENT, target / CURRENT)
