"""The index that a new release needs, built beside a service of the release before.

That service goes on answering and taking changes: it keeps the journal as for a re-index of its
own, and does not know that what is built is not for it. When the new release starts, it searches
what was built, and makes the changes that came meanwhile. Not here: how the generation is built,
see ``search_service.reindex``.
"""

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from search_service.engines.fit import Fit
from search_service.engines.index import Engine
from search_service.errors import DirectoryRefused
from search_service.files import Unreadable, write_checked
from search_service.runtime.checks import building_of, failures_named, refuse_to_take_over
from search_service.runtime.generations import UnfitGenerations
from search_service.runtime.host import holder_of

log = logging.getLogger(__name__)

_READY = "upgrade.json"
"""In a generation that was built for another release than the one that searches."""

OF_CLUSTER = (
    "The index is in a cluster, where services of the release before go on while icat-search "
    "reindex of this one builds every entity; docs/cluster.md says how they are replaced then"
)


def is_needed(engine: Engine) -> bool:
    """Whether what is searched is not what this release needs. Raises DirectoryRefused."""
    generations = engine.generations
    return generations.fit(generations.current()) != engine.fit


@dataclass(frozen=True, slots=True)
class Upgrade:
    """As a re-index asks a ``Host``, but the generation waits for the next start."""

    engine: Engine

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation. Returns its number. Raises CannotReindex, DoesNotFit."""
        generations = self.engine.generations
        refuse_to_take_over(self.engine.root, entities)
        searched = generations.fit(generations.current())
        # The owner is asked for one that fits it: a release before knows no other.
        with failures_named(self.engine.root), holder_of(self.engine) as holder:
            number = holder.begin(entities, searched)
        with failures_named(self.engine.root):
            generations.note_fit(number, fit)
        return number

    def hand_over(self) -> int:
        """Have it searched when this release starts."""
        number = building_of(self.engine).number
        with failures_named(self.engine.root):
            write_checked(self.engine.generations.place(number) / _READY, {"generation": number})
        return 0

    def cancel(self) -> None:
        """Give it up. Raises CannotReindex where there is none."""
        with holder_of(self.engine) as holder:
            holder.cancel()


def finish(engine: Engine) -> bool:
    """Search what an upgrade has built, if what is searched does not fit. Returns whether it is so.

    Raises DirectoryInUse while the service of the release before runs.
    """
    if not _is_ready(engine):
        return False
    with closing(UnfitGenerations(engine)) as held:
        # Nobody had it meanwhile.
        if not _is_ready(engine):
            return False
        number = building_of(engine).number
        held.hand_over()
    log.warning("upgraded: what was built for this release is searched", extra={"is": number})
    return True


def _is_ready(engine: Engine) -> bool:
    generations = engine.generations
    try:
        building = generations.building()
        return (
            building is not None
            and (generations.place(building.number) / _READY).exists()
            and is_needed(engine)
            and generations.fit(building.number) == engine.fit
        )
    except (DirectoryRefused, Unreadable, OSError):
        return False  # the start says why
