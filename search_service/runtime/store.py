"""What the service keeps, put together: data directory, writer, journal and changes.

Also what a directory holds that no service has open.
"""

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from analyzers import Units
from search_service.catalogue.entities import ENTITIES
from search_service.engines.config import IndexConfig
from search_service.engines.embedded.index.config import codec_of, fit_of
from search_service.engines.embedded.index.encoders import Encoders
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage import identity, origin_file
from search_service.engines.embedded.storage.damage import START_BYTES, damages_of, small_files
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.generations import building, path_of, progress
from search_service.engines.embedded.storage.inspection import current_of
from search_service.engines.embedded.storage.shard_files import documents, shard_path, shards_of
from search_service.engines.embedded.storage.view import View
from search_service.engines.embedded.write.writer import EmbeddedWriter
from search_service.engines.id_ranges import Partition
from search_service.errors import DirectoryRefused, ShardDamaged, StorageFailed
from search_service.runtime.generations import JOURNAL, Generations
from search_service.runtime.service import State
from search_service.service.indexing.changes import Changes, Limits
from search_service.service.indexing.journal import Journal, JournalDamaged
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.steps import operations_in

log = logging.getLogger(__name__)

CARRIED = "carried.sqlite"


class Store:
    """An opened data directory with its changes."""

    def __init__(
        self,
        directory: DataDirectory,
        writer: EmbeddedWriter,
        changes: Changes,
        generations: Generations,
        kept: IndexConfig,
    ) -> None:
        self.changes = changes
        self.generations = generations
        self.kept = kept
        self._directory = directory
        self._writer = writer
        self._set_aside = RefusedOperations(directory.root)
        self._identity = identity.read_or_make(directory.root)

    @classmethod
    def open(
        cls,
        root: Path,
        kept: IndexConfig,
        *,
        width: int,
        ranges: Mapping[str, Partition],
        sync: bool,
        limits: Limits,
        writer_memory: int,
        open_writers: int,
        create: bool = True,
    ) -> "Store":
        """Open it, or make it with ``create``, and commit what its journal holds."""
        directory = DataDirectory.open(
            root, fit_of(kept), width=width, ranges=ranges, create=create, tidy=False
        )

        def open_writer(of: DataDirectory) -> EmbeddedWriter:
            codec = codec_of(kept)
            return EmbeddedWriter(
                of,
                codec,
                [entity.name for entity in ENTITIES],
                lambda view: EmbeddedReader(kept.facetable, kept.separators, view),
                memory=writer_memory,
                open_writers=open_writers,
                encoders=Encoders(codec, max(1, len(os.sched_getaffinity(0)) // 2)),
            )

        try:
            journal = Journal(
                root / JOURNAL, directory.journal, sync=sync, operations_in=operations_in
            )
            _refuse_without_hold(root, journal)
            if journal.is_new and not directory.is_new:
                log.warning(
                    "there is no journal; changes that were acknowledged and not committed when "
                    "the service ended, if any, are not there",
                    extra={"path": str(root / JOURNAL)},
                )
            # Not before all was looked at: what is refused is left as it is.
            directory.tidy()
            writer = open_writer(directory)
            changes = Changes(
                writer,
                journal,
                PropagatedStates(root / CARRIED, directory.generation),
                Units(kept.units),
                refused_operations=RefusedOperations(root),
                facetable=kept.facetable,
                limits=limits,
            )
            changes.replay()
            generations = Generations(directory, writer, changes, open_writer)
        except BaseException:
            directory.close()
            raise
        return cls(directory, writer, changes, generations, kept)

    @property
    def view(self) -> View:
        """What searches should read from now on."""
        return self._writer.view

    def look_for_damage(self, goes_on: Callable[[], bool]) -> bool:
        """Compare all that is searched with its checksums; whether any of it is damaged."""
        return self._writer.look_for_damage(goes_on)

    def state(self) -> State:
        """What it holds, for people and metrics."""
        written, changes = self._writer.status(), self.changes.status()
        return State(
            directory=str(self._directory.root),
            generation=written.generation,
            documents=written.documents,
            shards=written.shards,
            pending_operations=changes.pending_operations,
            pending_bytes=changes.pending_size,
            last_commit=changes.last_commit,
            locked=changes.locked,
            interrupted=written.interrupted,
            damaged=written.damaged,
            waiting=sorted(changes.waiting),
            set_aside=self._set_aside.files(),
            reindex=self._reindex(),
            switch_seconds=self.generations.switch_seconds,
            identity=self._identity,
            source=_source(self._directory.root, written.generation),
        )

    def _reindex(self) -> Mapping[str, Any] | None:
        found = _reindex(self._directory.root)
        if found is None or not self.generations.switching:
            return found
        return {**found, "state": "switching"}


def _refuse_without_hold(root: Path, journal: Journal) -> None:
    """Raises JournalDamaged when what a re-index will need is not kept."""
    found = building(root)
    if found is not None and not journal.is_held:
        path = path_of(root, found.number)
        raise JournalDamaged(
            f"{root / JOURNAL / 'held'} is missing, which says what came since the re-index began "
            f"that builds {path}. Give that re-index up by moving {path} away, or do as follows",
            root / JOURNAL,
        )


def state_of_closed(root: Path) -> State:
    """What a directory holds that no service has open.

    Raises OSError, DirectoryRefused, ShardDamaged, Unreadable.
    """
    directory = DataDirectory(root, None).at(current_of(root))
    editions = {entity.name: directory.edition(entity.name) for entity in ENTITIES}
    shards = {name: shards_of(edition) for name, edition in editions.items()}
    begun = {
        name: "when the service ended"
        for name, edition in editions.items()
        if any(other.name > edition.name for other in _siblings(edition))
    }
    return State(
        directory=str(root),
        generation=directory.generation,
        documents={name: documents(editions[name]) for name in shards},
        shards={name: len(lows) for name, lows in shards.items()},
        pending_bytes=_journal_size(root),
        interrupted={**directory.interrupted(), **begun},
        damaged=_damaged(editions),
        set_aside=RefusedOperations(root).files(),
        reindex=_reindex(root),
        identity=identity.read(root),
        source=_source(root, directory.generation),
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


def _source(root: Path, generation: int) -> Mapping[str, Any] | None:
    """Without the address, which is nothing for everybody who can reach the service."""
    try:
        found = origin_file.read(path_of(root, generation))
    except StorageFailed as error:
        log.warning("origin of the documents not known", extra={"why": str(error)})
        return None
    return None if found is None else replace(found, address="").as_json()


def _reindex(root: Path) -> Mapping[str, Any] | None:
    try:
        found = progress(root)
    except DirectoryRefused as error:
        return {"state": f"damaged: {error}"}
    # It grows until the switch by all that changes.
    return None if found is None else {**found, "journal_bytes": _journal_size(root)}


def _journal_size(root: Path) -> int:
    size = 0
    for path in (root / JOURNAL).glob("*.journal"):
        with suppress(FileNotFoundError):  # committed meanwhile
            size += path.stat().st_size
    return size


def _siblings(edition: Path) -> list[Path]:
    if not edition.parent.is_dir():
        return []
    return [path for path in edition.parent.iterdir() if path.is_dir()]
