"""Generations of an open data directory: the next one is begun, handed over or given up.

A re-index by the command does the rest, in processes of its own. Not here: what it builds, see
``reindex``; how the command reaches a service that runs, see ``client.generations``.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.origin import Origin
from search_service.engines.embedded.storage import generations, origin_file
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.generations import Building
from search_service.engines.embedded.storage.link_shards import take_over
from search_service.engines.embedded.storage.manifest import Manifest
from search_service.engines.embedded.write.writer import EmbeddedWriter
from search_service.engines.fit import Fit, check_fit
from search_service.engines.id_ranges import IdRange
from search_service.errors import CannotReindex, StorageFailed
from search_service.files import NotDurable, make_directory
from search_service.service.indexing.changes import Changes
from search_service.service.indexing.journal import Journal
from search_service.service.indexing.propagated_states import PropagatedStates

log = logging.getLogger(__name__)

JOURNAL = "journal"
_CARRIED = "carried.sqlite"
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
OpenWriter = Callable[[DataDirectory], EmbeddedWriter]


class Generations:
    """For several threads; one thing at a time is done."""

    def __init__(
        self,
        directory: DataDirectory,
        writer: EmbeddedWriter,
        changes: Changes,
        open_writer: OpenWriter,
    ) -> None:
        """``open_writer`` opens one for another generation."""
        self._directory = directory
        self._writer = writer
        self._changes = changes
        self._open_writer = open_writer
        self._turn = Lock()
        self.switching = False
        self.switch_seconds: float | None = None  # of the last one
        if generations.building(directory.root) is None:
            # Held for a generation that a crash has already made the current one.
            changes.release()

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; what changes from now on is kept for it. Returns its number.

        ``fit``: what it will be written with. Raises CannotReindex, DoesNotFit.
        """
        root = self._directory.root
        with self._turn, _failures_named(root):
            check_fit(root, self._directory.manifest.fit, fit, _UNLIKE_THE_SERVICE)
            _refuse_second(root)
            self._changes.hold()
            try:
                return _begun(root, entities, self._directory.manifest)
            except BaseException:
                self._changes.release()
                raise

    def hand_over(self) -> int:
        """Make the generation that was built the current one. Returns what it had to catch up with.

        Raises CannotReindex, DoesNotFit, StorageFailed; then it can be tried again.
        """
        with self._turn, _failures_named(self._directory.root), self._timed():
            found = _building(self._directory.root)
            following = self._directory.at(found.number)
            try:
                check_fit(
                    generations.path_of(self._directory.root, found.number),
                    following.manifest.fit,
                    self._directory.manifest.fit,
                    _BUILT_WITH_OTHERS,
                )
                # Before anything is taken over: what is not committed would not be in it.
                self._changes.commit()
                for entity in ENTITIES:
                    take_over(self._directory, following, entity.name, found.parts.get(entity.name))
                taken = self._catch_up(found, following)
            finally:
                following.close()
        log.info(
            "generation handed over",
            extra={
                "generation": found.number,
                "operations": taken,
                "seconds": self.switch_seconds,
            },
        )
        return taken

    def cancel(self) -> None:
        """Give up the generation that is built. Raises CannotReindex when there is none."""
        with self._turn:
            _give_up(self._directory.root)
            self._changes.release()

    def origin(self) -> Origin | None:
        """Which catalogue the documents that are searched come from. Raises StorageFailed."""
        return origin_file.read(self._current)

    def note_origin(self, origin: Origin) -> None:
        """Record it, where nothing is recorded. Raises StorageFailed."""
        with self._turn, _failures_named(self._directory.root):
            if origin_file.read(self._current) is None:
                origin_file.write(self._current, origin)
        log.info("origin of the documents noted", extra={"source": origin.address})

    @property
    def _current(self) -> Path:
        return generations.path_of(self._directory.root, self._directory.generation)

    def roll_back(self, number: int | None = None) -> int:
        """Search an older generation, the last one if none is named. Returns its number.

        It holds what it held when it was replaced. Raises CannotReindex, DoesNotFit.
        """
        root = self._directory.root
        with self._turn, _failures_named(root), self._timed():
            wanted = _kept(root, number)
            following = self._directory.at(wanted)
            check_fit(
                generations.path_of(root, wanted),
                following.manifest.fit,
                self._directory.manifest.fit,
                _ROLLED_BACK_TO_OTHERS,
            )
            self._changes.change_generation(lambda: self._writer.adopt(wanted))
        log.warning("rolled back", extra={"generation": wanted})
        return wanted

    def drop_old(self) -> list[int]:
        """Remove the generations that were searched before. Returns their numbers."""
        with self._turn:
            dropped = generations.kept(self._directory.root)
            for number in dropped:
                self._writer.throw_away(generations.drop(self._directory.root, number))
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

    def _catch_up(self, found: Building, following: DataDirectory) -> int:
        path = generations.path_of(self._directory.root, found.number) / _CARRIED
        try:
            with closing(PropagatedStates(path, found.number)) as propagated_states:
                writer = self._open_writer(following)

                def switch() -> None:
                    writer.close()
                    self._writer.adopt(found.number)

                try:
                    return self._changes.hand_over(writer, propagated_states, switch)
                except BaseException:
                    writer.lose()
                    raise
        finally:
            with suppress(OSError):  # it is of no use, and does no harm
                path.unlink()


