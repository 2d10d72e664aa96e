"""Readiness: whether searches can be answered, by a search that an overload does not refuse."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import httpx

from search_service.app import create_app
from search_service.settings.model import Settings
from tests.support.toy_service import ToyChanges, opener

SEARCH = "/icat.lucene/dataset"
CALLER_PAUSE = 0.002  # seconds


async def ready(client: httpx.AsyncClient) -> tuple[int, str]:
    answer = await client.get("/health/ready")
    return answer.status_code, answer.json()["status"]


async def in_service(
    settings: Settings, work: Callable[[httpx.AsyncClient], Awaitable[None]], waiting: int
) -> None:
    app = create_app(settings, opener(ToyChanges(), waiting=waiting))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await work(client)


def test_a_service_that_refuses_searches_in_an_overload_is_ready() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        ended = asyncio.Event()
        seen = {200: asyncio.Event(), 503: asyncio.Event()}
        numbers = count()  # equal requests would have one answer

        async def ask() -> None:
            while not ended.is_set():
                answer = await client.post(SEARCH, json={"sleep": 0.02, "n": next(numbers)})
                seen[answer.status_code].set()
                # Within one process a refusal waits for nothing: the loop would do nothing else.
                await asyncio.sleep(CALLER_PAUSE)

        callers = [asyncio.create_task(ask()) for _ in range(6)]
        # One that has never answered is not known to be ready.
        await asyncio.wait_for(asyncio.gather(*(event.wait() for event in seen.values())), 20)
        assert await ready(client) == (200, "ready")
        ended.set()
        await asyncio.gather(*callers)

    asyncio.run(in_service(Settings(), work, waiting=1))


def test_a_service_whose_workers_answer_nothing_is_not_ready() -> None:
    async def work(client: httpx.AsyncClient) -> None:
        long = asyncio.create_task(client.post(SEARCH, json={"sleep": 30}))
        waits = asyncio.create_task(client.post(SEARCH, json={"sleep": 0.01}))
        await asyncio.sleep(0)
        status, why = await ready(client)
        assert (status, why) == (503, "no search was answered within 5 seconds")
        assert (await client.get("/health/live")).status_code == 200
        for task in (long, waits):
            task.cancel()

    asyncio.run(in_service(Settings(search_seconds=60), work, waiting=8))
