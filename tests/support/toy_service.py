"""A service without an engine: it remembers what it was asked, and searches are toys."""

import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from search_service.app import request_limits
from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.errors import AlreadyLocked, BadRequest, EngineUnavailable, NotLocked
from search_service.metrics import Metrics
from search_service.runtime.service import Service
from search_service.runtime.state import ServiceState
from search_service.settings.model import Settings
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.pool import SearchPool
from tests.support.toy_workers import ToyView


@dataclass
class ToyChanges:
    """Locks as the contract says, and a list of everything that was done."""

    done: list[Any] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)
    closed: bool = False
    wait_for: threading.Event | None = None  # a commit waits for it
    is_there: bool = True  # the cluster

    def modify(self, operations: Sequence[Operation]) -> None:
        self.check()
        self.done.append(("modify", [(o.kind, o.entity, o.id) for o in operations]))

    def add_now(self, entity: str, documents: Sequence[Document]) -> None:
        self.done.append(("add_now", entity, list(documents)))

    def commit(self) -> None:
        if self.wait_for is not None:
            assert self.wait_for.wait(10)
        self.done.append(("commit",))

    def lock(self, entity: str, low: int | None, high: int | None, *, delete: bool) -> None:
        if entity.lower() in self.locked:
            raise AlreadyLocked(entity)
        self.locked.add(entity.lower())
        self.done.append(("lock", entity, low, high, delete))

    def unlock(self, entity: str) -> None:
        if entity.lower() not in self.locked:
            raise NotLocked(entity)
        self.locked.discard(entity.lower())
        self.done.append(("unlock", entity))

    def abandon(self, entity: str) -> None:
        if entity.lower() not in self.locked:
            raise NotLocked(entity)
        self.locked.discard(entity.lower())
        self.done.append(("abandon", entity))

    def clear(self) -> None:
        raise ZeroDivisionError("a secret of the service")

    def tend(self) -> None: ...

    def check(self) -> None:
        if not self.is_there:
            raise EngineUnavailable("The cluster does not answer")

    def state(self) -> ServiceState:
        self.check()
        return ServiceState(
            directory="/data",
            generation=1,
            documents={"Datafile": 12, "Dataset": 0},
            shards={"Datafile": 2, "Dataset": 0},
            locked=dict.fromkeys(self.locked, 1_700_000_000.0),
        )

    def close(self) -> None:
        self.closed = True


class ToySearch:
    """Says what it was asked; refuses, sleeps or stumbles where the body says so."""

    def see(self, view: object) -> None: ...

    def close(self) -> None: ...

    def answer(self, question: Head, body: bytearray) -> Answer:

        operation, entity, query_string = question
        asked = json.loads(body) if body else {}
        match asked:
            case {"sleep": seconds}:
                time.sleep(seconds)
            case {"refuse": sentence}:
                raise BadRequest(sentence)
            case {"stumble": _}:
                raise ZeroDivisionError("a secret of the service")
        said = {"operation": operation, "entity": entity, "params": query_string.decode()}
        return Answer(body=json.dumps({**said, "body": asked}).encode(), facts={"hits": 3})


def make_toy_search() -> ToySearch:
    return ToySearch()


def opener(
    changes: ToyChanges, *, waiting: int = 8, workers: int = 1
) -> Callable[[Settings], AbstractAsyncContextManager[Service]]:
    @asynccontextmanager
    async def open_toy(settings: Settings) -> AsyncIterator[Service]:
        pool = SearchPool(
            make_toy_search,
            size=workers,
            seconds=settings.search_seconds,
            waiting=waiting,
            view=lambda: ToyView(1, "one"),
        )
        await pool.start()
        service = Service(
            changes, pool, Metrics(), request_limits(settings), changes.state, check=changes.check
        )
        try:
            yield service
        finally:
            await service.close()

    return open_toy
