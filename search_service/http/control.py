"""The operations for the owner of the data directory, and the socket that they come by.

A socket in that directory, for its owner alone, speaks HTTP: the operations of everybody, from
whatever address, and those under ``/control``. So a command acts on the directory that was named,
whatever address its service listens on. Not here: what is done, see ``runtime.generations``; the
other end, see ``client.generations``.
"""

import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson

from search_service.catalogue import origin
from search_service.client.connection import reachable
from search_service.engines.fit import Fit
from search_service.errors import (
    BadRequest,
    CannotReindex,
    DirectoryRefused,
    DoesNotFit,
    NotNow,
)
from search_service.http.requests import Request
from search_service.http.routes import Operation
from search_service.http.server import serving_beside
from search_service.runtime.generations import Generations
from search_service.runtime.service import Service
from search_service.workers.answers import Answer, json_answer

OWNER = "icat_search.owner"  # in the scope of a request that came by the socket
_BASE = "/control"
_UNLIMITED = 0.0

T = TypeVar("T")
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


@asynccontextmanager
async def answering(app: App, root: Path) -> AsyncIterator[None]:
    """Answer in the data directory as long as the block runs."""

    async def for_owner(scope: Scope, receive: Any, send: Any) -> None:
        await app({**scope, OWNER: True}, receive, send)

    with reachable(root) as path:
        with suppress(FileNotFoundError):
            os.unlink(path)
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(path)
            os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
            listening.listen()
            async with serving_beside(for_owner, listening):
                yield
        finally:
            listening.close()
            with suppress(FileNotFoundError):
                os.unlink(path)


async def begin(service: Service, request: Request) -> Answer:
    """Begin the next generation."""
    match await _body(request):
        case {"entities": [*entities], "fit": fit}:
            try:
                written_with = Fit(**fit)
            except TypeError as error:
                raise BadRequest(f"The command is of another version: {error}") from error
            names = list(map(str, entities))
            return await _done(service, lambda generations: generations.begin(names, written_with))
        case _:
            raise BadRequest("A re-index begins with 'entities' and 'fit'")


async def hand_over(service: Service, request: Request) -> Answer:
    """Search the generation that was built."""
    return await _done(service, lambda generations: generations.hand_over())


async def cancel(service: Service, request: Request) -> Answer:
    """Give up the generation that is built."""
    return await _done(service, lambda generations: generations.cancel())


async def roll_back(service: Service, request: Request) -> Answer:
    """Search an older generation."""
    match await _body(request):
        case {"number": int() | None as number}:
            return await _done(service, lambda generations: generations.roll_back(number))
        case _:
            raise BadRequest("'number' is that of a generation, or null for the one before")


async def drop_old(service: Service, request: Request) -> Answer:
    """Remove the generations that are kept."""
    return await _done(service, lambda generations: generations.drop_old())


async def tell_origin(service: Service, request: Request) -> Answer:
    """Which catalogue the documents come from; null: it is not recorded."""

    def told(generations: Generations) -> object:
        found = generations.origin()
        return None if found is None else found.as_json()

    return await _done(service, told)


async def note_origin(service: Service, request: Request) -> Answer:
    """Record which catalogue the documents come from, where nothing is recorded."""
    try:
        found = origin.read(await _body(request))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRequest(f"This is no origin of documents: {error}") from error
    return await _done(service, lambda generations: generations.note_origin(found))


CONTROL = (
    Operation("POST", f"{_BASE}/begin", begin),
    Operation("POST", f"{_BASE}/hand-over", hand_over),
    Operation("POST", f"{_BASE}/cancel", cancel),
    Operation("POST", f"{_BASE}/roll-back", roll_back),
    Operation("POST", f"{_BASE}/drop-old", drop_old),
    Operation("GET", f"{_BASE}/origin", tell_origin),
    Operation("POST", f"{_BASE}/origin", note_origin),
)


async def _body(request: Request) -> Any:
    body = await request.body()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is no JSON: {error}") from error


async def _done(service: Service, work: Callable[[Generations], T]) -> Answer:
    generations = service.generations
    if generations is None:
        raise NotNow("This service has no data directory")
    try:
        return json_answer({"answer": await service.in_thread(partial(work, generations))})
    except (CannotReindex, DirectoryRefused, DoesNotFit) as error:
        raise NotNow(str(error)) from error
