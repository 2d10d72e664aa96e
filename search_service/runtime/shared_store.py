"""What a service has of an index that others change too: its changes, generations and state.

Nothing of the index is kept here: on this machine are the socket for commands, operations that were
set aside, and copies of small files. Not here: an index that belongs to this process, see
``store``.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from threading import Lock

from analyzers import Units
from search_service.engines.base import View
from search_service.engines.fit import check_fit
from search_service.engines.hold import hold_directory
from search_service.engines.index import Engine
from search_service.engines.shared import SharedIndex
from search_service.errors import DoesNotFit, StorageFailed
from search_service.files import make_directory
from search_service.runtime import state
from search_service.runtime.shared_generations import SharedGenerations
from search_service.runtime.state import ServiceState
from search_service.runtime.survey import Survey, disk_of
from search_service.service.indexing.limits import CommitLimits
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.shared.changes import SharedChanges

log = logging.getLogger(__name__)

_ANOTHER_FIT = (
    "It was built anew with these by another one; start this service again with the same settings "
    "and version"
)


class Switches:
    """Counts switches to another generation, which any service or command may have made."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._generation: int | None = None
        self._count = 0

    def after(self, generation: int) -> int:
        """How many were seen, now that this generation is searched."""
        with self._lock:
            self._count += self._generation not in (None, generation)
            self._generation = generation
            return self._count


class SharedStore:
    """An index that is open here and elsewhere, with its changes."""

    def __init__(self, engine: Engine, index: SharedIndex, limits: CommitLimits) -> None:
        """Nothing is asked of the index yet."""
        self.engine = engine
        self._index = index
        self._set_aside = RefusedOperations(engine.root)
        self._survey = Survey(engine)
        self._switches = Switches()
        self._fitting: int | None = None  # generation
        self._identity = ""
        self._hold = ExitStack()
        self.changes = SharedChanges(
            index,
            Units(engine.config.units),
            refused_operations=self._set_aside,
            facetable=engine.config.facetable,
            limits=limits,
            check_fit=self._check_fit,
        )
        self.generations = SharedGenerations(engine, index, self.changes.hand_over())

    @classmethod
    def open(
        cls,
        engine: Engine,
        index: SharedIndex,
        *,
        limits: CommitLimits,
        create: bool = True,
        serves: bool = False,
    ) -> "SharedStore":
        """Open the index, or make it with ``create``.

        ``serves``: no other service may have the data directory of this one. Raises DoesNotFit,
        DirectoryInUse, DirectoryRefused, EngineRefused, EngineUnavailable.
        """
        store = cls(engine, index, limits)
        try:
            make_directory(engine.root)
            if serves:
                store._hold.enter_context(hold_directory(engine.root))
            if index.open(create=create):
                log.info("index made", extra={"path": str(engine.root)})
        except BaseException:
            store.close()
            raise
        return store

    @property
    def view(self) -> View | None:
        """None: search workers see for themselves what is committed."""
        return None

    def check(self) -> None:
        """Raises EngineUnavailable while nothing can be read or changed.

        Raises StorageFailed when the index was built anew otherwise than this service reads it.
        """
        self._check_fit(self._index.state().generation)

    def look_for_damage(self, goes_on: Callable[[], bool]) -> bool:
        """False: the cluster looks after its files."""
        return False

    def limits(self) -> list[str]:
        """None: nothing of the index is mapped here."""
        return []

    def state(self) -> ServiceState:
        """What the index holds, for people and metrics. Raises EngineUnavailable."""
        found = self._survey.found()
        index, changes = self._index.status(), self.changes.status()
        self._identity = self._identity or self.engine.identity()
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
            set_aside=self._set_aside.files(),
            reindex=state.reindex_of(self.engine),
            switches=self._switches.after(index.generation),
            identity=self._identity,
            source=state.source_of(self.engine, index.generation),
            generations=found.generations,
            disk=disk_of(self.engine.root),
            followed_until=found.followed_until,
            sync_runs=found.sync_runs,
        )

    def close(self) -> None:
        """Let go of the index and of the data directory."""
        try:
            self.changes.close()
        finally:
            self._hold.close()

    def _check_fit(self, generation: int) -> None:
        """Raises StorageFailed where a generation was written otherwise than this service would."""
        if generation == self._fitting:
            return
        try:
            written = self.engine.generations.fit(generation)
            check_fit(self.engine.root, written, self.engine.fit, _ANOTHER_FIT)
        except DoesNotFit as error:
            raise StorageFailed(str(error)) from error
        self._fitting = generation
