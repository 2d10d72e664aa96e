"""The whole of a re-index: begin, plan, build, hand over; it can be stopped and gone on with.

Not here: who owns the data directory and what handing over means, see ``runtime.generations``.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from search_service.catalogue.document_limits import DocumentLimits
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.origin import Origin
from search_service.engines.fit import Fit, check_fit
from search_service.engines.id_ranges import IdRange, Partition
from search_service.engines.index import Building, Engine, Generations
from search_service.errors import CannotReindex, StorageFailed
from search_service.files import is_full
from search_service.reindex import disk_full
from search_service.reindex.crew import Crew
from search_service.reindex.plan import LEAST_DOCUMENTS, Piece, Plan, plan, plan_part
from search_service.reindex.progress import Line, Progress
from search_service.reindex.release_dates import keep_releases
from search_service.reindex.retry import with_retries
from search_service.reindex.state import NAME as STATE
from search_service.reindex.state import REJECTS, Reject, RunState, opened, write_rejects
from search_service.reindex.worker import PAUSES, At, Durable, Job, OpenSource
from search_service.runtime import sync_file
from search_service.runtime.state import PROGRESS
from search_service.sources import origin_file
from search_service.sources.base import Source
from search_service.sources.same_catalogue import refuse_another

log = logging.getLogger(__name__)

PUBLISH_SECONDS = 5.0
"""Another machine that goes on with a re-index reads at most so much, and a commit, again."""
_SHOW_SECONDS = 1.0
_AS_THE_REST = (
    "Read the same in the same way (--source, --zone and the settings), or re-index every entity"
)
_AS_IT_WAS_BEGUN = (
    "Go on with the source that it was begun with, or give it up by --cancel and begin again"
)
_AS_BEGUN = (
    "Go on with the settings that the re-index was begun with (--config), or give it up by "
    "--cancel and begin again"
)

Show = Callable[[Sequence[Line]], None]


class Host(Protocol):
    """Who owns the data directory: a running service, or the command itself."""

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; returns its number."""
        ...

    def hand_over(self) -> int:
        """Make it the current one; returns how many operations it caught up with."""
        ...


