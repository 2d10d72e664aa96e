"""Makes a data directory of a backup: compares all of it first, and serves nothing half.

Not here: how the index is compared with its checksums, see ``Engine.verify``.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from search_service.engines.fit import check_fit
from search_service.engines.hold import hold_directory
from search_service.engines.index import Engine
from search_service.errors import CannotBackUp, DirectoryRefused
from search_service.files import (
    is_full,
    make_directory,
    make_private,
    remove_tree,
    sync_directory,
)
from search_service.runtime.backups import series
from search_service.runtime.backups.series import DATA, Note
from search_service.runtime.backups.trees import (
    Brought,
    Unchanging,
    bring,
    looked_at,
    made_durable,
)
from search_service.runtime.verifying import verified

log = logging.getLogger(__name__)

_PREPARED = "restoring"
_REPLACED = "replaced-"
_LAST = "current"  # without it a directory is no data directory yet
_OF_THE_SYSTEM = frozenset({"service.lock", "control.sock", "lost+found", _PREPARED})
_OF_AN_INDEX = frozenset({_LAST, "generations", "journal"})
_CURE = (
    "Restore it by the release and with the settings that wrote it; then `icat-search upgrade` "
    "builds the index that this release needs"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a backup. ``replaced``: where what was there is now."""

    backup: Path
    at: float
    generation: int
    files: int
    size: int  # bytes
    brought: Brought
    replaced: Path | None


def restore(
    engine_of: Callable[[Path], Engine], place: Path, root: Path, *, replace: bool = False
) -> Restored:
    """Make a data directory of a backup, or of the newest in a directory.

    ``engine_of``: the engine of a data directory. ``replace``: what is there is moved aside.
    Raises CannotBackUp, DirectoryInUse, DirectoryRefused, DoesNotFit.
    """
    with _failures_named(root):
        backup = series.found(place)
        note = series.read(backup)
        check_fit(backup, note.fit, engine_of(root).fit, _CURE)
        if root.exists() and (content := _content(root)):
            _refuse_replacing(root, content, replace=replace)
        make_directory(root)
        with closing(hold_directory(root)):
            prepared = root / _PREPARED
            remove_tree(prepared)
            try:
                brought = _prepare(engine_of(prepared), backup, note, prepared)
            except BaseException:
                remove_tree(prepared)
                raise
            replaced = _move_aside(root) if _content(root) else None
            _move_in(prepared, root)
    log.info("backup restored", extra={"backup": str(backup), "generation": note.generation})
    return Restored(backup, note.at, note.generation, len(note.files), note.size, brought, replaced)


def _refuse_replacing(root: Path, content: Sequence[str], *, replace: bool) -> None:
    """Raises CannotBackUp when what is there may not be moved aside."""
    if _OF_AN_INDEX.isdisjoint(content):
        raise CannotBackUp(
            f"{root} is not empty and no data directory: it has {sorted(content)[0]}; name another"
        )
    if not replace:
        raise CannotBackUp(
            f"{root} is not empty: name an empty directory, or have what is there moved aside by "
            "--replace"
        )


def _prepare(engine: Engine, backup: Path, note: Note, target: Path) -> Brought:
    """A data directory that is whole and sound, and durable. Raises CannotBackUp, OSError."""
    data = backup / DATA
    _compare(data, note, engine.is_unchanging, backup)
    brought = bring(data, target, engine.is_unchanging)
    make_private(target)
    made_durable(target, engine.is_unchanging)
    for damaged in verified(engine).damaged:
        where = damaged.path.relative_to(target)
        raise CannotBackUp(
            f"The backup {backup} is damaged: {where} {damaged.what}. Nothing was restored; take "
            "another backup, or build the index anew by icat-search reindex"
        )
    return brought


def _compare(data: Path, note: Note, unchanging: Unchanging, backup: Path) -> None:
    for path, file in note.files.items():
        try:
            same = looked_at(data / path, unchanging) == file
            what = "is another one than was written"
        except FileNotFoundError:
            same, what = False, "is missing"
        if not same:
            raise CannotBackUp(
                f"The backup {backup} is damaged: {path} {what}. Nothing was restored; take "
                "another backup, or build the index anew by icat-search reindex"
            )


def _content(root: Path) -> list[str]:
    """What is in a directory, beside what may be in one where nothing was indexed."""
    if not root.is_dir():
        raise DirectoryRefused(f"{root} is no directory")
    names = [name for name in os.listdir(root) if name not in _OF_THE_SYSTEM]
    # What was moved aside before, when nothing else is there.
    return [name for name in names if not name.startswith(_REPLACED)]


def _move_aside(root: Path) -> Path:
    """First what makes it a data directory: a crash leaves one that no service opens."""
    aside = _directory_of_now(root)
    for entry in sorted(_content(root), key=lambda name: (name != _LAST, name)):
        (root / entry).rename(aside / entry)
        sync_directory(root)
    sync_directory(aside)
    return aside


def _directory_of_now(root: Path) -> Path:
    """A new one; more than one of a second are numbered."""
    name = time.strftime(f"{_REPLACED}%Y-%m-%dT%H%M%SZ", time.gmtime())
    for number in count(1):
        aside = root / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            aside.mkdir()
            break
    return aside


def _move_in(prepared: Path, root: Path) -> None:
    for name in sorted(os.listdir(prepared), key=lambda name: (name == _LAST, name)):
        (prepared / name).rename(root / name)
        sync_directory(root)
    prepared.rmdir()
    sync_directory(root)


@contextmanager
def _failures_named(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = os.fsdecode(error.filename) if error.filename else str(root)
        what = "make room there" if is_full(error) else "put that right"
        raise CannotBackUp(
            f"{where}: {error.strerror or error}, so the backup is not restored; {what}, then do "
            "the same again"
        ) from error
