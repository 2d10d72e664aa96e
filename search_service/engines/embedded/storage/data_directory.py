"""The data directory: who may use it, which generation is current, which edition of an entity.

::

    service.lock                    held by the one service that uses the directory
    current                         number of the current generation, with a checksum
    slices/                         what readers have made of shards, see ``slices.own_directory``
    generations/000001/
        manifest.json               what it was written with
        interrupted.json            populations that did not end, until one does
        Datafile/
            current                 number of the edition that is searched, if not the first
            000001/                 an edition: one directory for each shard, named by lowest id
                00000000000000000000/
            000002/population       an edition that a population fills

A population builds the next edition of its entity beside the current one, and a clear the next
generation; so does a re-index, see ``generations``. Ending it is the replacement of one small file,
so a crash leaves the old or the new. Not here: what is in a shard, see ``shard_files``.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from search_service.engines.embedded.storage import generations, inspection, manifest
from search_service.engines.embedded.storage.generations import name_of
from search_service.engines.embedded.storage.inspection import POPULATION, is_left_over
from search_service.engines.embedded.storage.manifest import Manifest
from search_service.engines.embedded.storage.shard_files import (
    note_made,
    remove_rewrites,
    shard_path,
    shards_of,
)
from search_service.engines.embedded.storage.slices.own_directory import remove_leftovers
from search_service.engines.fit import Fit, check_fit
from search_service.engines.hold import hold_directory
from search_service.engines.id_ranges import DEFAULT_WIDTH, Partition
from search_service.files import (
    NotDurable,
    Unreadable,
    make_directory,
    make_private,
    read_checked,
    remove_tree,
    write_checked,
    write_durably,
)

log = logging.getLogger(__name__)

_INTERRUPTED = "interrupted.json"


class DataDirectory:
    """An opened data directory; no other service can open it until it is closed."""

    def __init__(self, root: Path, lock: TextIO | None) -> None:
        self.root = root
        self.generation = 0
        self.is_new = False  # made by who opened it
        self.manifest = Manifest(Fit(""))
        self.undone: tuple[str, ...] = ()  # entities whose population a crash had interrupted
        self._lock = lock

    @classmethod
    def open(
        cls,
        root: Path,
        fit: Fit,
        *,
        width: int = DEFAULT_WIDTH,
        partitions: Mapping[str, Partition] | None = None,
        create: bool = True,
        tidy: bool = True,
    ) -> "DataDirectory":
        """Open the directory, or make it with ``create``; undo what a crash left unfinished.

        ``width`` and ``partitions`` hold for a generation that is made; another has its own.
        ``tidy``: otherwise the caller does that before it writes. Raises DirectoryInUse,
        DirectoryRefused, DoesNotFit.
        """
        if not create:
            inspection.current_of(root)
        inspection.refuse_foreign(root)
        make_directory(root)
        make_private(root)
        directory = cls(root, hold_directory(root))
        try:
            directory._open(Manifest(fit, width, partitions or {}))
            if tidy:
                directory.tidy()
        except BaseException:
            directory.close()
            raise
        return directory

    @classmethod
    def hold(cls, root: Path) -> "DataDirectory":
        """Take an existing directory as it is, whether it fits or not.

        Raises DirectoryInUse, DirectoryRefused.
        """
        inspection.current_of(root)
        directory = cls(root, hold_directory(root))
        try:
            directory.generation = inspection.inspect(root)
            directory.manifest = manifest.read(directory._path)
        except BaseException:
            directory.close()
            raise
        return directory

    def close(self) -> None:
        """Let another service use the directory."""
        if self._lock is not None:
            self._lock.close()

    # ── generations ────────────────────────────────────────────────────────────────────────────

    def renew(self) -> Path:
        """Make an empty generation the current one. Returns the path of the old, to be removed.

        Raises as ``switch`` does.
        """
        generations.mark_replaced(self.root)
        old = self._path
        content = replace(self.manifest, replaces=self.generation)
        self._start(generations.next_number(self.root), content)
        return old

    def at(self, number: int) -> "DataDirectory":
        """Another generation, to be read, or written while this one holds the lock.

        Raises DirectoryRefused.
        """
        other = DataDirectory(self.root, None)
        other.generation = number
        other.manifest = inspection.inspect_generation(self.root, number)
        return other

    def switch(self, number: int) -> None:
        """Make another generation the current one, in one step; the one until now is kept.

        It takes part in the same journal from now on. Raises OSError: nothing has changed. Raises
        NotDurable: it is the current one, but may not be after a power loss.
        """
        generations.mark_replaced(self.root)
        other = self.at(number)
        wanted = replace(other.manifest, journal=self.journal, replaces=0)
        if wanted != other.manifest:
            wanted.write(other._path)
        self._follow(number, wanted, generations.make_current)

    def _follow(self, number: int, content: Manifest, write: Callable[[Path, int], None]) -> None:
        """What this object says, and what the file ``current`` says, never differ."""
        try:
            write(self.root, number)
        except NotDurable:
            self.generation, self.manifest = number, content
            raise
        self.generation, self.manifest = number, content

    @property
    def journal(self) -> int:
        """Which changes belong to this generation: those of a journal with this number.

        A generation that a re-index made goes on with the journal of the one before it.
        """
        return self.manifest.journal or self.generation

    def _open(self, wanted: Manifest) -> None:
        number = inspection.inspect(self.root)
        if number == 0:
            self._start(1, wanted)
            self.is_new = True
        else:
            self.generation = number
            self.manifest = manifest.read(self._path)
            check_fit(self.root, self.manifest.fit, wanted.fit)

    def tidy(self) -> None:
        """Remove what a crash left; nobody may write yet."""
        generations.tidy(self.root)
        remove_leftovers(self.root)
        self._set_aside_interrupted()
        self._undo_populations()
        self._note_shards()

    def _start(self, number: int, content: Manifest) -> None:
        path = generations.path_of(self.root, number)
        content = replace(content, journal=number)
        if path.exists():
            generations.remove(path)
        make_directory(path)
        content.write(path)
        self._follow(number, content, generations.point_at)

    @property
    def _path(self) -> Path:
        return generations.path_of(self.root, self.generation)

    # ── editions ───────────────────────────────────────────────────────────────────────────────

    def edition(self, entity: str) -> Path:
        """The edition of an entity that is searched; it need not exist."""
        entity_path = self._path / entity
        return entity_path / name_of(generations.current(entity_path) or 1)

    def next_edition(self, entity: str) -> Path:
        """An empty directory for a population."""
        current = self.edition(entity)
        make_directory(current)
        if generations.current(current.parent) == 0:
            # Otherwise nothing would tell the new one from this one, were the file lost later.
            generations.point_at(current.parent, int(current.name))
        last = max(int(path.name) for path in current.parent.iterdir() if path.name.isdigit())
        path = current.with_name(name_of(last + 1))
        make_directory(path)
        write_durably(path / POPULATION, b"")
        return path

    def promote(self, entity: str, edition: Path) -> None:
        """Make an edition the one that is searched: the end of a population, in one step.

        Raises OSError: nothing has changed. Raises NotDurable: it is, but may not be after a power
        loss.
        """
        generations.point_at(self._path / entity, int(edition.name))
        try:
            (edition / POPULATION).unlink(missing_ok=True)
            self._forget_interruption(entity)
        except OSError as error:
            log.warning("note not removed", extra={"entity": entity, "why": str(error)})

    def _undo_populations(self) -> None:
        undone = []
        for entity_path in self._path.iterdir():
            if not entity_path.is_dir():
                continue
            current = self.edition(entity_path.name)
            (current / POPULATION).unlink(missing_ok=True)
            for path in sorted(entity_path.iterdir()):
                if path.name.endswith(generations.REMOVED):
                    remove_tree(path)
                if not path.name.isdigit() or not is_left_over(path, int(current.name)):
                    continue
                if int(path.name) > int(current.name):
                    undone.append(entity_path.name)
                    if not self._note_interruption(entity_path.name):
                        continue  # the next start sees it again
                    log.warning(
                        "population interrupted, the documents from before it are there again",
                        extra={"entity": entity_path.name},
                    )
                generations.remove(path)
        self.undone = tuple(dict.fromkeys(undone))

    def _note_shards(self) -> None:
        """Note those of a version that did not do so; remove what was not finished beside them."""
        for entity_path in self._path.iterdir():
            if not entity_path.is_dir():
                continue
            edition = self.edition(entity_path.name)
            try:
                for low in shards_of(edition):
                    note_made(shard_path(edition, low))
                remove_rewrites(edition)
            except OSError as error:
                log.warning("shards not noted", extra={"path": str(edition), "why": str(error)})

    # ── interrupted populations ────────────────────────────────────────────────────────────────

    def interrupted(self) -> Mapping[str, str]:
        """Populations that a crash undid and that none has followed: entity → when it was seen.

        Raises Unreadable.
        """
        try:
            return read_checked(self._path / _INTERRUPTED)
        except FileNotFoundError:
            return {}

    def _set_aside_interrupted(self) -> None:
        """What is searched does not depend on it, so a note that is damaged ends nothing."""
        path = self._path / _INTERRUPTED
        try:
            self.interrupted()
        except Unreadable as error:
            aside = path.with_name(f"{path.name}.damaged")
            path.replace(aside)
            log.warning(
                "populations may have been interrupted, which are not known any more",
                extra={"why": str(error), "kept": str(aside)},
            )

    def _note_interruption(self, entity: str) -> bool:
        seen = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        try:
            self._write_interrupted({**self.interrupted(), entity: seen})
        except OSError as error:
            # A service starts on a full disk too.
            log.warning("interruption not noted", extra={"entity": entity, "why": str(error)})
            return False
        return True

    def _forget_interruption(self, entity: str) -> None:
        interrupted = self.interrupted()
        if entity in interrupted:
            self._write_interrupted({k: v for k, v in interrupted.items() if k != entity})

    def _write_interrupted(self, interrupted: Mapping[str, str]) -> None:
        write_checked(self._path / _INTERRUPTED, interrupted)
