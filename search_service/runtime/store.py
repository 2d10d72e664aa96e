"""What the service keeps, put together: the open index, its writer, journal and changes.

Not here: what a directory holds that no service has open, see ``closed``.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from analyzers import Units
from search_service.engines.base import View, Writer
from search_service.engines.index import Engine, OpenIndex
from search_service.runtime import state
from search_service.runtime.backups.moment import remove_left
from search_service.runtime.generations import CARRIED, JOURNAL, Generations
from search_service.runtime.retention import Retention
from search_service.runtime.state import ServiceState
from search_service.runtime.survey import Survey, disk_of
from search_service.service.indexing.changes import Changes
from search_service.service.indexing.journal.journal import Journal, JournalDamaged
from search_service.service.indexing.last_commit import LastCommit
from search_service.service.indexing.limits import CommitLimits
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.steps import operations_in
from search_service.system_limits import Needs, of_this_process, too_low

log = logging.getLogger(__name__)

# A process has 430 maps and a gigabyte of addresses without an index. While it sees other files, as
# after a merge or when shards are dealt anew, it has those from before mapped too.
_MAPS = 1_000
_ADDRESS_SPACE = 4 << 30
_TIMES = 2
_FILES = 256  # connections of a catalogue and of front ends, and what Python has open


class Store:
    """An opened index with its changes."""

    def __init__(
        self,
        engine: Engine,
        index: OpenIndex,
        writer: Writer,
        changes: Changes,
        generations: Generations,
        own_files: int,
    ) -> None:
        self.engine = engine
        self.changes = changes
        self.generations = generations
        self._writer = writer
        self._set_aside = RefusedOperations(engine.root)
        self._survey = Survey(engine)
        self._identity = index.identity()
        self._own_files = own_files
        self._limits: tuple[View, list[str]] | None = None

    @classmethod
    def open(
        cls,
        engine: Engine,
        *,
        sync: bool,
        limits: CommitLimits,
        create: bool = True,
        own_files: int = 0,
        retention: Retention | None = None,
    ) -> "Store":
        """Open the index, or make it with ``create``, and commit what the journal holds.

        ``own_files``: files that the service has open at most, beside connections of callers.
        Raises DoesNotFit, DirectoryInUse, DirectoryRefused, JournalDamaged.
        """
        root, config = engine.root, engine.config
        index = engine.open(create=create)
        try:
            journal = Journal(root / JOURNAL, index.journal, sync=sync, operations_in=operations_in)
            _refuse_without_hold(engine, journal)
            if journal.is_new and not index.is_new:
                log.warning(
                    "there is no journal; changes that were acknowledged and not committed when "
                    "the service ended, if any, are not there",
                    extra={"path": str(root / JOURNAL)},
                )
            # Not before all was looked at: what is refused is left as it is.
            index.tidy()
            remove_left(root)
            writer = index.writer()
            changes = Changes(
                writer,
                journal,
                PropagatedStates(root / CARRIED, index.generation),
                Units(config.units),
                refused_operations=RefusedOperations(root),
                last_commit=LastCommit(root),
                facetable=config.facetable,
                limits=limits,
            )
            changes.replay()
            generations = Generations(engine, index, changes, retention)
        except BaseException:
            index.close()
            raise
        return cls(engine, index, writer, changes, generations, own_files)

    @property
    def view(self) -> View:
        """What searches should read from now on."""
        return self._writer.view

    def check(self) -> None:
        """Searches go on while nothing can be changed."""

    def close(self) -> None:
        """Commit, and let go of the data directory."""
        self.changes.close()

    def look_for_damage(self, goes_on: Callable[[], bool]) -> bool:
        """Compare all that is searched with its checksums; whether any of it is damaged."""
        return self._writer.look_for_damage(goes_on)

    def limits(self) -> list[str]:
        """Limits of the system that are too low for what is searched, each as a sentence."""
        view = self._writer.view
        if self._limits is None or self._limits[0] is not view:
            extent = self.engine.extent(view)
            needs = Needs(
                _TIMES * extent.files + _MAPS,
                self._own_files + _FILES,
                _TIMES * extent.bytes + _ADDRESS_SPACE,
            )
            self._limits = view, too_low(needs, of_this_process())
        return self._limits[1]

    def state(self) -> ServiceState:
        """What it holds, for people and metrics."""
        found = self._survey.found()
        index, changes = self._writer.status(), self.changes.status()
        return ServiceState(
            directory=str(self.engine.root),
            generation=index.generation,
            documents=index.documents,
            shards=index.shards,
            segments=index.segments,
            deleted=index.deleted,
            pending_operations=changes.pending_operations,
            pending_bytes=changes.pending_size,
            last_commit=state.last_commit_of(changes.last_commit, index.generation, found),
            pending_since=changes.pending_since,
            locked=changes.locked,
            interrupted=index.interrupted,
            damaged=index.damaged,
            waiting=sorted(changes.waiting),
            set_aside=self._set_aside.files(),
            reindex=state.reindex_of(self.engine, switching=self.generations.switching),
            switch_seconds=self.generations.switch_seconds,
            switches=self.generations.switches,
            identity=self._identity,
            limits=self.limits(),
            source=state.source_of(self.engine, index.generation),
            generations=found.generations,
            disk=disk_of(self.engine.root),
            followed_until=found.followed_until,
            sync_runs=found.sync_runs,
        )


def _refuse_without_hold(engine: Engine, journal: Journal) -> None:
    """Raises JournalDamaged when what a re-index will need is not kept."""
    building = engine.generations.building()
    if building is not None and not journal.is_held:
        path: Path = engine.generations.place(building.number)
        held = engine.root / JOURNAL / "held"
        raise JournalDamaged(
            f"{held} is missing, which says what came since the re-index began "
            f"that builds {path}. Give that re-index up by moving {path} away, or do as follows",
            engine.root / JOURNAL,
        )
