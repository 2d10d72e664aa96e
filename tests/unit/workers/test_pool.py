"""The pool of search workers, with real processes and toy searches."""

import asyncio
import os

import pytest

from search_service.errors import SearchFailed, SearchTimedOut, TooBusy
from search_service.request_context import CURRENT, RequestContext
from search_service.workers.answers import QUEUE_SECONDS, STEPS
from search_service.workers.queueing.callers import Caller
from tests.support.pools import begun, body_of, pool_of, run, until
from tests.support.processes import is_alive


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


def test_a_worker_knows_which_request_it_works_on() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            CURRENT.set(RequestContext("portal-7"))
            assert await body_of(pool.ask(("whose",), b"")) == b"portal-7"
            CURRENT.set(None)
            assert await body_of(pool.ask(("whose",), b"")) == b""

    run(work)


def test_an_answer_says_how_long_its_search_waited_and_what_it_took() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            answer = await pool.ask(("echo",), b"")
            assert isinstance(answer.facts[QUEUE_SECONDS], float)
            assert answer.facts[STEPS] == {}

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
                await pool.ask(("sleep", 0.7), b"")
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


def test_a_caller_that_leaves_a_search_which_soon_ends_does_not_end_its_worker() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            running = await begun(pool, ("sleep", 0.2))
            running.cancel()
            assert await body_of(pool.ask(("echo",), b"next")) == b"next"
            assert pool.counts.started == 1

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


# ── fairness ─────────────────────────────────────────────────────────────────────────────────────

ADA, BOB, EVE = (Caller("192.0.2.1", name) for name in ("ada", "bob", "eve"))


def test_a_caller_with_long_searches_leaves_a_worker_to_others() -> None:
    async def work() -> None:
        async with pool_of(2) as pool:
            long = [await begun(pool, ("sleep", 1.0), EVE) for _ in "abc"]
            assert (pool.status().busy, pool.status().waiting) == (1, 2)
            assert await body_of(pool.ask(("echo",), b"at once", ADA)) == b"at once"
            assert not any(task.done() for task in long)

    run(work)


def test_searches_that_are_known_to_be_expensive_leave_a_worker_to_cheap_ones() -> None:
    async def work() -> None:
        async with pool_of(2) as pool:
            await pool.ask(("sleep", 0.2), b"", EVE)
            long = [await begun(pool, ("sleep", 0.2), caller) for caller in (EVE, ADA, BOB)]
            assert (pool.status().busy, pool.status().waiting_expensive) == (1, 2)
            for _ in range(5):
                assert await body_of(pool.ask(("echo",), b"at once", ADA)) == b"at once"
            assert not long[-1].done()
            assert [(await task).status for task in long] == [200, 200, 200]

    run(work)


def test_one_caller_of_a_full_queue_does_not_keep_others_out() -> None:
    async def work() -> None:
        async with pool_of(1, waiting=2) as pool:
            tasks = [await begun(pool, ("sleep", 0.2), EVE) for _ in range(3)]
            ada = await begun(pool, ("echo",), ADA)
            with pytest.raises(TooBusy) as refused:
                await tasks[-1]
            assert refused.value.retry_after >= 1
            assert (await ada).status == 200
            assert [(await task).status for task in tasks[:-1]] == [200, 200]
            assert pool.status().refused["full"] == 1

    run(work)


def test_a_caller_that_leaves_a_long_search_gives_its_worker_back() -> None:
    async def work() -> None:
        async with pool_of(1, seconds=60.0) as pool:
            left = await begun(pool, ("sleep", 60), EVE)
            waits = await begun(pool, ("echo",), ADA)
            left.cancel()
            assert (await waits).status == 200
            await until(lambda: pool.status().idle == 1)
            counts = pool.counts
            assert (counts.abandoned, counts.crashed, counts.started) == (1, 0, 2)

    run(work)


def test_cheap_searches_of_one_caller_use_every_worker() -> None:
    async def work() -> None:
        async with pool_of(2) as pool:
            for _ in range(2):
                await pool.ask(("sleep", 0.05), b"", ADA)
            both = [await begun(pool, ("sleep", 0.05), ADA) for _ in "ab"]
            assert pool.status().busy == 2
            await asyncio.gather(*both)

    run(work)
