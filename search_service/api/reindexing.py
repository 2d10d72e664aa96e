"""Generations of an open data directory: the next one is begun, handed over or given up.

A re-index by the command does the rest, in processes of its own. Not here: what it builds, see
``reindex``; how the command reaches a service that runs, see ``control``.
"""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Lock

from search_service.catalogue.entities import ENTITIES
from search_service.engines.embedded import generations, manifest
from search_service.engines.embedded.directory import DataDirectory
from search_service.engines.embedded.generations import Building, Part
from search_service.engines.embedded.manifest import Fit
from search_service.engines.embedded.taking_over import take_over
from search_service.engines.embedded.writer import EmbeddedWriter
from search_service.errors import CannotReindex
from search_service.files import make_directory, remove_tree
from search_service.service.carried import Carried
from search_service.service.changes import Changes

log = logging.getLogger(__name__)

_CARRIED = "carried.sqlite"
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
        if generations.building(directory.root) is None:
            # Held for a generation that a crash has already made the current one.
            changes.release()

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; what changes from now on is kept for it. Returns its number.

        ``fit``: what it will be written with. Raises CannotReindex, DoesNotFit.
        """
        root = self._directory.root
        with self._turn:
            manifest.check(root, self._directory.manifest.fit, fit)
            found = generations.building(root)
            if found is not None:
                raise CannotReindex(
                    f"A re-index of {', '.join(found.parts)} has begun and not ended; go on with "
                    "it by --resume, or give it up by --cancel"
                )
            self._changes.hold()
            number = generations.next_number(root)
            make_directory(generations.path_of(root, number))
            self._directory.manifest.write(generations.path_of(root, number))
            parts = {entity: Part() for entity in entities}
            generations.note_building(root, Building(number, parts, time.time()))
        log.info("re-index begun", extra={"generation": number, "entities": ", ".join(entities)})
        return number

    def hand_over(self) -> int:
        """Make the generation that was built the current one. Returns what it had to catch up with.

        Raises CannotReindex, DoesNotFit, StorageFailed; then it can be tried again.
        """
        started = time.monotonic()
        with self._turn:
            found = self._building()
            following = self._directory.at(found.number)
            try:
                manifest.check(
                    self._directory.root, following.manifest.fit, self._directory.manifest.fit
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
                "seconds": time.monotonic() - started,
            },
        )
        return taken

    def cancel(self) -> None:
        """Give up the generation that is built. Raises CannotReindex when there is none."""
        with self._turn:
            found = self._building()
            remove_tree(generations.path_of(self._directory.root, found.number))
            self._changes.release()
        log.info("re-index given up", extra={"generation": found.number})

    def roll_back(self, number: int | None = None) -> int:
        """Search an older generation, the last one if none is named. Returns its number.

        It holds what it held when it was replaced. Raises CannotReindex, DoesNotFit.
        """
        root = self._directory.root
        with self._turn:
            kept = generations.kept(root)
            number = number or max(kept, default=0)
            if number not in kept:
                raise CannotReindex(
                    f"There is no generation to go back to in {root}"
                    if not kept
                    else f"Generation {number} is none of those kept: {', '.join(map(str, kept))}"
                )
            following = self._directory.at(number)
            following.close()
            manifest.check(root, following.manifest.fit, self._directory.manifest.fit)
            wanted = number
            self._changes.change_generation(lambda: self._writer.adopt(wanted))
        log.warning("rolled back", extra={"generation": number})
        return number

    def drop_old(self) -> list[int]:
        """Remove the generations that were searched before. Returns their numbers."""
        with self._turn:
            dropped = generations.kept(self._directory.root)
            for number in dropped:
                remove_tree(generations.path_of(self._directory.root, number))
        log.info("old generations dropped", extra={"generations": ", ".join(map(str, dropped))})
        return dropped

    def _building(self) -> Building:
        found = generations.building(self._directory.root)
        if found is None:
            raise CannotReindex(f"No re-index has begun in {self._directory.root}")
        return found

    def _catch_up(self, found: Building, following: DataDirectory) -> int:
        path = generations.path_of(self._directory.root, found.number) / _CARRIED
        writer = self._open_writer(following)
        carried = Carried(path, found.number)

        def switch() -> None:
            writer.close()
            self._writer.adopt(found.number)

        try:
            return self._changes.hand_over(writer, carried, switch)
        except BaseException:
            writer.lose()
            raise
        finally:
            carried.close()
            path.unlink(missing_ok=True)
