"""For those who run the service: whether it lives, is ready, and what it holds and does."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from search_service import __version__
from search_service import metrics as table
from search_service.catalogue.lookup import find_entity
from search_service.errors import EngineUnavailable, ServiceError
from search_service.runtime.service import Service
from search_service.runtime.state import ServiceState
from search_service.workers.searching.searcher import READY

# What /status says of each entity of a re-index.
_OF_REINDEX = (
    (table.REINDEX_DOCUMENTS, "documents"),
    (table.REINDEX_EXPECTED, "expected"),
    (table.REINDEX_REJECTED, "rejected"),
    (table.REINDEX_RATE, "rate"),
)
READY_SECONDS = 5.0
TEXT = "text/plain; version=0.0.4; charset=utf-8"


router = APIRouter()


class Health(BaseModel):
    """``live`` or ``ready``, otherwise a sentence that says why not."""

    status: str


async def service_of(request: Request) -> Service:
    """The service that a request is made to."""
    service: Service = request.app.state.service
    return service


OurService = Annotated[Service, Depends(service_of)]


@router.get("/health/live")
async def live() -> Health:
    """Whether the service answers at all."""
    return Health(status="live")


@router.get("/health/ready")
async def ready(service: OurService, response: Response) -> Health:
    """Whether searches can be answered: 200, otherwise 503."""
    why = await service.readiness.why_not(lambda: _why_not_ready(service))
    if why is None:
        return Health(status="ready")
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(status=why)


@router.get("/metrics")
async def metrics(service: OurService) -> Response:
    """Counters, gauges and histograms in the text format of Prometheus."""
    _set_pool(service)
    try:
        state = await service.in_thread(service.state)
    except EngineUnavailable:
        service.metrics.replace(table.INDEX_AVAILABLE, {(): 0.0})
    else:
        _set_gauges(service, state)
    return Response(service.metrics.exposition(), media_type=TEXT)


@router.get("/status")
async def status(service: OurService) -> Response:
    """What the service holds and does, as JSON."""
    state = await service.in_thread(service.state)
    searches = asdict(service.pool.status())
    content = {"version": __version__, **readable(state), "searches": searches}
    return Response(orjson.dumps(content), media_type="application/json")


async def _why_not_ready(service: Service) -> str | None:
    """Asks for the state of the index, and searches every entity in a worker."""
    pool = service.pool.status()
    if pool.idle + pool.busy == 0:
        return "no search worker is running"
    try:
        await asyncio.wait_for(service.in_thread(service.check), READY_SECONDS)
        search = service.pool.ask((READY, "", b""), b"")
        answer = await asyncio.wait_for(search, READY_SECONDS)
    except TimeoutError:
        return f"no search was answered within {READY_SECONDS:g} seconds"
    except ServiceError as error:
        return error.message
    if answer.status == HTTPStatus.OK:
        return None
    message: str = orjson.loads(answer.body)["message"]
    return message


def readable(state: ServiceState) -> dict[str, Any]:
    """The state with times that people can read, and without entities that hold nothing."""
    return {
        **asdict(state),
        "documents": {entity: count for entity, count in state.documents.items() if count},
        "shards": {entity: count for entity, count in state.shards.items() if count},
        "segments": {entity: count for entity, count in state.segments.items() if count},
        "deleted": {entity: count for entity, count in state.deleted.items() if count},
        "last_commit": _time(state.last_commit),
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
    replace(table.WORKERS, {("idle",): pool.idle, ("busy",): pool.busy})
    replace(table.SEARCHES_WAITING, {(): pool.waiting})


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


def _by_entity(counts: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    return {(entity,): count for entity, count in counts.items()}