class UnfitGenerations:
    """Those of a directory that a service with these settings, or of this version, cannot open.

    The next generation is built whole. What the journal holds is replayed at the next start.
    """

    def __init__(self, root: Path, fit: Fit) -> None:
        self._root = root
        self._fit = fit
        self._directory = DataDirectory.hold(root)
        self._journal = Journal(root / JOURNAL, self._directory.journal)

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """As ``Generations`` does."""
        with _failures_named(self._root):
            return self._begin(entities, fit)

    def _begin(self, entities: Sequence[str], fit: Fit) -> int:
        _refuse_second(self._root)
        if missing := {entity.name for entity in ENTITIES} - set(entities):
            raise CannotReindex(
                f"What {self._root} holds was written with other settings or by another version, "
                f"so {', '.join(sorted(missing))} cannot be taken over; re-index every entity"
            )
        # A service as it was before may be started meanwhile, and take changes.
        self._journal.hold()
        return _begun(self._root, entities, replace(self._directory.manifest, fit=fit))

    def hand_over(self) -> int:
        """As ``Generations`` does, but nothing is caught up with yet."""
        found = _building(self._root)
        with _failures_named(self._root):
            following = self._directory.at(found.number)
            path = generations.path_of(self._root, found.number)
            check_fit(path, following.manifest.fit, self._fit, _BUILT_WITH_OTHERS)
            self._journal.uncommit()
            self._directory.switch(found.number)
            self._journal.release()
        return 0

    def cancel(self) -> None:
        """As ``Generations`` does."""
        _give_up(self._root)
        self._journal.release()

    def roll_back(self, number: int | None = None) -> int:
        """As ``Generations`` does: back to one that fits."""
        with _failures_named(self._root):
            wanted = _kept(self._root, number)
            following = self._directory.at(wanted)
            path = generations.path_of(self._root, wanted)
            check_fit(path, following.manifest.fit, self._fit, _ROLLED_BACK_TO_OTHERS)
            self._directory.switch(wanted)
        return wanted

    def drop_old(self) -> list[int]:
        """As ``Generations`` does."""
        dropped = generations.kept(self._root)
        for number in dropped:
            generations.remove(generations.drop(self._root, number))
        return dropped

    def close(self) -> None:
        """Let a service have the directory."""
        self._journal.close()
        self._directory.close()


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


def _refuse_second(root: Path) -> None:
    found = generations.building(root)
    if found is not None:
        raise CannotReindex(
            f"A re-index of {', '.join(found.parts)} has begun and not ended; go on with it by "
            "--resume, or give it up by --cancel"
        )


def _begun(root: Path, entities: Sequence[str], content: Manifest) -> int:
    number = generations.next_number(root)
    path = generations.path_of(root, number)
    make_directory(path)
    replace(content, replaces=0).write(path)
    parts = {entity: IdRange() for entity in entities}
    generations.note_building(root, Building(number, parts, time.time()))
    log.info("re-index begun", extra={"generation": number, "entities": ", ".join(entities)})
    return number


def _building(root: Path) -> Building:
    found = generations.building(root)
    if found is None:
        raise CannotReindex(f"No re-index has begun in {root}")
    return found


def _give_up(root: Path) -> None:
    found = _building(root)
    with generations.alone(root, found.number):
        generations.give_up(root, found.number)
    log.info("re-index given up", extra={"generation": found.number})


def _kept(root: Path, number: int | None) -> int:
    kept = generations.kept(root)
    wanted = number or max(kept, default=0)
    if wanted not in kept:
        raise CannotReindex(
            f"Generation {wanted} is none of those kept: {', '.join(map(str, kept))}"
            if kept
            else f"There is no generation to go back to in {root}"
        )
    return wanted
