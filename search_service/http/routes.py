"""The operations of the contract and for front ends: one function each.

Not here: addresses, errors, metrics and log lines of a request, which ``gate`` sees to for all; the
operations for those who run the service, see ``health``.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from search_service import __version__
from search_service.catalogue.lookup import find_entity
from search_service.errors import (
    EngineFailed,
    MethodNotAllowed,
    NotImplementedHere,
    SearchFailed,
    ServiceError,
)
from search_service.http.requests import Request
from search_service.runtime.service import Service
from search_service.service.wire import (
    boolean_param,
    integer_param,
    read_documents,
    read_operations,
)
from search_service.workers.answers import NOTHING, Answer, json_answer
from search_service.workers.searching import front_ends

BASE = "/icat.lucene"
V1 = "/v1"
ENTITY = "{entity}"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at a path, and the function that answers: the gate's with an ``Answer``.

    ``searched_only``: its entity must be one that is searched itself.
    """

    method: str
    path: str
    handle: Callable[..., Awaitable[Any]]
    searched_only: bool = False

    @property
    def name(self) -> str:
        """For log and metrics."""
        return self.handle.__name__

    @property
    def searches(self) -> bool:
        """Whether it asks for documents or counts of an entity."""
        return self.path.startswith((f"{BASE}/{ENTITY}", V1))


async def version(service: Service, request: Request) -> Answer:
    """The version of this service."""
    return json_answer({"version": __version__})


async def modify(service: Service, request: Request) -> Answer:
    """Create, update and delete documents: all of the operations, or none of them."""
    async with service.changes_at_once:
        body = await request.body()
        await service.in_thread(lambda: service.changes.modify(read_operations(body)))
    return NOTHING


async def add_now(service: Service, request: Request) -> Answer:
    """Add documents to an entity, while it is locked too."""
    async with service.changes_at_once:
        body = await request.body()
        await service.in_thread(
            lambda: service.changes.add_now(request.entity, read_documents(body))
        )
    return NOTHING


async def commit(service: Service, request: Request) -> Answer:
    """Make what is pending durable and visible."""
    await service.in_thread(service.changes.commit)
    return NOTHING


async def clear(service: Service, request: Request) -> Answer:
    """Remove every document of every entity."""
    await service.in_thread(service.changes.clear)
    return NOTHING


async def lock(service: Service, request: Request) -> Answer:
    """Begin to populate an entity: `modify` refuses it until `unlock`."""

    def begin() -> None:
        service.changes.lock(
            request.entity,
            integer_param(request.params, "minId"),
            integer_param(request.params, "maxId"),
            delete=boolean_param(request.params, "delete"),
        )

    await service.in_thread(begin)
    return NOTHING


async def unlock(service: Service, request: Request) -> Answer:
    """End a population: commit it, and accept `modify` again."""
    await service.in_thread(partial(service.changes.unlock, request.entity))
    return NOTHING


async def abandon(service: Service, request: Request) -> Answer:
    """Undo a population: what was there before it stays, and `modify` is accepted again."""
    await service.in_thread(partial(service.changes.abandon, request.entity))
    return NOTHING


async def search(service: Service, request: Request) -> Answer:
    """Find documents of an entity."""
    return await _ask("search", service, request)


async def facet(service: Service, request: Request) -> Answer:
    """Count the values of fields over the matching documents of an entity."""
    return await _ask("facet", service, request)


async def documents(service: Service, request: Request) -> Answer:
    """Give documents of an entity as they are kept, by their ids."""
    return await _ask("documents", service, request)


async def v1_search(service: Service, request: Request) -> Answer:
    """Find documents that a user, or everybody, may see: with count, facets and highlights."""
    return await _ask(front_ends.SEARCH, service, request)


async def v1_suggest(service: Service, request: Request) -> Answer:
    """Complete what is typed, by what a user, or everybody, may see."""
    return await _ask(front_ends.SUGGEST, service, request)


async def _ask(operation: str, service: Service, request: Request) -> Answer:
    body = await request.body()

    async def ask() -> Answer:
        answer = service.pool.ask((operation, request.entity, request.query_string), body)
        if service.pool.would_wait:
            return await request.unless_caller_leaves(answer)
        return await answer

    try:
        answer = await ask()
    except SearchFailed:
        # Damaged files may have ended its worker.
        if await service.soundness.is_damaged():
            return await ask()
        raise
    failed = answer.facts.get("error") == EngineFailed.code
    # Then it needs what is damaged, and is told so; or it does not, and is answered.
    return await ask() if failed and await service.soundness.is_damaged() else answer


OPERATIONS = (
    Operation("GET", f"{BASE}/version", version),
    Operation("POST", f"{BASE}/modify", modify),
    Operation("POST", f"{BASE}/addNow/{ENTITY}", add_now),
    Operation("POST", f"{BASE}/commit", commit),
    Operation("POST", f"{BASE}/clear", clear),
    Operation("POST", f"{BASE}/lock/{ENTITY}", lock),
    Operation("POST", f"{BASE}/unlock/{ENTITY}", unlock),
    Operation("POST", f"{BASE}/abandon/{ENTITY}", abandon),
    Operation("POST", f"{BASE}/{ENTITY}", search, searched_only=True),
    Operation("POST", f"{BASE}/{ENTITY}/facet", facet),
    Operation("POST", f"{BASE}/{ENTITY}/documents", documents),
    Operation("POST", f"{V1}/search", v1_search),
    Operation("GET", f"{V1}/suggest", v1_suggest),
)

Parts = tuple[str | None, ...]
"""Of a path between its slashes; None stands for any entity."""


class Routes:
    """Finds the operation of a path.

    A look in a dictionary: routes as a list of regular expressions took 90 µs of each request.
    """

    def __init__(self, operations: tuple[Operation, ...] = OPERATIONS) -> None:
        self._by_parts: dict[Parts, dict[str, Operation]] = {}
        for operation in operations:
            parts = tuple(None if part == ENTITY else part for part in operation.path.split("/"))
            self._by_parts.setdefault(parts, {})[operation.method] = operation
        self._most_parts = max(map(len, self._by_parts))

    def find(self, method: str, path: str) -> tuple[Operation, str]:
        """The operation, and the entity of the path. Raises what there is to say instead."""
        by_method, entity = self._at(path)
        operation = by_method.get(method)
        if operation is None:
            raise wrong_path(method, path, by_method)
        return operation, entity

    def _at(self, path: str) -> tuple[Mapping[str, Operation], str]:
        # Anybody may send any path: what is longer than each of these is not looked at further.
        parts = tuple(path.split("/", self._most_parts))
        if found := self._by_parts.get(parts):
            return found, ""
        for place in range(len(parts) - 1, 1, -1):
            entity = parts[place]
            found = self._by_parts.get((*parts[:place], None, *parts[place + 1 :]))
            if found and entity and _fits(found, entity):
                return found, entity
        raise NotImplementedHere(path)


def wrong_path(method: str, path: str, methods: Collection[str]) -> ServiceError:
    """The error of a path that takes these methods, or none, and not this one."""
    if not methods:
        return NotImplementedHere(path)
    return MethodNotAllowed(method, path, ", ".join(sorted(methods)))


def _fits(operations: Mapping[str, Operation], entity: str) -> bool:
    if not any(operation.searched_only for operation in operations.values()):
        return True
    known = find_entity(entity)
    return known is not None and known.searched
