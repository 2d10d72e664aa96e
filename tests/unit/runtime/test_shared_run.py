"""Work that many ask for at once is done once for all of them, and never before they asked."""

import asyncio

from search_service.runtime.shared_run import SharedRun


def test_those_who_ask_during_a_run_share_the_next() -> None:
    async def work() -> None:
        begun: asyncio.Queue[asyncio.Future[int]] = asyncio.Queue()

        async def run() -> int:
            ends: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            begun.put_nowait(ends)
            return await ends

        shared = SharedRun[int]()
        first = [asyncio.ensure_future(shared.result(run)) for _ in range(5)]
        ends = await begun.get()
        later = [asyncio.ensure_future(shared.result(run)) for _ in range(5)]
        await asyncio.sleep(0)
        ends.set_result(1)
        assert await asyncio.gather(*first) == [1] * 5
        (await begun.get()).set_result(2)
        assert await asyncio.gather(*later) == [2] * 5

    asyncio.run(asyncio.wait_for(work(), 10))


def test_what_fails_fails_for_all_who_shared_it_and_is_tried_again() -> None:
    async def work() -> None:
        outcomes = iter([ValueError("first"), None])

        async def run() -> str:
            if (error := next(outcomes)) is not None:
                raise error
            return "second"

        shared = SharedRun[str]()
        both = await asyncio.gather(shared.result(run), shared.result(run), return_exceptions=True)
        assert [str(one) for one in both] == ["first", "first"]
        assert await shared.result(run) == "second"

    asyncio.run(asyncio.wait_for(work(), 10))
