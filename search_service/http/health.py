"""For those who run the service: whether it lives, is ready, and what it holds and does.

Not here: how the values of metrics are set, see ``gauges``.
"""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from search_service import __version__
from search_service.errors import SearchTimedOut, ServiceError, TooBusy
from search_service.http.admission.control import AdmissionControl
from search_service.http.gauges import exposition
from search_service.runtime.service import Service
from search_service.runtime.soundness import Undecided
from search_service.runtime.state import ServiceState
from search_service.workers.answers import Answer
from search_service.workers.pool import SearchPool
from search_service.workers.queueing.callers import Caller
from search_service.workers.search import Search
from search_service.workers.searching.searcher import READY

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
    content = await service.shared_metrics.result(lambda: exposition(service, admission))
    return Response(content, media_type=TEXT)


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
