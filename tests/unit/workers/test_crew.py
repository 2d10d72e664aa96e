"""The crew of search workers, with real processes and toy searches: ends, replacements, renewal."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search_service.errors import SearchFailed, SearchOutOfMemory
from search_service.workers.answers import Answer
from search_service.workers.crew import WorkersCannotStart
from search_service.workers.process import MakeHandler
from search_service.workers.queueing.callers import Caller
from tests.support.pools import PATIENCE, begun, body_of, pool_of, run, until
from tests.support.processes import descendants, is_alive, started
from tests.support.toy_workers import (
    MakeOnceBroken,
    MakeOnceStill,
    ToyView,
    die_at_start,
    make_nothing,
)

STILL_SECONDS = 5.0  # more than a start takes
EVE = Caller("192.0.2.1", "eve")


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


def test_a_worker_that_stands_still_before_it_is_ready_is_ended_and_another_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        still = tmp_path / "still"
        make = MakeOnceStill(str(still))
        async with pool_of(1, seconds=PATIENCE, make=make, start_seconds=STILL_SECONDS) as pool:
            still.touch()
            with pytest.raises(SearchFailed):
                await pool.ask(("die",), b"")
            assert (await pool.ask(("echo",), b"")).status == 200

    run(work)
    told = {vars(record).get("why") for record in caplog.records}
    assert f"the process was not ready within {STILL_SECONDS:g} seconds" in told


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


MEMORY = 600 << 20  # bytes of a worker


def test_a_search_that_takes_more_memory_than_it_may_is_told_so_and_its_worker_goes_on() -> None:
    async def work() -> None:
        async with pool_of(1, memory=MEMORY) as pool:
            answer = await pool.ask(("take", 2 * MEMORY), b"")
            assert answer.status == 500
            assert b"worker_memory" in answer.body
            assert await body_of(pool.ask(("echo",), b"on")) == b"on"
            assert pool.counts.crashed == 0

    run(work)


def test_where_the_engine_ends_its_process_for_want_of_memory_the_caller_is_told_so() -> None:
    async def work() -> None:
        async with pool_of(1, memory=MEMORY) as pool:
            with pytest.raises(SearchOutOfMemory, match="worker_memory"):
                await pool.ask(("abort",), b"")
            assert await body_of(pool.ask(("echo",), b"on")) == b"on"
            assert (pool.counts.crashed, pool.counts.out_of_memory) == (1, 1)

    run(work)


def test_a_worker_that_has_grown_is_followed_by_a_new_one_and_no_search_is_lost() -> None:
    async def work() -> None:
        async with pool_of(1, memory=MEMORY, waiting=100) as pool:
            first = await body_of(pool.ask(("grow", MEMORY // 2), b""))
            answers = await asyncio.gather(*(pool.ask(("echo",), b"a") for _ in range(60)))
            assert {bytes(answer.body) for answer in answers} == {b"a"}
            await until(lambda: pool.counts.renewed == 1 and pool.status().idle == 1)
            assert await body_of(pool.ask(("pid",), b"")) != first
            await until(lambda: not is_alive(int(first)))
            assert (pool.counts.crashed, pool.counts.started) == (0, 2)

    run(work)


def test_a_grown_worker_that_ends_before_it_is_followed_is_followed_once() -> None:
    async def work() -> None:
        async with pool_of(1, memory=MEMORY, waiting=100) as pool:
            await pool.ask(("grow", MEMORY // 2), b"")
            asked = [pool.ask(("echo",), b"") for _ in range(19)] + [pool.ask(("die",), b"")]
            *answers, end = await asyncio.gather(*asked, return_exceptions=True)
            assert isinstance(end, SearchFailed)
            assert all(isinstance(answer, Answer) for answer in answers)
            await until(lambda: pool.status().idle == 1)
            assert pool.counts.started == 2

    run(work)


def test_callers_that_leave_one_after_the_other_leave_as_many_workers_as_before() -> None:
    async def work() -> None:
        async with pool_of(2, seconds=60.0) as pool:
            for _ in range(5):
                left = await begun(pool, ("spin", 60), EVE)
                await until(lambda: pool.status().busy == 1)
                left.cancel()
                await until(lambda: pool.status().busy == 0)
            await until(lambda: pool.status().idle == 2)
            assert pool.counts.crashed == 0
            assert await body_of(pool.ask(("echo",), b"on", EVE)) == b"on"

    run(work)


SERVICE = """
import asyncio, sys
from multiprocessing import active_children
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
    pids = [str(process.pid) for process in active_children()]
    print(*pids, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [(), ("sleep", "spin")], ids=["idle", "at-work"])
def test_no_worker_outlives_a_killed_service(kinds: tuple[str, ...]) -> None:
    with started([sys.executable, "-c", SERVICE, *kinds], stdout=subprocess.PIPE) as service:
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
