"""What is around every operation: who may call, which one it is, what becomes of an error.

The operations of the contract and for front ends are found and answered here, the others by the
routers behind: those are asked seldom, and FastAPI takes 100 to 300 µs of a request
(``docs/decisions/0017-fastapi-behind-the-gate.md``). Not here: what is counted and logged of a
request, see ``records``; searches that are refused in an overload, see ``load_shedding``.
"""

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect

from search_service.errors import MethodNotAllowed, NotImplementedHere, ServiceError, Unexpected
from search_service.http import paths
from search_service.http.admission.control import AdmissionControl, Scope
from search_service.http.control import BASE as CONTROL
from search_service.http.control import OWNER
from search_service.http.guard import Guard, RequestCheck
from search_service.http.headers import completed, headers_of
from search_service.http.pages import rendering
from search_service.http.records import Records
from search_service.http.requests import ADDRESS, CallerLeft, Receive, Request
from search_service.http.routes import BASE, V1, Operation, Routes, group_of
from search_service.http.search_records import Answered
from search_service.request_context import CURRENT
from search_service.runtime.service import Service
from search_service.workers.answers import Answer, refusal

log = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """Around every request."""

    def __init__(
        self, app: App, guard: Guard, admission: AdmissionControl, records: Records
    ) -> None:
        """``app``: the routers behind the gate. What they raise is answered here."""
        self._app = app
        self._guard = guard
        self._in_flight = admission.in_flight
        self._records = records
        self._routes = Routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        service: Service = scope["app"].state.service
        request_check = self._guard.check_of(scope)
        CURRENT.set(request_check.context)
        send = _with_headers(send, request_check, scope["path"])
        request = Request(scope, receive, address=request_check.address)
        operation: Operation | None = None
        try:
            if (allowed := request_check.preflight()) is not None:
                answer = Answer(HTTPStatus.NO_CONTENT, headers=allowed)
                await _send(answer, send)
            elif scope["path"].startswith((BASE, V1)):
                operation, request.entity = self._find(scope, request_check)
                if OWNER not in scope:
                    request.begin(self._in_flight)
                answer = await operation.handle(service, request)
                await _send(answer, send)
            else:
                if OWNER not in scope:
                    request_check.authorize(paths.group_of(scope["path"]))
                scope[ADDRESS] = request_check.address
                answer = await self._ask_routers(scope, receive, send)
                operation = _routed(scope)
        except (CallerLeft, ClientDisconnect):
            operation = operation or _routed(scope)
            seconds = time.perf_counter() - started
            self._records.caller_left(_answered(scope, request, started), operation, seconds)
            return
        except ServiceError as error:
            answer = refusal(error)
            if answer.status == HTTPStatus.UNAUTHORIZED and scope["path"] in paths.PAGES:
                answer = replace(answer, headers=(*answer.headers, *request_check.challenge()))
            # It leads to what its request held, and that may lead to it: so nothing would be freed
            # before all objects are looked through, and in an overload there are hundreds a second.
            error.__traceback__ = None
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
        finally:
            request.end()
        seconds = time.perf_counter() - started
        self._records.add(service, _answered(scope, request, started), operation, answer, seconds)

    def _find(self, scope: Scope, request_check: RequestCheck) -> tuple[Operation, str]:
        """The operation of the contract or for front ends, and its entity, if it may be called."""
        path = scope["path"]
        try:
            found = self._routes.find(scope["method"], path)
        except ServiceError:
            if OWNER not in scope:
                request_check.authorize(group_of(path))
            raise
        if OWNER not in scope:
            request_check.authorize(found[0].group)
        return found

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


def _with_headers(send: Send, request_check: RequestCheck, path: str) -> Send:
    """Sends an answer with what browsers have to be told."""
    added = request_check.headers_of_answer()
    if path in paths.PAGES:
        added = (*added, *rendering.HEADERS)

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": completed(message["headers"], added)}
        await send(message)

    return sending


def _routed(scope: Scope) -> Operation | None:
    """The operation that the routers found."""
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return None
    return Operation(scope["method"], scope["path"], endpoint, paths.group_of(scope["path"]))


async def _send(answer: Answer, send: Send) -> None:
    headers = headers_of(answer)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _answered(scope: Scope, request: Request, began: float) -> Answered:
    return Answered(scope, request.address, request.entity, request.received, began)
