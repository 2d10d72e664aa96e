"""Whether a data directory is what was written, and how to go on when it is not.

A service may run on it. Not here: how the index is compared, see ``Engine.verify``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from search_service.catalogue import lookup
from search_service.engines import index
from search_service.engines.index import Engine
from search_service.errors import DirectoryRefused
from search_service.runtime import sync_file
from search_service.runtime.generations import CARRIED, JOURNAL
from search_service.service.indexing import propagated_states
from search_service.service.indexing.journal import check as journal_check
from search_service.service.searching import releases

_AS_SAID = "as it says; a backup has the file"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged file, and what helps."""

    path: Path
    what: str
    cure: str
    generation: int | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is damaged."""

    files: int
    size: int  # bytes
    damaged: tuple[Damaged, ...]


def verified(engine: Engine) -> Verified:
    """Compare all of it. Raises DirectoryRefused: there is no data directory."""
    compared = list(engine.verify())
    damaged = [
        Damaged(each.path, each.what, _cure(engine, each), each.generation, each.entity)
        for each in compared
        if each.path is not None
    ]
    try:
        engine.generations.current()
    except DirectoryRefused:
        beside = []  # nothing can be said of it
    else:
        beside = list(_beside(engine))
    return Verified(
        sum(each.files for each in compared) + len(beside) + 1,
        sum(each.size for each in compared),
        (*damaged, *(each for each in beside if each is not None)),
    )


def _cure(engine: Engine, found: index.Verified) -> str:
    if found.generation is None:
        return _AS_SAID
    generations = engine.generations
    if found.generation != generations.current():
        return "drop this generation, which is kept and not searched: icat-search generations " + (
            "--drop-old"
        )
    entities = f" --entities {found.entity}" if found.entity else ""
    cures = [f"icat-search reindex{entities}", "restore a backup"]
    if generations.kept():
        cures.insert(0, "icat-search rollback")
    return ", or ".join(cures)


def _beside(engine: Engine) -> Iterator[Damaged | None]:
    """What is beside the index; None: it is sound."""
    generations, root = engine.generations, engine.root
    for number in [generations.current(), *generations.kept()]:
        what = releases.damage(generations, number)
        yield (
            None
            if what is None
            else Damaged(
                generations.file(number, releases.NAME),
                what,
                _cure(engine, index.Verified(number, entity=lookup.rights_entity().name)),
                number,
            )
        )
    what = propagated_states.damage(root / CARRIED)
    yield (
        None
        if what is None
        else Damaged(
            root / CARRIED,
            what,
            "remove it when no service runs: it only spares work, and is made again",
        )
    )
    cure = "restore a backup; or move the journal away, and icat-search sync from the catalogue"
    for path, what in journal_check.damages(root / JOURNAL):
        yield Damaged(path, what, cure)
    yield _sync(root / sync_file.NAME)


def _sync(path: Path) -> Damaged | None:
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        cure = "remove it: the next icat-search sync compares everything"
        return Damaged(path, f"cannot be read ({error})", cure)
    return None
