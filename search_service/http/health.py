"""For those who run the service: whether it lives, is ready, and what it holds and does."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from search_service import __version__, memory
from search_service import metrics as table
from search_service.catalogue.lookup import find_entity
from search_service.errors import EngineUnavailable, SearchTimedOut, ServiceError, TooBusy
from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.refusals import Reason
from search_service.runtime.service import Service
from search_service.runtime.soundness import Undecided
from search_service.runtime.state import ServiceState
from search_service.runtime.sync_file import SyncRun
from search_service.workers.answers import Answer
from search_service.workers.pool import SearchPool
from search_service.workers.queueing.callers import Caller
from search_service.workers.search import Search
from search_service.workers.searching.searcher import READY

# What /status says of each entity of a re-index.
_OF_REINDEX = (
    (table.REINDEX_DOCUMENTS, "documents"),
    (table.REINDEX_EXPECTED, "expected"),
    (table.REINDEX_REJECTED, "rejected"),
    (table.REINDEX_RATE, "rate"),
)
READY_SECONDS = 5.0
_NO_ANSWER = f"no search was answered within {READY_SECONDS:g} seconds"
_PROBE = Caller("health")  # of its own: whose searches wait, it has its turn beside
TEXT = "text/plain; version=0.0.4; charset=utf-8"


router = APIRouter()


class Health(BaseModel):
    """``live`` or ``ready``, otherwise a sentence that says why not."""

    status: str


async def service_of(request: Request) -> Service:
    """The service that a request is made to."""
    service: Service = request.app.state.service
    return service


async def admission_of(request: Request) -> AdmissionControl:
    """What the connections of the server share."""
    admission: AdmissionControl = request.app.state.admission
    return admission


OurService = Annotated[Service, Depends(service_of)]
OurAdmission = Annotated[AdmissionControl, Depends(admission_of)]


@router.get("/health/live")
async def live() -> Health:
    """Whether the service answers at all."""
    return Health(status="live")


@router.get("/health/ready")
async def ready(service: OurService, response: Response) -> Health:
    """Whether searches can be answered: 200, otherwise 503."""
    why = await why_not_ready(service)
    if why is None:
        return Health(status="ready")
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(status=why)


@router.get("/metrics")
async def metrics(service: OurService, admission: OurAdmission) -> Response:
    """Counters, gauges and histograms in the text format of Prometheus."""
    content = await service.shared_metrics.result(lambda: _exposition(service, admission))
    return Response(content, media_type=TEXT)


async def _exposition(service: Service, admission: AdmissionControl) -> bytes:
    _set_pool(service)
    _set_admission(service, admission)
    await _set_memory(service)
    try:
        state = await service.state()
    except EngineUnavailable:
        service.metrics.replace(table.INDEX_AVAILABLE, {(): 0.0})
    else:
        _set_gauges(service, state)
    return service.metrics.exposition()


@router.get("/status")
async def status(service: OurService) -> Response:
    """What the service holds and does, as JSON."""
    return Response(await status_of(service), media_type="application/json")


async def status_of(service: Service) -> bytes:
    """The same, worked out once for all who ask at a time."""
    return await service.shared_status.result(lambda: _status(service))


async def why_not_ready(service: Service) -> str | None:
    """Why searches cannot be answered, as a sentence; None: they can."""
    return await service.readiness.why_not(lambda: _why_not_ready(service))


async def _status(service: Service) -> bytes:
    state = await service.state()
    searches = asdict(service.pool.status())
    del searches["processes"]
    searches["shared"] = asdict(service.answers.counts)
    content = {"version": __version__, **readable(state), "searches": searches}
    return orjson.dumps(content)


async def _why_not_ready(service: Service) -> str | None:
    """Asks for the state of the index, and searches every entity in a worker."""
    pool = service.pool.status()
    if pool.idle + pool.busy == 0:
        return "no search worker is running"
    try:
        await asyncio.wait_for(service.in_thread(service.check), READY_SECONDS)
        answer = await _search_everything(service.pool)
    except TimeoutError:
        return _NO_ANSWER
    except ServiceError as error:
        return error.message
    if answer.status == HTTPStatus.OK:
        return None
    message: str = orjson.loads(answer.body)["message"]
    return message


async def _search_everything(pool: SearchPool) -> Answer:
    """The answer of a worker. Raises TimeoutError, and Undecided where others had all turns.

    A service in an overload is as ready as before: it answers what it can, and were it not asked
    any more, the others would have its part too.
    """
    search: Search | None = None
    try:
        async with asyncio.timeout(READY_SECONDS):
            search = pool.begin((READY, "", b""), b"", _PROBE)
            return await pool.answer_to(search)
    except (TooBusy, SearchTimedOut, TimeoutError) as error:
        has_begun = search is not None and search.has_begun
        if not has_begun and pool.has_answered(READY_SECONDS):
            raise Undecided from error
        raise TimeoutError from error


def readable(state: ServiceState) -> dict[str, Any]:
    """The state with times that people can read, and without entities that hold nothing."""
    return {
        **asdict(state),
        "documents": {entity: count for entity, count in state.documents.items() if count},
        "shards": {entity: count for entity, count in state.shards.items() if count},
        "segments": {entity: count for entity, count in state.segments.items() if count},
        "deleted": {entity: count for entity, count in state.deleted.items() if count},
        "generations": [{**asdict(of), "made": _time(of.made)} for of in state.generations],
        "last_commit": _time(state.last_commit),
        "pending_since": _time(state.pending_since),
        "followed_until": {entity: _time(time) for entity, time in state.followed_until.items()},
        "sync_runs": {
            entity: {**asdict(run), "ended": _time(run.ended.timestamp())}
            for entity, run in state.sync_runs.items()
        },
        "locked": {entity: _time(since) for entity, since in state.locked.items()},
    }


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _set_pool(service: Service) -> None:
    pool = service.pool.status()
    replace = service.metrics.replace
    replace(table.SEARCHES_ENDED, {(): pool.counts.overran})
    replace(table.WORKERS_CRASHED, {(): pool.counts.crashed})
    replace(table.SEARCHES_OUT_OF_MEMORY, {(): pool.counts.out_of_memory})
    replace(table.WORKERS_RENEWED, {(): pool.counts.renewed})
    replace(table.WORKERS, {("idle",): pool.idle, ("busy",): pool.busy})
    cheap = pool.waiting - pool.waiting_expensive
    replace(table.SEARCHES_WAITING, {("cheap",): cheap, ("expensive",): pool.waiting_expensive})
    replace(table.SEARCHES_REFUSED, {(reason,): n for reason, n in pool.refused.items()})
    shared = service.answers.counts
    replace(table.ANSWERS_SHARED, {("joined",): shared.joined, ("kept",): shared.kept})
    replace(table.SEARCHES_ABANDONED, {(): pool.counts.abandoned})


def _set_admission(service: Service, admission: AdmissionControl) -> None:
    replace = service.metrics.replace
    replace(table.CONNECTIONS, {(): len(admission.connections)})
    replace(table.BYTES_IN_FLIGHT, {(): admission.in_flight.total})
    counts = admission.refusals.counts
    # All of them: the first of a reason is no increase where there was nothing before.
    replace(table.REFUSED, {(reason.value,): counts[reason] for reason in Reason})


async def _set_memory(service: Service) -> None:
    """Sizes of processes: each is a small file of the system, of at most a thousand."""
    found = await asyncio.to_thread(_sizes, service.pool.status().processes)
    service.metrics.replace(table.MEMORY, {("front",): found.front, ("workers",): found.workers})
    service.metrics.replace(table.LARGEST_WORKER, {(): found.largest})
    service.metrics.replace(table.MEMORY_SIZE, {(): found.size})


@dataclass(frozen=True, slots=True)
class _Sizes:
    front: int
    workers: int
    largest: int  # of the workers
    size: int  # of the machine


def _sizes(workers: Sequence[int]) -> _Sizes:
    sizes = [memory.resident(worker) for worker in workers]
    return _Sizes(memory.resident(), sum(sizes), max(sizes, default=0), memory.of_machine())


def _set_gauges(service: Service, state: ServiceState) -> None:
    replace = service.metrics.replace
    replace(table.INDEX_AVAILABLE, {(): 1.0})
    replace(table.DOCUMENTS, _by_entity(state.documents))
    replace(table.SHARDS, _by_entity(state.shards))
    replace(table.SEGMENTS, _by_entity(state.segments))
    replace(table.DELETED, _by_entity(state.deleted))
    replace(table.LIMITS, {(): len(state.limits)})
    # One that has no index can be locked by any name.
    replace(table.LOCKED, {(entity,): 1.0 for entity in state.locked if find_entity(entity)})
    replace(table.DAMAGED, {(entity,): 1.0 for entity in state.damaged})
    replace(table.PENDING, {(): state.pending_operations})
    replace(table.PENDING_BYTES, {(): state.pending_bytes})
    replace(table.SET_ASIDE, {(): sum(state.set_aside.values())})
    replace(table.GENERATION, {(): state.generation})
    replace(table.LAST_COMMIT, _if_known(state.last_commit))
    replace(table.PENDING_SINCE, _if_known(state.pending_since))
    replace(table.FOLLOWED_UNTIL, _by_entity(state.followed_until))
    replace(table.SYNCED, {(name,): run.ended.timestamp() for name, run in state.sync_runs.items()})
    replace(table.SYNC_DRIFT, dict(_drift(state.sync_runs)))
    replace(table.DISK_USED, {(str(of.number),): of.size for of in state.generations})
    replace(
        table.ENTITY_DISK_USED,
        {
            (str(of.number), name): size
            for of in state.generations
            for name, size in of.sizes.items()
        },
    )
    replace(table.DISK_SIZE, {} if state.disk is None else {(): state.disk.size})
    replace(table.DISK_FREE, {} if state.disk is None else {(): state.disk.free})
    replace(table.SWITCHES, {(): state.switches})
    replace(table.SWITCH_SECONDS, {(): state.switch_seconds or 0.0})
    _set_reindex(service, state.reindex)


def _set_reindex(service: Service, reindex: Mapping[str, Any] | None) -> None:
    found = reindex or {}
    replace = service.metrics.replace
    replace(table.REINDEX, {(found["state"],): 1.0} if found else {})
    replace(table.REINDEX_JOURNAL, {(): found.get("journal_bytes", 0)})
    for metric, name in _OF_REINDEX:
        of = found.get("entities", {})
        replace(metric, {(entity,): values[name] for entity, values in of.items()})


def _drift(runs: Mapping[str, SyncRun]) -> Iterator[tuple[tuple[str, ...], float]]:
    for entity, run in runs.items():
        yield (entity, "added"), run.added
        yield (entity, "changed"), run.changed
        yield (entity, "deleted"), run.deleted


def _if_known(value: float | None) -> dict[tuple[str, ...], float]:
    return {} if value is None else {(): value}


def _by_entity(counts: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(entity,): count for entity, count in counts.items()}
