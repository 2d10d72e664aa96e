"""What is around every operation: who may call, which one it is, what becomes of an error.

Also what is counted and logged of it. The operations of the contract and for front ends are found
and answered here, the others by the routers behind: those are asked seldom, and FastAPI takes 100
to 300 µs of a request (``docs/decisions/0017-fastapi-behind-the-gate.md``).
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect

from search_service import metrics
from search_service.catalogue.lookup import find_entity
from search_service.errors import (
    MethodNotAllowed,
    NotImplementedHere,
    ServiceError,
    Unexpected,
)
from search_service.http.access import Access
from search_service.http.control import BASE as CONTROL
from search_service.http.control import OWNER
from search_service.http.requests import CallerLeft, Receive, Request
from search_service.http.routes import BASE, V1, Operation, Routes
from search_service.logs import LONGEST
from search_service.runtime.service import Service
from search_service.workers.answers import Answer, refusal

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

DESCRIPTION = ("/openapi.json", "/docs", "/docs/oauth2-redirect")
# What the service could not do is an error of it, what it had no time for a warning.
_LEVELS: Mapping[int, int] = {
    HTTPStatus.INTERNAL_SERVER_ERROR: logging.ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE: logging.WARNING,
    HTTPStatus.GATEWAY_TIMEOUT: logging.WARNING,
}


class Gate:
    """Around every request but those for the description."""

    def __init__(self, app: App, access: Access, front_ends: Access) -> None:
        """``app``: the routers behind the gate. What they raise is answered here.

        ``access``: to the operations of the contract; ``front_ends``: to those under `/v1`.
        """
        self._app = app
        self._access = {BASE: access, V1: front_ends}
        self._routes = Routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in DESCRIPTION:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        service: Service = scope["app"].state.service
        request = Request(scope, receive, largest_body=service.limits.body)
        operation: Operation | None = None
        try:
            if scope["path"].startswith((BASE, V1)):
                if OWNER not in scope:
                    self._check(scope)
                operation, request.entity = self._routes.find(scope["method"], scope["path"])
                answer: Answer = await operation.handle(service, request)
                await _send(answer, send)
            else:
                answer = await self._ask_routers(scope, receive, send)
                operation = _routed(scope)
        except (CallerLeft, ClientDisconnect):
            log.info("caller left", extra={"method": scope["method"], "path": scope["path"]})
            return
        except ServiceError as error:
            answer = refusal(error)
            if not isinstance(error, NotImplementedHere | MethodNotAllowed):
                operation = operation or _routed(scope)
            await _send(answer, send)
        except Exception:
            log.exception(
                "request failed", extra={"method": scope["method"], "path": scope["path"]}
            )
            answer = refusal(Unexpected())
            operation = operation or _routed(scope)
            await _send(answer, send)
        _record(service, scope, request, operation, answer, time.perf_counter() - started)

    async def _ask_routers(self, scope: Scope, receive: Receive, send: Send) -> Answer:
        """Have the routers answer; what they sent, without its body."""
        if scope["path"].startswith(CONTROL) and OWNER not in scope:
            raise NotImplementedHere(scope["path"])
        status = 0

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self._app(scope, receive, watched)
        return Answer(status)

    def _check(self, scope: Scope) -> None:
        for base, access in self._access.items():
            if scope["path"].startswith(base):
                client = scope["client"]
                access.check(client[0] if client else "an unknown address")


def _routed(scope: Scope) -> Operation | None:
    """The operation that the routers found."""
    endpoint = scope.get("endpoint")
    return Operation(scope["method"], scope["path"], endpoint) if endpoint else None


async def _send(answer: Answer, send: Send) -> None:
    headers = [(b"content-length", str(len(answer.body)).encode()), *answer.headers]
    if answer.body:
        headers.append((b"content-type", answer.content_type))
    elif answer.status == 204:
        del headers[0]  # has no length, by RFC 9110
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _record(
    service: Service,
    scope: Scope,
    request: Request,
    operation: Operation | None,
    answer: Answer,
    seconds: float,
) -> None:
    """Count the request, and log it."""
    name = operation.name if operation else "none"
    facts = answer.facts
    known = find_entity(str(facts.get("entity", request.entity)))
    entity = known.name if known else ""  # a caller cannot make labels
    service.metrics.count(metrics.REQUESTS, name, entity, str(int(answer.status)))
    service.metrics.observe(metrics.REQUEST_SECONDS, seconds, name)
    match facts.get("search_seconds"):
        case float() as in_worker:
            service.metrics.observe(metrics.SEARCH_SECONDS, in_worker, name, entity)
    match facts.get("hits"):
        case int() as hits:
            service.metrics.observe(metrics.HITS_RETURNED, hits, entity)
    values = {
        "method": scope["method"],
        "path": scope["path"],
        "status": int(answer.status),
        "ms": round(seconds * 1000, 3),
        **facts,
    }
    if "error" in facts:
        values["client"] = scope["client"][0] if scope["client"] else "unknown"
    if operation is None or operation.path.startswith((BASE, V1)):
        log.log(_LEVELS.get(answer.status, logging.INFO), "request", extra=values)
    if operation is None or not operation.searches:
        return
    if 0 < service.limits.slow_search < seconds and (request.received or request.query_string):
        query = {"params": request.query_string, "query": request.received[: 4 * LONGEST]}
        shown = {key: value.decode(errors="replace") for key, value in query.items()}
        log.warning("slow search", extra={**values, **shown})
