"""Whether a data directory is what was written, and how to go on when it is not.

A service may run on it. Not here: how the index is looked at, see
``engines.embedded.storage.verify``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from search_service.engines.embedded.storage import generations
from search_service.engines.embedded.storage.generations import CURRENT
from search_service.engines.embedded.storage.verify import Looked, refusal, verify
from search_service.files import Unreadable
from search_service.runtime.generations import JOURNAL
from search_service.service.indexing import journal_check, propagated_states
from search_service.service.searching import releases

CARRIED = "carried.sqlite"
SYNC = "sync.json"
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


def verified(root: Path) -> Verified:
    """Look at all of it. Raises DirectoryRefused: there is no data directory."""
    refused = refusal(root)
    if refused is not None and not (root / CURRENT).exists() and not generations.numbers(root):
        raise refused
    damaged = [Damaged(root, f"is refused by a service: {refused}", _AS_SAID)] if refused else []
    try:
        is_there = generations.path_of(root, generations.current(root)).is_dir()
    except Unreadable:
        is_there = False
    if not is_there:
        return Verified(1, 0, tuple(damaged))
    looked = list(verify(root))
    damaged += [
        Damaged(each.path, each.what, _cure(root, each), each.generation, each.entity)
        for each in looked
        if each.path is not None
    ]
    beside = list(_beside(root))
    return Verified(
        sum(each.files for each in looked) + len(beside) + 1,
        sum(each.size for each in looked),
        (*damaged, *(each for each in beside if each is not None)),
    )


def _cure(root: Path, looked: Looked) -> str:
    is_searched = looked.generation == generations.current(root)
    if not is_searched:
        return "drop this generation, which is kept and not searched: icat-search generations " + (
            "--drop-old"
        )
    entities = f" --entities {looked.entity}" if looked.entity else ""
    cures = [f"icat-search reindex{entities}", "restore a backup"]
    if generations.kept(root):
        cures.insert(0, "icat-search rollback")
    return ", or ".join(cures)


def _beside(root: Path) -> Iterator[Damaged | None]:
    """What is beside the shards; None: it is sound."""
    for number in [generations.current(root), *generations.kept(root)]:
        place = generations.path_of(root, number)
        what = releases.damage(place)
        yield (
            None
            if what is None
            else Damaged(
                place / releases.NAME,
                what,
                _cure(root, Looked(number, entity="Investigation")),
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
    yield _sync(root / SYNC)


def _sync(path: Path) -> Damaged | None:
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        cure = "remove it: the next icat-search sync compares everything"
        return Damaged(path, f"cannot be read ({error})", cure)
    return None
