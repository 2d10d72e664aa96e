"""Pools of search workers with toy searches, and what tests do with them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from search_service.workers.answers import Answer
from search_service.workers.crew import START_SECONDS
from search_service.workers.frames import Head
from search_service.workers.pool import NOBODY, SearchPool
from search_service.workers.process import MakeHandler
from search_service.workers.queueing.callers import Caller
from search_service.workers.worker import View
from tests.support.toy_workers import make_toy

PATIENCE = 60.0  # seconds a state may take to come about


@asynccontextmanager
async def pool_of(
    size: int,
    *,
    seconds: float = 5.0,
    waiting: int = 8,
    make: MakeHandler = make_toy,
    view: Callable[[], View | None] = lambda: None,
    memory: int = 0,
    start_seconds: float = START_SECONDS,
) -> AsyncIterator[SearchPool]:
    pool = SearchPool(
        make,
        size=size,
        seconds=seconds,
        waiting=waiting,
        view=view,
        memory=memory,
        start_seconds=start_seconds,
    )
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


async def until(state: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not state():
        assert time.monotonic() < end, "the awaited state never came"
        await asyncio.sleep(0.01)


async def body_of(answer: Awaitable[Answer]) -> bytes:
    return bytes((await answer).body)


async def begun(pool: SearchPool, question: Head, caller: Caller = NOBODY) -> asyncio.Task[Answer]:
    """A search that has taken its worker, or its place in the queue."""
    task = asyncio.ensure_future(pool.ask(question, b"", caller))
    await asyncio.sleep(0)
    return task
