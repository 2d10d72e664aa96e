"""Makes a backup of a data directory, beside those that were made before.

On the file system of the data directory it is made of links; elsewhere of copies, but for what an
earlier backup there has. Not here: what is of one moment, see ``moment``.
"""

import errno
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from search_service.engines.index import Engine
from search_service.errors import CannotBackUp
from search_service.files import is_full, make_directory, remove_tree, sync_directory
from search_service.runtime.backups import moment, series
from search_service.runtime.backups.series import DATA, UNFINISHED, Note
from search_service.runtime.backups.trees import Brought, bring, made_durable, unchanging_in
from search_service.runtime.backups.turns import alone
from search_service.service.indexing.moment import Moment

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup. ``size``: its bytes, of which it shares some with other files of the disk."""

    place: Path
    at: float
    generation: int
    files: int
    size: int
    copied: Brought
    removed: tuple[Path, ...]


def back_up(
    engine: Engine,
    link_moment: Callable[[], Moment],
    directory: Path,
    *,
    whole: bool = False,
    keep: int = 0,
) -> Made:
    """Make a backup in a directory of backups. Raises CannotBackUp, StorageFailed.

    ``link_moment``: of who has the data directory. ``whole``: nothing is shared with earlier
    backups. ``keep``: older ones beyond so many are removed afterwards; 0: none.
    """
    root = engine.root
    _refuse_inside(root, directory)
    with _failures_named(directory):
        make_directory(directory)
        with alone(directory / moment.LOCK), alone(root / moment.LOCK):
            for left in directory.glob(f"*{UNFINISHED}"):
                remove_tree(left)
            try:
                made = _made(engine, link_moment(), directory, whole=whole)
            finally:
                remove_tree(root / moment.NAME)
            removed = tuple(series.ended(directory)[:-keep]) if keep else ()
            for old in removed:
                _remove(old)
    place, note, copied = made
    return Made(place, note.at, note.generation, len(note.files), note.size, copied, removed)


def _made(
    engine: Engine, linked: Moment, directory: Path, *, whole: bool
) -> tuple[Path, Note, Brought]:
    place = series.place_of(directory, linked.at)
    unfinished = place.with_name(place.name + UNFINISHED)
    source, data = engine.root / moment.NAME, unfinished / DATA
    try:
        unfinished.mkdir()
        before = [] if whole else series.ended(directory)[-1:]
        earlier = unchanging_in(before[0] / DATA, engine.is_unchanging) if before else {}
        copied = None if whole else _moved(source, data)
        if copied is None:
            copied = bring(source, data, engine.is_unchanging, earlier=earlier, link=not whole)
        files = made_durable(data, engine.is_unchanging)
        fit = engine.generations.fit(linked.generation)
        note = Note(linked.at, linked.generation, fit, files)
        note.write(unfinished)
        unfinished.rename(place)
        sync_directory(directory)
    except BaseException:
        remove_tree(unfinished)
        raise
    return place, note, copied


def _moved(source: Path, target: Path) -> Brought | None:
    """All of the links at once; None: that is on another file system."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return None
    sizes = [path.stat() for path in target.rglob("*") if path.is_file()]
    shared = [found.st_size for found in sizes if found.st_nlink > 1]
    own = [found.st_size for found in sizes if found.st_nlink == 1]
    return Brought(len(own), sum(own), len(shared), sum(shared))


def _remove(backup: Path) -> None:
    """First it is none any more."""
    gone = backup.with_name(backup.name + UNFINISHED)
    backup.rename(gone)
    sync_directory(backup.parent)
    remove_tree(gone)
    log.info("backup removed", extra={"path": str(backup)})


def _refuse_inside(root: Path, directory: Path) -> None:
    if directory.resolve().is_relative_to(root.resolve()):
        raise CannotBackUp(
            f"{directory} is in the data directory {root}, and would be lost with it; name a "
            "directory elsewhere, best on another disk"
        )


@contextmanager
def _failures_named(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = os.fsdecode(error.filename) if error.filename else str(directory)
        what = "make room there, or remove old backups" if is_full(error) else "put that right"
        raise CannotBackUp(
            f"{where}: {error.strerror or error}, so there is no new backup, and those before are "
            f"as they were; {what}, then do the same again"
        ) from error
