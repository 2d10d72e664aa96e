"""The pool of search workers, with real processes and toy searches."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from search_service.errors import SearchFailed, SearchTimedOut, TooBusy
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.pool import SearchPool, View, WorkersCannotStart
from search_service.workers.process import MakeHandler
from tests.support.processes import descendants, is_alive
from tests.support.toy_workers import MakeOnceBroken, ToyView, die_at_start, make_nothing, make_toy

PATIENCE = 10.0  # seconds a state may take to come about


@asynccontextmanager
async def pool_of(
    size: int,
    *,
    seconds: float = 5.0,
    waiting: int = 8,
    make: MakeHandler = make_toy,
    view: Callable[[], View | None] = lambda: None,
) -> AsyncIterator[SearchPool]:
    pool = SearchPool(make, size=size, seconds=seconds, waiting=waiting, view=view)
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


async def begun(pool: SearchPool, question: Head) -> asyncio.Task[Answer]:
    """A search that has taken its worker, or its place in the queue."""
    task = asyncio.ensure_future(pool.ask(question, b""))
    await asyncio.sleep(0)
    return task


def test_an_answer_comes_back_with_its_facts() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            answer = await pool.ask(("echo",), b"question")
            assert (answer.status, bytes(answer.body)) == (200, b"question")
            assert answer.facts["hits"] == 8
            assert isinstance(answer.facts["search_seconds"], float)

    run(work)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 3_000_000])
def test_bodies_of_any_size_arrive_whole(size: int) -> None:
    async def work() -> None:
        body = os.urandom(size)
        async with pool_of(1) as pool:
            assert await body_of(pool.ask(("echo",), body)) == body

    run(work)


def test_many_callers_each_get_their_own_answer() -> None:
    async def work() -> None:
        async with pool_of(2, waiting=100) as pool:
            asked = [f"{n}".encode() * n * 100 for n in range(60)]
            answers = await asyncio.gather(*(body_of(pool.ask(("echo",), b)) for b in asked))
            assert answers == asked

    run(work)


def test_searches_run_at_the_same_time_in_different_processes() -> None:
    async def work() -> None:
        async with pool_of(2) as pool:
            pids = await asyncio.gather(*(body_of(pool.ask(("sleep", 0.2), b"")) for _ in "ab"))
            assert len({*pids, str(os.getpid()).encode()}) == 3

    run(work)


def test_an_error_of_the_table_is_told_to_the_caller() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            answer = await pool.ask(("refuse", "maxResults should be positive"), b"")
            assert answer.status == 400
            assert b"maxResults should be positive" in answer.body

    run(work)


def test_a_defect_is_a_500_without_its_inner_words_and_the_worker_goes_on() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            answer = await pool.ask(("stumble",), b"")
            assert answer.status == 500
            assert b"secret" not in answer.body
            assert await body_of(pool.ask(("echo",), b"on")) == b"on"
            assert pool.counts.crashed == 0

    run(work)


@pytest.mark.parametrize("kind", ["sleep", "spin"])
def test_a_search_over_its_time_is_ended_while_others_go_on(kind: str) -> None:
    async def work() -> None:
        async with pool_of(2, seconds=0.3) as pool:
            slow = await begun(pool, (kind, 60))
            assert await body_of(pool.ask(("echo",), b"other")) == b"other"
            with pytest.raises(SearchTimedOut, match=r"exceeding 0\.3 seconds"):
                await slow
            await until(lambda: pool.status().idle == 2)
            assert (pool.counts.overran, pool.counts.crashed) == (1, 0)

    run(work)


def test_the_time_counts_from_when_a_worker_begins() -> None:
    async def work() -> None:
        async with pool_of(1, seconds=1.0) as pool:
            answers = await asyncio.gather(*(pool.ask(("sleep", 0.4), b"") for _ in "ab"))
            assert [answer.status for answer in answers] == [200, 200]

    run(work)


def test_waiting_too_long_for_a_worker_is_over_the_time_too() -> None:
    async def work() -> None:
        async with pool_of(1, seconds=1.0) as pool:
            before = [await begun(pool, ("sleep", 0.7)) for _ in "ab"]
            with pytest.raises(SearchTimedOut):
                await pool.ask(("echo",), b"")
            assert [(await task).status for task in before] == [200, 200]
            assert pool.counts.overran == 0

    run(work)


def test_beyond_the_limit_of_waiting_searches_the_service_is_busy() -> None:
    async def work() -> None:
        async with pool_of(1, waiting=1) as pool:
            first, second = await begun(pool, ("sleep", 0.3)), await begun(pool, ("echo",))
            with pytest.raises(TooBusy):
                await pool.ask(("echo",), b"")
            assert [(await task).status for task in (first, second)] == [200, 200]

    run(work)


def test_a_caller_that_leaves_the_queue_takes_no_worker() -> None:
    async def work() -> None:
        async with pool_of(1, waiting=1) as pool:
            first, second = await begun(pool, ("sleep", 0.3)), await begun(pool, ("die",))
            second.cancel()
            await until(lambda: pool.status().waiting == 0)
            third = await begun(pool, ("echo",))  # there is room again
            assert [(await task).status for task in (first, third)] == [200, 200]
            assert pool.counts.crashed == 0

    run(work)


def test_a_caller_that_leaves_a_running_search_does_not_end_its_worker() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            running = await begun(pool, ("sleep", 0.2))
            running.cancel()
            assert await body_of(pool.ask(("echo",), b"next")) == b"next"
            assert pool.counts.started == 1

    run(work)


def test_a_crash_costs_one_search_and_the_worker_is_replaced() -> None:
    async def work() -> None:
        async with pool_of(2) as pool:
            crash, other = await begun(pool, ("die",)), await begun(pool, ("sleep", 0.2))
            with pytest.raises(SearchFailed):
                await crash
            assert (await other).status == 200
            await until(lambda: pool.status().idle == 2)
            assert pool.counts.crashed == 1

    run(work)


def test_a_search_that_waits_gets_the_replacement_of_a_crashed_worker() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            crash, waits = await begun(pool, ("die",)), await begun(pool, ("echo",))
            assert (await waits).status == 200
            assert isinstance(crash.exception(), SearchFailed)

    run(work)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(make_nothing, "the data directory is of another version", id="raises"),
        pytest.param(die_at_start, "the process ended while it started", id="dies"),
    ],
)
def test_workers_that_cannot_start_end_the_start_with_their_reason(
    make: MakeHandler, reason: str
) -> None:
    async def work() -> None:
        with pytest.raises(WorkersCannotStart, match=reason):
            async with pool_of(2, make=make):
                pass

    run(work)


def test_a_worker_that_cannot_be_replaced_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        broken = tmp_path / "broken"
        async with pool_of(1, make=MakeOnceBroken(str(broken))) as pool:
            broken.touch()
            with pytest.raises(SearchFailed):
                await pool.ask(("die",), b"")
            waits = await begun(pool, ("echo",))
            await until(lambda: "search worker cannot start" in caplog.messages)
            assert not waits.done()
            broken.unlink()
            assert (await waits).status == 200

    run(work)


def test_a_worker_is_told_of_a_view_once_and_before_the_search() -> None:
    async def work() -> None:
        views = [ToyView(1, "first")]
        async with pool_of(1, view=lambda: views[-1]) as pool:
            assert await body_of(pool.ask(("seen",), b"")) == b"first"
            assert await body_of(pool.ask(("seen",), b"")) == b"first"
            views.append(ToyView(2, "second"))
            assert await body_of(pool.ask(("seen",), b"")) == b"first,second"
            views.append(ToyView(2, "no other number, no news"))
            assert await body_of(pool.ask(("seen",), b"")) == b"first,second"

    run(work)


def test_a_replacement_is_told_of_the_view() -> None:
    async def work() -> None:
        async with pool_of(1, view=lambda: ToyView(7, "seventh")) as pool:
            with pytest.raises(SearchFailed):
                await pool.ask(("die",), b"")
            assert await body_of(pool.ask(("seen",), b"")) == b"seventh"

    run(work)


def test_after_stop_no_worker_is_left_and_a_running_search_has_failed() -> None:
    async def work() -> None:
        async with pool_of(2) as pool:
            pids = {int(await body_of(pool.ask(("pid",), b"")))}
            running = await begun(pool, ("sleep", 60))
        with pytest.raises(SearchFailed):
            await running
        await until(lambda: not any(map(is_alive, pids)))

    run(work)


SERVICE = """
import asyncio, sys
from search_service.workers.pool import SearchPool
from tests.support.processes import descendants, is_alive
from tests.support.toy_workers import make_toy

async def main():
    pool = SearchPool(make_toy, size=2, seconds=60, waiting=9)
    await pool.start()
    pids = [(await pool.ask(("pid",), b"")).body.decode() for _ in "ab"]
    tasks = [asyncio.ensure_future(pool.ask((kind, 60), b"")) for kind in sys.argv[1:]]
    while pool.status().busy < len(tasks):
        await asyncio.sleep(0.01)
    pids = [str(w.process.pid) for w in pool._workers]
    print(*pids, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [(), ("sleep", "spin")], ids=["idle", "at-work"])
def test_no_worker_outlives_a_killed_service(kinds: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE, *kinds], stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        pids = [int(pid) for pid in service.stdout.readline().split()]
        family = {*pids, *descendants(service.pid)}
        assert len(pids) == 2
        assert all(map(is_alive, pids))
        service.kill()
    end = time.monotonic() + PATIENCE
    while any(map(is_alive, family)) and time.monotonic() < end:
        time.sleep(0.01)
    assert [pid for pid in family if is_alive(pid)] == []
