"""For those who run the service: whether it lives, is ready, and what it holds and does."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from search_service import metrics as table
from search_service.api.answers import Answer, json_answer
from search_service.api.requests import Request
from search_service.api.service import Service

TEXT = b"text/plain; version=0.0.4; charset=utf-8"


async def live(service: Service, request: Request) -> Answer:
    """Whether the service answers at all."""
    return json_answer({"status": "live"})


async def ready(service: Service, request: Request) -> Answer:
    """Whether searches can be answered: 200, otherwise 503."""
    pool = service.pool.status()
    if pool.idle + pool.busy > 0:
        return json_answer({"status": "ready"})
    answer = json_answer({"status": "no search worker is running"})
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, answer.body)


async def status(service: Service, request: Request) -> Answer:
    """What the service holds and does, as JSON."""
    return json_answer(await _status(service))


async def metrics(service: Service, request: Request) -> Answer:
    """Counters, gauges and histograms in the text format of Prometheus."""
    found = await _status(service)
    _set_gauges(service, found)
    return Answer(body=service.metrics.exposition(), content_type=TEXT)


async def _status(service: Service) -> dict[str, Any]:
    changes = await service.in_thread(service.changes.status)
    return {**changes, "searches": asdict(service.pool.status())}


def _set_gauges(service: Service, found: dict[str, Any]) -> None:
    pool = service.pool.status()
    replace = service.metrics.replace
    replace(table.SEARCHES_ENDED, {(): pool.counts.overran})
    replace(table.WORKERS_CRASHED, {(): pool.counts.crashed})
    replace(table.WORKERS, {("idle",): pool.idle, ("busy",): pool.busy})
    replace(table.SEARCHES_WAITING, {(): pool.waiting})
