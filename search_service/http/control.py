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
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, StrictInt

from search_service.catalogue import origin
from search_service.client.connection import reachable
from search_service.engines.fit import Fit
from search_service.errors import (
    BadRequest,
    CannotBackUp,
    CannotReindex,
    DirectoryRefused,
    DoesNotFit,
    NotNow,
)
from search_service.http.health import OurService
from search_service.http.server import serving_beside
from search_service.runtime.service import Generations, Service

OWNER = "icat_search.owner"  # in the scope of a request that came by the socket
BASE = "/control"

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


router = APIRouter(prefix=BASE, include_in_schema=False)


class Begin(BaseModel):
    """A re-index of these entities, into an index that is written with this."""

    entities: list[str]
    fit: Fit


class RollBack(BaseModel):
    """The number of a generation; null: the one before."""

    number: StrictInt | None


class Done(BaseModel):
    """What the generations returned."""

    answer: Any


@router.post("/begin")
async def begin(service: OurService, body: Begin) -> Done:
    """Begin the next generation; its number."""
    return await _done(service, lambda generations: generations.begin(body.entities, body.fit))


@router.post("/hand-over")
async def hand_over(service: OurService) -> Done:
    """Search the generation that was built; its number."""
    return await _done(service, lambda generations: generations.hand_over())


@router.post("/cancel")
async def cancel(service: OurService) -> Done:
    """Give up the generation that is built."""
    return await _done(service, lambda generations: generations.cancel())


@router.post("/roll-back")
async def roll_back(service: OurService, body: RollBack) -> Done:
    """Search an older generation; its number."""
    return await _done(service, lambda generations: generations.roll_back(body.number))


@router.post("/drop-old")
async def drop_old(service: OurService) -> Done:
    """Remove the generations that are kept; their numbers."""
    return await _done(service, lambda generations: generations.drop_old())


@router.post("/link-moment")
async def link_moment(service: OurService) -> Done:
    """Link what is searched and acknowledged now, for a backup; which moment it is."""
    return await _done(service, lambda generations: asdict(generations.link_moment()))


@router.get("/origin")
async def read_origin(service: OurService) -> Done:
    """Which catalogue the documents come from; null: it is not recorded."""

    def recorded(generations: Generations) -> object:
        found = generations.origin()
        return None if found is None else found.as_json()

    return await _done(service, recorded)


@router.post("/origin")
async def note_origin(service: OurService, body: Annotated[dict[str, Any], Body()]) -> Done:
    """Record which catalogue the documents come from, where nothing is recorded."""
    try:
        content = origin.read(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRequest(f"This is no origin of documents: {error}") from error
    return await _done(service, lambda generations: generations.note_origin(content))


async def _done(service: Service, work: Callable[[Generations], object]) -> Done:
    generations = service.generations
    if generations is None:
        raise NotNow("This service has no data directory")
    try:
        return Done(answer=await service.in_thread(partial(work, generations)))
    except (CannotBackUp, CannotReindex, DirectoryRefused, DoesNotFit) as error:
        raise NotNow(str(error)) from error
