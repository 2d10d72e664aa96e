"""What a service holds and does, for people and metrics; of a data directory that is closed too."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from search_service.engines.index import Engine, Generation
from search_service.errors import DirectoryRefused, StorageFailed
from search_service.runtime.generations import JOURNAL
from search_service.runtime.survey import Disk, Found, Survey, disk_of
from search_service.runtime.sync_file import SyncRun
from search_service.service.indexing.last_commit import LastCommit
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.sources import origin_file

log = logging.getLogger(__name__)

PROGRESS = "progress.json"
"""A file of the generation that is built: how far each entity is, written by the command."""


@dataclass(frozen=True)
class ServiceState:
    """What the service holds. Times are seconds since 1970."""

    directory: str
    generation: int
    documents: Mapping[str, int]  # by entity, those that searches see
    shards: Mapping[str, int]
    # Parts that a search goes through one by one, and documents in them that nobody finds.
    segments: Mapping[str, int] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)
    pending_operations: int = 0
    pending_bytes: int = 0
    last_commit: float | None = None  # of an index that had none: when it was made
    locked: Mapping[str, float] = field(default_factory=dict)  # entity → since when
    # Populations that a crash or a stop undid, and that none has followed: entity → when seen.
    interrupted: Mapping[str, str] = field(default_factory=dict)
    # What cannot be searched: entity → which file is damaged, and how to go on.
    damaged: Mapping[str, str] = field(default_factory=dict)
    # Entities whose changes wait in the journal until they are sound again.
    waiting: Sequence[str] = ()
    # Operations that could not be committed, by the file that holds them.
    set_aside: Mapping[str, int] = field(default_factory=dict)
    # The next generation: its number, its state, since when it is built, how far each entity is.
    reindex: Mapping[str, Any] | None = None
    switch_seconds: float | None = None  # that the last one took
    identity: str = ""  # of the data directory
    switches: int = 0  # to another generation, since the service started
    pending_since: float | None = None  # when the oldest pending operation came
    generations: Sequence[Generation] = ()
    disk: Disk | None = None  # that the data directory is on
    followed_until: Mapping[str, float] = field(default_factory=dict)  # by a sync, by entity
    sync_runs: Mapping[str, SyncRun] = field(default_factory=dict)  # the last one, by entity
    # Limits of the system that are too low for the index, each as a sentence.
    limits: Sequence[str] = ()
    # Which catalogue the documents come from: its facilities, and how it was read.
    source: Mapping[str, Any] | None = None


def state_of_closed(engine: Engine) -> ServiceState:
    """What an index holds that no service has open.

    Raises OSError, DirectoryRefused, ShardDamaged, Unreadable.
    """
    index = engine.status()
    shared = None if engine.shared is None else engine.shared.state()
    noted = LastCommit(engine.root).find() if shared is None else shared.last_commit
    populations = {} if shared is None else shared.populations
    found = Survey(engine).found()
    return ServiceState(
        directory=str(engine.root),
        generation=index.generation,
        documents=index.documents,
        shards=index.shards,
        segments=index.segments,
        deleted=index.deleted,
        pending_bytes=_journal_size(engine),
        last_commit=last_commit_of(noted, index.generation, found),
        locked={entity: population.since for entity, population in populations.items()},
        interrupted=index.interrupted,
        damaged=index.damaged,
        set_aside=RefusedOperations(engine.root).files(),
        reindex=reindex_of(engine),
        identity=engine.identity(),
        source=source_of(engine, index.generation),
        generations=found.generations,
        disk=disk_of(engine.root),
        followed_until=found.followed_until,
        sync_runs=found.sync_runs,
    )


def last_commit_of(noted: float | None, generation: int, found: Found) -> float | None:
    """When the last commit ended; where there was none, when the generation was made."""
    made = (each.made for each in found.generations if each.number == generation)
    return next(made, None) if noted is None else noted


def source_of(engine: Engine, generation: int) -> Mapping[str, Any] | None:
    """Without the address, which is nothing for everybody who can reach the service."""
    try:
        found = origin_file.read(engine.generations, generation)
    except StorageFailed as error:
        log.warning("origin of the documents not known", extra={"why": str(error)})
        return None
    return None if found is None else replace(found, address="").as_json()


def reindex_of(engine: Engine, *, switching: bool = False) -> Mapping[str, Any] | None:
    """How far the next generation is; None when there is none.

    ``switching``: whether it is being handed over.
    """
    generations, shared = engine.generations, engine.shared
    try:
        building = generations.building()
    except DirectoryRefused as error:
        return {"state": "switching" if switching else f"damaged: {error}"}
    if building is None:
        return None
    entities: Mapping[str, Any] = {}
    with suppress(FileNotFoundError, ValueError):
        entities = json.loads(generations.file(building.number, PROGRESS).read_bytes())
    is_worked_on = generations.is_worked_on(building.number)
    if not is_worked_on:
        still = {"rate": 0, "seconds_left": None}
        entities = {entity: {**values, **still} for entity, values in entities.items()}
    built = "building" if is_worked_on else "stopped"
    return {
        "generation": building.number,
        "state": "switching" if switching else built,
        "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(building.begun)),
        "entities": entities,
        # It grows until the switch by all that changes.
        "journal_bytes": _journal_size(engine) if shared is None else shared.journal_size(),
    }


def _journal_size(engine: Engine) -> int:
    size = 0
    for path in (engine.root / JOURNAL).glob("*.journal"):
        with suppress(FileNotFoundError):  # committed meanwhile
            size += path.stat().st_size
    return size
