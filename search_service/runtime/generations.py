"""Generations of an open index: the next one is begun, handed over or given up.

A re-index by the command does the rest, in processes of its own. Not here: what it builds, see
``reindex``; how the command reaches a service that runs, see ``client.generations``; how they are
stored, see ``engines``.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock

from search_service.catalogue.origin import Origin
from search_service.engines.fit import Fit, check_fit
from search_service.engines.index import Engine, OpenIndex
from search_service.errors import CannotReindex, EndsCommand
from search_service.runtime.backups.moment import link_moment
from search_service.runtime.checks import (
    BUILT_WITH_OTHERS,
    ROLLED_BACK_TO_OTHERS,
    UNLIKE_THE_SERVICE,
    building_of,
    check_fit_of,
    failures_named,
    kept_number,
    refuse_second,
    refuse_to_take_over,
)
from search_service.runtime.retention import Retention
from search_service.service.indexing.changes import Changes
from search_service.service.indexing.journal.journal import Journal
from search_service.service.indexing.moment import Moment
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.sources import origin_file

log = logging.getLogger(__name__)

JOURNAL = "journal"
CARRIED = "carried.sqlite"
_LOOK_SECONDS = 3_600.0


class Generations:
    """For several threads; one thing at a time is done."""

    def __init__(
        self,
        engine: Engine,
        index: OpenIndex,
        changes: Changes,
        retention: Retention | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock``: tells when, ``monotonic`` how long ago, both in seconds."""
        self._retention = retention or Retention()
        self._clock = clock
        self._monotonic = monotonic
        self._looked: float | None = None
        self._engine = engine
        self._root = engine.root
        self._index = index
        self._changes = changes
        self._turn = Lock()
        self.switching = False
        self.switch_seconds: float | None = None  # of the last one
        self.switches = 0
        if engine.generations.building() is None:
            # The journal is held for a generation that a crash has already made the current one.
            changes.release()

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; what changes from now on is kept for it. Returns its number.

        ``fit``: what it will be written with. Raises CannotReindex, DoesNotFit.
        """
        generations = self._engine.generations
        with self._turn, failures_named(self._root):
            written = generations.fit(self._index.generation)
            check_fit(self._root, written, fit, UNLIKE_THE_SERVICE)
            refuse_second(generations)
            self._changes.hold()
            try:
                return generations.begin(entities, fit)
            except BaseException:
                self._changes.release()
                raise

    def hand_over(self) -> int:
        """Make the generation that was built the current one. Returns what it had to catch up with.

        Raises CannotReindex, DoesNotFit, StorageFailed; then it can be tried again.
        """
        generations = self._engine.generations
        with self._turn, failures_named(self._root), self._timed():
            building = building_of(self._engine)
            searched = generations.fit(self._index.generation)
            check_fit_of(generations, building.number, searched, BUILT_WITH_OTHERS)
            # Before anything is taken over: what is not committed would not be in it.
            self._changes.commit()
            taken = self._catch_up(building.number)
            self._drop_expired()
        log.info(
            "generation handed over",
            extra={
                "generation": building.number,
                "operations": taken,
                "seconds": self.switch_seconds,
            },
        )
        return taken

    def cancel(self) -> None:
        """Give up the generation that is built. Raises CannotReindex when there is none."""
        with self._turn:
            _give_up(self._engine)
            self._changes.release()

    def origin(self) -> Origin | None:
        """Which catalogue the documents that are searched come from. Raises StorageFailed."""
        return origin_file.read(self._engine.generations, self._index.generation)

    def note_origin(self, origin: Origin) -> None:
        """Record it, where nothing is recorded. Raises StorageFailed."""
        with self._turn, failures_named(self._root):
            if self.origin() is None:
                origin_file.write(self._engine.generations, self._index.generation, origin)
        log.info("origin of the documents noted", extra={"source": origin.address})

    def roll_back(self, number: int | None = None) -> int:
        """Search an older generation, the last one if none is named. Returns its number.

        It holds what it held when it was replaced. Raises CannotReindex, DoesNotFit.
        """
        generations = self._engine.generations
        with self._turn, failures_named(self._root), self._timed():
            wanted = kept_number(self._engine, number)
            searched = generations.fit(self._index.generation)
            check_fit_of(generations, wanted, searched, ROLLED_BACK_TO_OTHERS)
            self._changes.change_generation(lambda: self._index.adopt(wanted))
            self._drop_expired()
        log.warning("rolled back", extra={"generation": wanted})
        return wanted

    def drop_old(self) -> list[int]:
        """Remove the generations that were searched before. Returns their numbers."""
        with self._turn:
            dropped = _drop_old(self._engine, self._index)
        log.info("old generations dropped", extra={"generations": ", ".join(map(str, dropped))})
        return dropped

    def tend(self) -> None:
        """Remove generations that are kept no longer, and that at most once an hour."""
        now = self._monotonic()
        if self._looked is not None and now - self._looked < _LOOK_SECONDS:
            return
        # Who waits here commits nothing meanwhile, and a hand-over takes minutes.
        if self._turn.acquire(blocking=False):
            try:
                self._looked = now
                self._drop_expired()
            finally:
                self._turn.release()

    def _drop_expired(self) -> None:
        try:
            kept = self._engine.generations.kept()
            since = {number: self._index.kept_since(number) for number in kept}
            dropped = self._retention.expired(since, self._clock())
            for number in dropped:
                self._index.drop(number)
        except (OSError, EndsCommand) as error:
            log.warning("old generations not removed", extra={"why": str(error)})
            return
        if dropped:
            numbers = ", ".join(map(str, dropped))
            log.info("old generations dropped", extra={"generations": numbers})

    def link_moment(self) -> Moment:
        """Link what is searched and acknowledged now, for a backup. Raises StorageFailed."""
        with self._turn, failures_named(self._root):
            return link_moment(self._engine, JOURNAL, self._changes.at_rest)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        self.switching = True
        try:
            yield
            self.switch_seconds = time.monotonic() - started
            self.switches += 1
        finally:
            self.switching = False

    def _catch_up(self, number: int) -> int:
        writer = self._index.following(number)
        path = self._engine.generations.place(number) / CARRIED

        def switch() -> None:
            writer.close()
            self._index.adopt(number)

        try:
            with closing(PropagatedStates(path, number)) as propagated_states:
                return self._changes.hand_over(writer, propagated_states, switch)
        except BaseException:
            writer.lose()
            raise
        finally:
            with suppress(OSError):  # it is of no use, and does no harm
                path.unlink()


class UnfitGenerations:
    """Those of an index that a service with these settings, or of this version, cannot open.

    The next generation is built whole. What the journal holds is replayed at the next start.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._root = engine.root
        self._index = engine.hold()
        self._journal = Journal(self._root / JOURNAL, self._index.journal)

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """As ``Generations`` does."""
        with failures_named(self._root):
            return self._begin(entities, fit)

    def _begin(self, entities: Sequence[str], fit: Fit) -> int:
        refuse_second(self._engine.generations)
        refuse_to_take_over(self._root, entities)
        # A service as it was before may be started meanwhile, and take changes.
        self._journal.hold()
        return self._engine.generations.begin(entities, fit)

    def hand_over(self) -> int:
        """As ``Generations`` does, but nothing is caught up with yet."""
        building = building_of(self._engine)
        with failures_named(self._root):
            fit = self._engine.fit
            check_fit_of(self._engine.generations, building.number, fit, BUILT_WITH_OTHERS)
            if not self._journal.is_held:
                raise CannotReindex(
                    f"{self._root / JOURNAL / 'held'} is missing, which says what came since the "
                    "re-index began; restore it from a backup, or give the re-index up by "
                    "icat-search reindex --cancel, and begin again"
                )
            self._journal.uncommit()
            self._index.adopt(building.number)
            self._journal.release()
        return 0

    def cancel(self) -> None:
        """As ``Generations`` does."""
        _give_up(self._engine)
        self._journal.release()

    def roll_back(self, number: int | None = None) -> int:
        """As ``Generations`` does: back to one that fits."""
        with failures_named(self._root):
            wanted = kept_number(self._engine, number)
            fit = self._engine.fit
            check_fit_of(self._engine.generations, wanted, fit, ROLLED_BACK_TO_OTHERS)
            self._index.adopt(wanted)
        return wanted

    def drop_old(self) -> list[int]:
        """As ``Generations`` does."""
        return _drop_old(self._engine, self._index)

    def link_moment(self) -> Moment:
        """As ``Generations`` does: nobody changes anything meanwhile."""

        def at_rest(copied_journal: Path, link: Callable[[], object]) -> float:
            moment = time.time()
            self._journal.copy(copied_journal)
            link()
            return moment

        with failures_named(self._root):
            return link_moment(self._engine, JOURNAL, at_rest)

    def close(self) -> None:
        """Let a service have the directory."""
        self._journal.close()
        self._index.close()


def _give_up(engine: Engine) -> None:
    number = building_of(engine).number
    with engine.generations.alone(number):
        engine.generations.cancel(number)
    log.info("re-index given up", extra={"generation": number})


def _drop_old(engine: Engine, index: OpenIndex) -> list[int]:
    dropped = list(engine.generations.kept())
    for number in dropped:
        index.drop(number)
    return dropped
