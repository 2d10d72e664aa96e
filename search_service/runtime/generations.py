"""Generations of an open index: the next one is begun, handed over or given up.

A re-index by the command does the rest, in processes of its own. Not here: what it builds, see
``reindex``; how the command reaches a service that runs, see ``client.generations``; how they are
stored, see ``engines``.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.origin import Origin
from search_service.engines import index
from search_service.engines.fit import Fit, check_fit
from search_service.engines.index import Building, Engine, OpenIndex
from search_service.errors import CannotReindex, StorageFailed
from search_service.files import NotDurable
from search_service.service.indexing.changes import Changes
from search_service.service.indexing.journal.journal import Journal
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.sources import origin_file

log = logging.getLogger(__name__)

JOURNAL = "journal"
CARRIED = "carried.sqlite"
# What to do when a generation was written with other settings, or by another version.
_UNLIKE_THE_SERVICE = (
    "A service runs on it with these: give this command the same (--config); for others end the "
    "service first, then re-index every entity"
)
_BUILT_WITH_OTHERS = (
    "End the service, and go on with the settings that the re-index was begun with "
    "(icat-search reindex --resume), or give it up by --cancel"
)
_ROLLED_BACK_TO_OTHERS = (
    "End the service, roll back with the settings that it was written with, and start the service "
    "with them"
)


class Generations:
    """For several threads; one thing at a time is done."""

    def __init__(self, engine: Engine, index: OpenIndex, changes: Changes) -> None:
        self._engine = engine
        self._root = engine.root
        self._index = index
        self._changes = changes
        self._turn = Lock()
        self.switching = False
        self.switch_seconds: float | None = None  # of the last one
        if engine.generations.building() is None:
            # The journal is held for a generation that a crash has already made the current one.
            changes.release()

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; what changes from now on is kept for it. Returns its number.

        ``fit``: what it will be written with. Raises CannotReindex, DoesNotFit.
        """
        generations = self._engine.generations
        with self._turn, _failures_named(self._root):
            written = generations.fit(self._index.generation)
            check_fit(self._root, written, fit, _UNLIKE_THE_SERVICE)
            _refuse_second(generations)
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
        with self._turn, _failures_named(self._root), self._timed():
            building = _building(self._engine)
            searched = generations.fit(self._index.generation)
            _check_fit(generations, building.number, searched, _BUILT_WITH_OTHERS)
            # Before anything is taken over: what is not committed would not be in it.
            self._changes.commit()
            taken = self._catch_up(building.number)
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
        with self._turn, _failures_named(self._root):
            if self.origin() is None:
                origin_file.write(self._engine.generations, self._index.generation, origin)
        log.info("origin of the documents noted", extra={"source": origin.address})

    def roll_back(self, number: int | None = None) -> int:
        """Search an older generation, the last one if none is named. Returns its number.

        It holds what it held when it was replaced. Raises CannotReindex, DoesNotFit.
        """
        generations = self._engine.generations
        with self._turn, _failures_named(self._root), self._timed():
            wanted = _kept(self._engine, number)
            searched = generations.fit(self._index.generation)
            _check_fit(generations, wanted, searched, _ROLLED_BACK_TO_OTHERS)
            self._changes.change_generation(lambda: self._index.adopt(wanted))
        log.warning("rolled back", extra={"generation": wanted})
        return wanted

    def drop_old(self) -> list[int]:
        """Remove the generations that were searched before. Returns their numbers."""
        with self._turn:
            dropped = _drop_old(self._engine, self._index)
        log.info("old generations dropped", extra={"generations": ", ".join(map(str, dropped))})
        return dropped

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        self.switching = True
        try:
            yield
            self.switch_seconds = time.monotonic() - started
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
        with _failures_named(self._root):
            return self._begin(entities, fit)

    def _begin(self, entities: Sequence[str], fit: Fit) -> int:
        _refuse_second(self._engine.generations)
        if missing := {entity.name for entity in ENTITIES} - set(entities):
            raise CannotReindex(
                f"What {self._root} holds was written with other settings or by another version, "
                f"so {', '.join(sorted(missing))} cannot be taken over; re-index every entity"
            )
        # A service as it was before may be started meanwhile, and take changes.
        self._journal.hold()
        return self._engine.generations.begin(entities, fit)

    def hand_over(self) -> int:
        """As ``Generations`` does, but nothing is caught up with yet."""
        building = _building(self._engine)
        with _failures_named(self._root):
            fit = self._engine.fit
            _check_fit(self._engine.generations, building.number, fit, _BUILT_WITH_OTHERS)
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
        with _failures_named(self._root):
            wanted = _kept(self._engine, number)
            fit = self._engine.fit
            _check_fit(self._engine.generations, wanted, fit, _ROLLED_BACK_TO_OTHERS)
            self._index.adopt(wanted)
        return wanted

    def drop_old(self) -> list[int]:
        """As ``Generations`` does."""
        return _drop_old(self._engine, self._index)

    def close(self) -> None:
        """Let a service have the directory."""
        self._journal.close()
        self._index.close()


@contextmanager
def _failures_named(root: Path) -> Iterator[None]:
    try:
        yield
    except NotDurable as error:
        raise StorageFailed(
            f"{root} is switched to the other generation, but the disk has not confirmed it "
            f"({error}); look whether it is well before a service is started"
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise StorageFailed(
            f"{root} could not be written: {error}; what is searched is as it was. Put that right, "
            "and do the same again"
        ) from error


def _check_fit(generations: index.Generations, number: int, wanted: Fit, cure: str) -> None:
    check_fit(generations.place(number), generations.fit(number), wanted, cure)


def _refuse_second(generations: index.Generations) -> None:
    building = generations.building()
    if building is not None:
        raise CannotReindex(
            f"A re-index of {', '.join(building.ids)} has begun and not ended; go on with it by "
            "--resume, or give it up by --cancel"
        )


def _building(engine: Engine) -> Building:
    building = engine.generations.building()
    if building is None:
        raise CannotReindex(f"No re-index has begun in {engine.root}")
    return building


def _give_up(engine: Engine) -> None:
    number = _building(engine).number
    with engine.generations.alone(number):
        engine.generations.cancel(number)
    log.info("re-index given up", extra={"generation": number})


def _kept(engine: Engine, number: int | None) -> int:
    kept = engine.generations.kept()
    wanted = number or max(kept, default=0)
    if wanted not in kept:
        raise CannotReindex(
            f"Generation {wanted} is none of those kept: {', '.join(map(str, kept))}"
            if kept
            else f"There is no generation to go back to in {engine.root}"
        )
    return wanted


def _drop_old(engine: Engine, index: OpenIndex) -> list[int]:
    dropped = list(engine.generations.kept())
    for number in dropped:
        index.drop(number)
    return dropped
