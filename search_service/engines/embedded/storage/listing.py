"""How many documents and bytes generations have, for people and for plans.

Not here: which generations there are, see ``generations``.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

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


class _File(NamedTuple):
    entity: str  # empty for small files of the generation itself
    inode: int  # what links to it have in common
    size: int


def listed(root: Path) -> list[Generation]:
    """Every generation, ascending."""
    return list(_listed(root))


def _listed(root: Path) -> Iterator[Generation]:
    searched, is_kept = current(root), kept(root)
    holders = Counter(file.inode for number in numbers(root) for file in _files(root, number))
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
        made, files = path / "manifest.json", _files(root, number)
        yield Generation(
            number,
            made.stat().st_mtime if made.exists() else path.stat().st_mtime,
            sum(documents(_edition(entity)) for entity in path.iterdir() if entity.is_dir()),
            sum(file.size for file in files),
            state,
            sum(file.size for file in files if holders[file.inode] == 1),
            _by_entity(files),
        )


def documents_of(root: Path, number: int, entities: Iterable[str]) -> int:
    """How many documents of these a generation holds, as of the last commit."""
    path = path_of(root, number)
    return sum(documents(_edition(path / name)) for name in entities)


def size_of(place: Path) -> int:
    """The bytes of all files below a directory."""
    files = [Path(at) / name for at, _, names in os.walk(place) for name in names]
    return sum(map(_size, files))


def _files(root: Path, number: int) -> set[_File]:
    """The files of a generation; one that has several links there is one."""
    place = path_of(root, number)
    found = set()
    for at, _, names in os.walk(place):
        entity = next(iter(Path(at).relative_to(place).parts), "")
        for name in names:
            with suppress(FileNotFoundError):  # merged away meanwhile
                file = (Path(at) / name).stat()
                found.add(_File(entity, file.st_ino, file.st_size))
    return found


def _by_entity(files: Iterable[_File]) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for file in files:
        if file.entity:
            sizes[file.entity] += file.size
    return dict(sizes)


def _edition(entity: Path) -> Path:
    return entity / name_of(current(entity) or 1)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0  # merged away meanwhile
