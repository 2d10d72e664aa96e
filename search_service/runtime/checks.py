"""What must hold before a generation is begun, handed over or searched again, with any engine."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from search_service.catalogue.entities import ENTITIES
from search_service.engines import index
from search_service.engines.fit import Fit, check_fit
from search_service.engines.index import Building, Engine
from search_service.errors import CannotReindex, StorageFailed
from search_service.files import NotDurable

# What to do when a generation was written with other settings, or by another version.
UNLIKE_THE_SERVICE = (
    "A service runs on it with these: give this command the same (--config); for others end the "
    "service first, then re-index every entity"
)
BUILT_WITH_OTHERS = (
    "End the service, and go on with the settings that the re-index was begun with "
    "(icat-search reindex --resume), or give it up by --cancel"
)
ROLLED_BACK_TO_OTHERS = (
    "End the service, roll back with the settings that it was written with, and start the service "
    "with them"
)


@contextmanager
def failures_named(root: Path) -> Iterator[None]:
    """What could not be written is a StorageFailed that says how to go on."""
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


def check_fit_of(generations: index.Generations, number: int, wanted: Fit, cure: str) -> None:
    """Raises DoesNotFit where a generation was written with something else."""
    check_fit(generations.place(number), generations.fit(number), wanted, cure)


def refuse_second(generations: index.Generations) -> None:
    """Raises CannotReindex where a generation is built already."""
    building = generations.building()
    if building is not None:
        raise CannotReindex(
            f"A re-index of {', '.join(building.ids)} has begun and not ended; go on with it by "
            "--resume, or give it up by --cancel"
        )


def building_of(engine: Engine) -> Building:
    """The generation that is built. Raises CannotReindex where there is none."""
    building = engine.generations.building()
    if building is None:
        raise CannotReindex(f"No re-index has begun in {engine.root}")
    return building


def refuse_to_take_over(root: Path, entities: Iterable[str]) -> None:
    """Raises CannotReindex where entities of an index that does not fit are not built anew."""
    if missing := {entity.name for entity in ENTITIES} - set(entities):
        raise CannotReindex(
            f"What {root} holds was written with other settings or by another version, "
            f"so {', '.join(sorted(missing))} cannot be taken over; re-index every entity"
        )


def kept_number(engine: Engine, number: int | None) -> int:
    """The number of a generation that is kept, of the last one if none is named.

    Raises CannotReindex where there is none.
    """
    kept = engine.generations.kept()
    wanted = number or max(kept, default=0)
    if wanted not in kept:
        raise CannotReindex(
            f"Generation {wanted} is none of those kept: {', '.join(map(str, kept))}"
            if kept
            else f"There is no generation to go back to in {engine.root}"
        )
    return wanted
