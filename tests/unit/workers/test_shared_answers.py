"""Equal requests have one search, with real processes and toy searches."""

import asyncio
from collections.abc import Callable

import pytest

from search_service.errors import SearchTimedOut
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.pool import SearchPool
from search_service.workers.queueing.callers import Caller
from search_service.workers.shared_answers import SharedAnswers
from search_service.workers.worker import View
from tests.support.pools import pool_of, run, until
from tests.support.toy_workers import ToyView

ADA, BOB = Caller("192.0.2.1", "ada"), Caller("192.0.2.1", "bob")
SLEEP: Head = ("sleep", 0.2, b"")
NOW = 1_000


def sharing(pool: SearchPool, largest: int = 1 << 20) -> SharedAnswers:
    return SharedAnswers(pool, largest, lambda: NOW)


def one_view() -> Callable[[], View | None]:
    return lambda: ToyView(1, "one")


async def begun(
    answers: SharedAnswers, head: Head, caller: Caller = ADA, body: bytes = b""
) -> asyncio.Task[Answer]:
    task = asyncio.ensure_future(answers.ask(head, body, caller))
    await asyncio.sleep(0)
    return task


def test_equal_requests_at_a_time_are_searched_once() -> None:
    async def work() -> None:
        async with pool_of(2, view=one_view()) as pool:
            answers = sharing(pool)
            tasks = [await begun(answers, SLEEP, caller) for caller in (ADA, BOB, ADA)]
            assert (pool.status().busy, pool.status().waiting) == (1, 0)
            found = await asyncio.gather(*tasks)
            assert len({bytes(answer.body) for answer in found}) == 1
            assert [answer.facts.get("shared", False) for answer in found] == [False, True, True]
            assert answers.counts.joined == 2

    run(work)


def test_other_requests_are_not() -> None:
    async def work() -> None:
        async with pool_of(1, view=one_view()) as pool:
            answers = sharing(pool)
            bodies = (b'{"user": "ada"}', b'{"user": "bob"}', b"")
            tasks = [await begun(answers, ("echo", "", b""), ADA, body) for body in bodies]
            found = await asyncio.gather(*tasks)
            assert tuple(bytes(answer.body) for answer in found) == bodies
            assert answers.counts.joined == 0

    run(work)


def test_one_that_began_before_a_commit_is_not_joined_after_it() -> None:
    async def work() -> None:
        views = [ToyView(1, "before")]
        async with pool_of(2, view=lambda: views[-1]) as pool:
            answers = sharing(pool)
            before = await begun(answers, SLEEP)
            views.append(ToyView(2, "after"))
            after = await begun(answers, SLEEP, BOB)
            assert pool.status().busy == 2
            await asyncio.gather(before, after)

    run(work)


def test_without_a_view_only_what_has_not_begun_is_joined() -> None:
    async def work() -> None:
        async with pool_of(1) as pool:
            answers = sharing(pool)
            tasks = [await begun(answers, SLEEP, caller) for caller in (ADA, BOB, ADA)]
            assert (pool.status().busy, pool.status().waiting) == (1, 1)
            await asyncio.gather(*tasks)
            assert answers.counts.joined == 1

    run(work)


def test_a_caller_that_leaves_does_not_end_the_search_of_others() -> None:
    async def work() -> None:
        async with pool_of(1, view=one_view()) as pool:
            answers = sharing(pool)
            first, second = (
                await begun(answers, ("sleep", 0.6, b"")),
                await begun(answers, ("sleep", 0.6, b""), BOB),
            )
            first.cancel()
            assert (await second).status == 200
            assert pool.counts.started == 1

    run(work)


def test_a_search_that_all_have_left_is_ended_and_not_joined() -> None:
    async def work() -> None:
        async with pool_of(1, seconds=60, view=one_view()) as pool:
            answers = sharing(pool)
            for task in [await begun(answers, ("sleep", 60, b""), one) for one in (ADA, BOB)]:
                task.cancel()
            await until(lambda: pool.counts.abandoned == 1)
            await until(lambda: (pool.status().idle, pool.status().busy) == (1, 0))
            again = await begun(answers, ("sleep", 60, b""))
            assert pool.status().busy == 1
            again.cancel()
            with pytest.raises(asyncio.CancelledError):
                await again

    run(work)


def test_an_error_is_told_to_all() -> None:
    async def work() -> None:
        async with pool_of(1, seconds=0.3, view=one_view()) as pool:
            answers = sharing(pool)
            tasks = [await begun(answers, ("sleep", 60, b""), one) for one in (ADA, BOB)]
            for task in tasks:
                with pytest.raises(SearchTimedOut):
                    await task
            assert pool.counts.overran == 1

    run(work)


def test_what_everybody_may_see_is_kept_until_a_commit() -> None:
    async def work() -> None:
        views = [ToyView(1, "one")]
        async with pool_of(1, view=lambda: views[-1]) as pool:
            answers = sharing(pool)
            for _ in range(3):
                answer = await answers.ask(("public", None, b""), b"", ADA)
                assert answer.body == b"1"
            assert answers.counts.kept == 2
            views.append(ToyView(2, "two"))
            answer = await answers.ask(("public", None, b""), b"", ADA)
            assert answer.body == b"2"

    run(work)


@pytest.mark.parametrize(
    ("head", "largest"),
    [
        pytest.param(("public", NOW, b""), 1 << 20, id="after-the-next-release"),
        pytest.param(("public", None, b""), 0, id="without-room"),
        pytest.param(("echo", None, b""), 1 << 20, id="of-a-user"),
    ],
)
def test_nothing_is_kept(head: Head, largest: int) -> None:
    async def work() -> None:
        async with pool_of(1, view=one_view()) as pool:
            answers = sharing(pool, largest)
            for _ in range(3):
                assert (await answers.ask(head, b"", ADA)).status == 200
            assert answers.counts.kept == 0

    run(work)


def test_the_answers_asked_for_last_are_kept() -> None:
    async def work() -> None:
        async with pool_of(1, view=one_view()) as pool:
            answers = sharing(pool, largest=3_500)
            for n in (1, 2, 3, 1, 4):
                await answers.ask(("public", None, b"%d" % n), b"", ADA)
            assert answers.counts.kept == 1
            for n in (1, 3, 4):
                await answers.ask(("public", None, b"%d" % n), b"", ADA)
            assert answers.counts.kept == 4
            await answers.ask(("public", None, b"2"), b"", ADA)
            assert answers.counts.kept == 4

    run(work)