@dataclass(frozen=True)
class ReindexOptions:
    """What is to be built, and with what. ``widths`` are those of entities that have their own."""

    entities: Sequence[str]
    ids: IdRange = field(default_factory=IdRange)
    resume: bool = False
    workers: int = 1
    width: int = 50_000_000
    widths: Mapping[str, int] = field(default_factory=dict)
    memory: int = 50_000_000  # bytes of a worker's builder
    least: int = LEAST_DOCUMENTS  # documents of a shard that is worth cutting off
    commit_seconds: float = 60.0
    pauses: Sequence[float] = PAUSES
    json_logs: bool = False
    limits: DocumentLimits = field(default_factory=DocumentLimits)
    origin: Origin = field(default_factory=Origin)  # as far as options and settings say it
    named: bool = False  # whether entities were named, or the settings say which


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, for the end."""

    generation: int
    documents: Mapping[str, int]
    seconds: float  # of this run, without those before it
    built: int  # documents, in this run
    size: int  # bytes, of the entities that were built
    caught_up: int  # operations
    rejected: int
    rejects: Path


@dataclass
class SoFar:
    """Where a run of the command began; a source that is lost and found does not begin it anew."""

    started: float
    documents: int | None = None  # that were built by runs before


def reindex(
    host: Host, engine: Engine, open_source: OpenSource, wanted: ReindexOptions, show: Show
) -> Report:
    """Build the next generation and hand it over. Raises CannotReindex, SourceFailed."""
    rejects: list[Reject] = []
    begun: Building | None = None
    so_far = SoFar(time.monotonic())

    def run(source: Source) -> Report:
        nonlocal begun
        # Not before there is a source: an address that is wrong should leave nothing behind.
        begun = begun or _begun(host, engine, wanted, source.origin(wanted.origin))
        return _run(host, engine, open_source, wanted, show, begun, source, rejects, so_far)

    def reject(entity: str, id_: int | None, reason: str) -> None:
        rejects.append(Reject(entity, id_, reason))

    # This connection stays open to the end: what it knows of a file, others take from it.
    try:
        return with_retries(open_source, reject, run, wanted.pauses)
    except (OSError, sqlite3.Error) as error:
        if begun is not None and is_full(error):
            raise disk_full.full(engine, begun.number, str(error)) from error
        raise CannotReindex(
            f"{engine.root} could not be read or written: {error}; what is searched is as it was"
        ) from error


def _run(
    host: Host,
    engine: Engine,
    open_source: OpenSource,
    wanted: ReindexOptions,
    show: Show,
    building: Building,
    source: Source,
    rejects: Sequence[Reject],
    so_far: "SoFar",
) -> Report:
    generations = engine.generations
    place = generations.place(building.number)
    job = Job(
        open_source,
        engine,
        building.number,
        wanted.memory,
        wanted.commit_seconds,
        wanted.pauses,
        wanted.json_logs,
        wanted.limits,
    )
    with generations.alone(building.number), opened(generations, building.number) as state:
        _note_origin(generations, building, wanted, source.origin(wanted.origin))
        if not state.is_planned:
            _refuse_built(generations, building)
            building = _plan(generations, building, source, wanted, state)
        if so_far.documents is None:
            so_far.documents = sum(checkpoint.documents for checkpoint in state.checkpoints())
        _build(job, wanted.workers, state, show)
        generations.complete(building.number)
        keep_releases(generations, building, source)
        state.reject(rejects)
        documents = _documents(state, building)
        rejected = write_rejects(state, generations, building.number)
        state.publish()
        sync_file.take_over(engine, building.number)
        caught_up = host.hand_over()
    return Report(
        generation=building.number,
        documents=documents,
        seconds=time.monotonic() - so_far.started,
        built=sum(documents.values()) - so_far.documents,
        size=generations.size(building.number, building.ids),
        caught_up=caught_up,
        rejected=rejected,
        rejects=place / REJECTS,
    )


def _begun(host: Host, engine: Engine, wanted: ReindexOptions, origin: Origin) -> Building:
    generations = engine.generations
    if not wanted.resume:
        searched = generations.current()
        if generations.documents(searched, _taken_over(wanted)):
            refuse_another(
                f"What {engine.root} holds",
                origin_file.read(generations, searched),
                origin,
                all_entities=not wanted.named,
                cure=_AS_THE_REST,
            )
        if wanted.ids != IdRange() and generations.fit(searched) != engine.fit:
            raise CannotReindex(
                f"What {engine.root} holds was written with other settings or by another version, "
                "so a part of it cannot be built anew; re-index without --min-id and --max-id"
            )
        host.begin(wanted.entities, engine.fit)
    building = generations.building()
    if building is None:
        raise CannotReindex(
            f"There is no re-index to go on with in {engine.root}; generation "
            f"{generations.current()} is searched"
        )
    number = building.number
    check_fit(generations.place(number), generations.fit(number), engine.fit, _AS_BEGUN)
    return building


def _taken_over(wanted: ReindexOptions) -> list[str]:
    """The entities of which documents stay as they are."""
    every = [entity.name for entity in ENTITIES]
    return every if wanted.ids != IdRange() else [e for e in every if e not in wanted.entities]


def _note_origin(
    generations: Generations, building: Building, wanted: ReindexOptions, origin: Origin
) -> None:
    """Record where the generation comes from. Raises AnotherCatalogue when it was another source.

    What is taken over comes from where it came from.
    """
    recorded = origin_file.read(generations, building.number)
    if recorded is not None:
        refuse_another(
            "The re-index", recorded, origin, all_entities=not wanted.named, cure=_AS_IT_WAS_BEGUN
        )
        return
    searched = generations.current()
    before = origin_file.read(generations, searched)
    if before is not None and generations.documents(searched, _taken_over(wanted)):
        origin = origin.completed_by(before, left_out=wanted.named)
    origin_file.write(generations, building.number, origin)


def _plan(
    generations: Generations,
    building: Building,
    source: Source,
    wanted: ReindexOptions,
    state: RunState,
) -> Building:
    searched = generations.current()
    before = {entity.name: generations.partition(searched, entity.name) for entity in ENTITIES}
    plans = [_planned(source, entity, before[entity], wanted) for entity in building.ids]
    ids = {plan.entity: plan.ids for plan in plans}
    building = Building(building.number, ids, building.begun)
    partitions = {**before, **{plan.entity: plan.partition for plan in plans}}
    generations.note_plan(building, partitions, wanted.width)
    state.plan([piece for plan in plans for piece in plan.pieces])
    state.publish()  # without it nobody could go on with what is built from here on
    log.info(
        "re-index planned",
        extra={plan.entity: f"{len(plan.pieces)} shards" for plan in plans if plan.pieces},
    )
    return building


def _refuse_built(generations: Generations, building: Building) -> None:
    """Without the plan by which shards were built, others would be built beside them."""
    if generations.is_begun(building.number, building.ids):
        place = generations.place(building.number)
        raise CannotReindex(
            f"{place / STATE} is missing, which says what was built in {place}; restore it from a "
            "backup, or give the re-index up by --cancel and begin anew"
        )


def _planned(source: Source, entity: str, before: Partition, wanted: ReindexOptions) -> Plan:
    if wanted.ids != IdRange():
        return plan_part(source, entity, before, wanted.ids)
    width = wanted.widths.get(entity, wanted.width)
    return plan(source, entity, width, wanted.workers, least=wanted.least)


def _build(job: Job, workers: int, state: RunState, show: Show) -> None:
    generations = job.engine.generations
    place = generations.place(job.generation)
    progress = Progress()
    progress.begin(state.checkpoints(), state.rejected())

    def note(piece: Piece, message: At | Durable) -> None:
        match message:
            case At(documents):
                progress.note(piece, documents)
            case Durable(after, documents, rejects, done):
                state.advance(piece, after, documents, rejects, done=done)
                progress.note(piece, documents, rejected=len(rejects), done=done)

    shown = published = 0.0

    def tick() -> None:
        nonlocal shown, published
        now = time.monotonic()
        if now - shown < _SHOW_SECONDS:
            return
        shown = now
        progress.write(place)
        show(progress.lines())
        if now - published >= PUBLISH_SECONDS:
            published = now
            try:
                state.publish()
                generations.publish(job.generation, PROGRESS)
            except (OSError, StorageFailed) as error:
                log.warning("progress not published, it is tried again", extra={"why": str(error)})

    try:
        Crew(job, workers, note, tick).run(state.checkpoints())
    except BaseException:
        # The disk may be full, and a service needs what room there is.
        disk_full.give_back(job.engine, job.generation, state.checkpoints())
        raise
    progress.write(place)
    show(progress.lines())


def _documents(state: RunState, building: Building) -> Mapping[str, int]:
    documents = dict.fromkeys(building.ids, 0)
    for checkpoint in state.checkpoints():
        documents[checkpoint.piece.entity] += checkpoint.documents
    return documents
