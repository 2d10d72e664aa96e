"""How many documents and bytes generations have, for people and for plans.

Not here: which generations there are, see ``generations``.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from search_service.engines.embedded.storage.generations import (
    current,
    is_built,
    is_superfluous,
    kept,
    name_of,
    numbers,
    path_of,
)
from search_service.engines.embedded.storage.shard_files import documents
from search_service.engines.index import Generation


def listed(root: Path) -> list[Generation]:
    """Every generation, ascending."""
    return list(_listed(root))


def _listed(root: Path) -> Iterator[Generation]:
    searched, is_kept = current(root), kept(root)
    for number in numbers(root):
        path = path_of(root, number)
        match number:
            case _ if number == searched:
                state = "current"
            case _ if number in is_kept:
                state = "kept"
            case _ if is_superfluous(root, number):
                continue  # about to be removed
            case _ if is_built(root, number):
                state = "building"
            case _:
                state = "unknown"
        made = path / "manifest.json"
        yield Generation(
            number,
            made.stat().st_mtime if made.exists() else path.stat().st_mtime,
            sum(documents(_edition(entity)) for entity in path.iterdir() if entity.is_dir()),
            size_of(path),
            state,
        )


def documents_of(root: Path, number: int, entities: Iterable[str]) -> int:
    """How many documents of these a generation holds, as of the last commit."""
    path = path_of(root, number)
    return sum(documents(_edition(path / name)) for name in entities)


def size_of(place: Path) -> int:
    """The bytes of all files below a directory."""
    files = [Path(at) / name for at, _, names in os.walk(place) for name in names]
    return sum(map(_size, files))


def _edition(entity: Path) -> Path:
    return entity / name_of(current(entity) or 1)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0  # merged away meanwhile
