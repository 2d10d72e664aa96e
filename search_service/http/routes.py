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
from search_service.errors import MethodNotAllowed, NotImplementedHere, ServiceError
from search_service.http.access import AccessGroup
from search_service.http.asking import answered
from search_service.http.caching import cacheable
from search_service.http.requests import Request
from search_service.runtime.service import NO_BODY, BodyLimit, Service
from search_service.service.searching import releases
from search_service.service.wire import (
    boolean_param,
    integer_param,
    read_documents,
    read_operations,
)
from search_service.workers.answers import NOTHING, Answer, json_answer
from search_service.workers.queueing.callers import caller
from search_service.workers.searching import front_ends

BASE = "/icat.lucene"
V1 = "/v1"
ENTITY = "{entity}"
# What search workers are asked for.
_SEARCH, _FACET, _DOCUMENTS = "search", "facet", "documents"


@dataclass(frozen=True, slots=True)
class Operation:
    """A method at a path, and the function that answers: the gate's with an ``Answer``.

    ``group``: of those that the same callers may call; None: everybody may call it.
    ``searched_only``: its entity must be one that is searched itself. ``asks``: the operation of a
    search worker that answers, empty where none does.
    """

    method: str
    path: str
    handle: Callable[..., Awaitable[Any]]
    group: AccessGroup | None
    searched_only: bool = False
    asks: str = ""

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
    limits = service.limits.bodies
    body = await request.body(service.limits.body)
    async with service.changes_at_once:
        await service.in_thread(lambda: service.changes.modify(read_operations(body, limits)))
    return NOTHING


async def add_now(service: Service, request: Request) -> Answer:
    """Add documents to an entity, while it is locked too."""
    limits = service.limits.bodies
    body = await request.body(service.limits.body)
    async with service.changes_at_once:
        await service.in_thread(
            lambda: service.changes.add_now(
                request.entity, read_documents(request.entity, body, limits)
            )
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
    # Any name may be locked, also of what has no index, and is kept as long.
    service.limits.bodies.documents.check_entity(request.entity)

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
    return await _ask(_SEARCH, service, request)


async def facet(service: Service, request: Request) -> Answer:
    """Count the values of fields over the matching documents of an entity."""
    return await _ask(_FACET, service, request)


async def documents(service: Service, request: Request) -> Answer:
    """Give documents of an entity as they are kept, by their ids."""
    return await _ask(_DOCUMENTS, service, request)


async def v1_search(service: Service, request: Request) -> Answer:
    """Find documents that a user, or everybody, may see: with count, facets and highlights."""
    return _cacheable(await _ask(front_ends.SEARCH, service, request), service, b"")


async def v1_suggest(service: Service, request: Request) -> Answer:
    """Complete what is typed, by what a user, or everybody, may see."""
    answer = await _ask(front_ends.SUGGEST, service, request, NO_BODY)
    return _cacheable(answer, service, request.header(b"if-none-match"))


async def v1_explain(service: Service, request: Request) -> Answer:
    """Say how a search was read, what it took, and why it finds a document or does not."""
    return await _ask(front_ends.EXPLAIN, service, request)


def _cacheable(answer: Answer, service: Service, asked_for: bytes) -> Answer:
    return cacheable(answer, service.limits.public_seconds, asked_for, releases.now)


async def _ask(
    operation: str, service: Service, request: Request, limit: BodyLimit | None = None
) -> Answer:
    body = await request.body(limit or service.limits.search_body)

    head = (operation, request.entity, request.query_string)
    who = caller(request.address, request.query_string, body)

    async def ask() -> Answer:
        return await request.unless_caller_leaves(service.answers.ask(head, body, who))

    return await answered(service, ask)


_READ, _CHANGE, _FRONT_ENDS = AccessGroup.READ, AccessGroup.CHANGE, AccessGroup.FRONT_ENDS
V1_SEARCH = Operation("POST", f"{V1}/search", v1_search, _FRONT_ENDS, asks=front_ends.SEARCH)
V1_SUGGEST = Operation("GET", f"{V1}/suggest", v1_suggest, _FRONT_ENDS, asks=front_ends.SUGGEST)
# It tells of documents that its user may not see.
V1_EXPLAIN = Operation("POST", f"{V1}/explain", v1_explain, AccessGroup.PAGE)
OPERATIONS = (
    # Probes of clusters ask for it, and it tells nothing else.
    Operation("GET", f"{BASE}/version", version, None),
    Operation("POST", f"{BASE}/modify", modify, _CHANGE),
    Operation("POST", f"{BASE}/addNow/{ENTITY}", add_now, _CHANGE),
    Operation("POST", f"{BASE}/commit", commit, _CHANGE),
    Operation("POST", f"{BASE}/clear", clear, _CHANGE),
    Operation("POST", f"{BASE}/lock/{ENTITY}", lock, _CHANGE),
    Operation("POST", f"{BASE}/unlock/{ENTITY}", unlock, _CHANGE),
    Operation("POST", f"{BASE}/abandon/{ENTITY}", abandon, _CHANGE),
    Operation("POST", f"{BASE}/{ENTITY}", search, _READ, searched_only=True, asks=_SEARCH),
    Operation("POST", f"{BASE}/{ENTITY}/facet", facet, _READ, asks=_FACET),
    Operation("POST", f"{BASE}/{ENTITY}/documents", documents, _READ, asks=_DOCUMENTS),
    V1_SEARCH,
    V1_SUGGEST,
    V1_EXPLAIN,
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


def group_of(path: str) -> AccessGroup:
    """Of a path at which there is nothing: who may not call is not told that."""
    return _FRONT_ENDS if path.startswith(V1) else _READ


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
