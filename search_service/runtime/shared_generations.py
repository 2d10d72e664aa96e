"""Generations of an index that is shared: a command changes them itself, whatever services run.

So a re-index that ended in the middle is gone on with from any machine. Not here: who builds what,
see ``search_service.reindex``; how a generation catches up, see
``search_service.service.indexing.shared.hand_over``.
"""

import logging
from collections.abc import Sequence

from search_service.catalogue.origin import Origin
from search_service.engines.fit import Fit
from search_service.engines.index import Engine
from search_service.engines.shared import SharedIndex
from search_service.errors import CannotBackUp, CannotReindex
from search_service.runtime.backups.moment import OF_CLUSTER
from search_service.runtime.checks import (
    building_of,
    check_fit_of,
    failures_named,
    kept_number,
    refuse_second,
    refuse_to_take_over,
)
from search_service.service.indexing.moment import Moment
from search_service.service.indexing.shared.hand_over import HandOver
from search_service.sources import origin_file

log = logging.getLogger(__name__)

_BUILT_WITH_OTHERS = (
    "Go on with the settings that the re-index was begun with (icat-search reindex --resume), or "
    "give it up by --cancel"
)
_WRITTEN_WITH_OTHERS = (
    "Roll back with the settings that it was written with (--config), and start all services of "
    "this index with them"
)


class SharedGenerations:
    """For several threads and processes: each thing is done in turns of the index."""

    def __init__(self, engine: Engine, index: SharedIndex, hand_over: HandOver) -> None:
        self._engine = engine
        self._root = engine.root
        self._index = index
        self._hand_over = hand_over

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; what changes from now on is kept for it. Returns its number.

        ``fit``: what it will be written with. Raises CannotReindex.
        """
        generations = self._engine.generations
        with failures_named(self._root), self._index.turn() as turn:
            refuse_second(generations)
            if generations.fit(generations.current()) != fit:
                refuse_to_take_over(self._root, entities)
            for entity in turn.state().populations:
                raise CannotReindex(
                    f"{entity} is being populated; wait until it is unlocked, then begin again"
                )
            return turn.begin_generation(entities, fit)

    def hand_over(self) -> int:
        """Make the generation that was built the current one. Returns what it had to catch up with.

        Raises CannotReindex, DoesNotFit, StorageFailed; then it can be tried again.
        """
        generations = self._engine.generations
        with failures_named(self._root):
            number = building_of(self._engine).number
            check_fit_of(generations, number, self._engine.fit, _BUILT_WITH_OTHERS)
            taken = self._hand_over.hand_over(number, fits=self._fits())
        log.info("generation handed over", extra={"generation": number, "operations": taken})
        return taken

    def cancel(self) -> None:
        """Give up the generation that is built. Raises CannotReindex when there is none."""
        number = building_of(self._engine).number
        with self._engine.generations.alone(number), self._index.turn() as turn:
            turn.cancel_generation()
        log.info("re-index given up", extra={"generation": number})

    def roll_back(self, number: int | None = None) -> int:
        """Search an older generation, the last one if none is named. Returns its number.

        It holds what it held when it was replaced. Raises CannotReindex, DoesNotFit.
        """
        with failures_named(self._root):
            wanted = kept_number(self._engine, number)
            generations = self._engine.generations
            check_fit_of(generations, wanted, self._engine.fit, _WRITTEN_WITH_OTHERS)
            self._hand_over.change_generation(wanted, fits=self._fits())
        log.warning("rolled back", extra={"generation": wanted})
        return wanted

    def drop_old(self) -> list[int]:
        """Remove the generations that were searched before. Returns their numbers."""
        with self._index.turn() as turn:
            dropped = list(self._engine.generations.kept())
            for number in dropped:
                turn.drop(number)
        log.info("old generations dropped", extra={"generations": ", ".join(map(str, dropped))})
        return dropped

    def origin(self) -> Origin | None:
        """Which catalogue the documents that are searched come from. Raises StorageFailed."""
        generations = self._engine.generations
        return origin_file.read(generations, generations.current())

    def note_origin(self, origin: Origin) -> None:
        """Record it, where nothing is recorded. Raises StorageFailed."""
        generations = self._engine.generations
        with failures_named(self._root), self._index.turn():
            if self.origin() is None:
                origin_file.write(generations, generations.current(), origin)
        log.info("origin of the documents noted", extra={"source": origin.address})

    def tend(self) -> None:
        """Commands remove what is kept; a setting for it is that of a data directory."""

    def link_moment(self) -> Moment:
        """Raises CannotBackUp: the cluster makes snapshots."""
        raise CannotBackUp(OF_CLUSTER)

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _fits(self) -> bool:
        """Whether what is searched was written as this process would write it."""
        generations = self._engine.generations
        return generations.fit(generations.current()) == self._engine.fit
