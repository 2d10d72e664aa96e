"""Bytes that are held, who gives way for others, and who is refused."""

import asyncio
from collections.abc import Callable

import pytest

from search_service.errors import TooManyBytes
from search_service.http.admission.in_flight import (
    ANSWER_SECONDS,
    OVERHEAD,
    InFlight,
    Transfer,
)
from tests.support.set_clock import Clock

LIMIT = 10 * OVERHEAD


def answer(in_flight: InFlight, address: str, size: int, dropped: list[str], name: str) -> Transfer:
    drop: Callable[[], None] = lambda: dropped.append(name)  # noqa: E731
    return in_flight.hold(address, size, drop)


def test_what_ended_is_held_no_longer() -> None:
    in_flight = InFlight(LIMIT)
    transfer = in_flight.begin("a")
    assert in_flight.total == OVERHEAD
    in_flight.end(transfer)
    in_flight.end(transfer)
    assert in_flight.total == 0


def test_a_request_is_refused_when_nobody_can_give_way() -> None:
    in_flight = InFlight(2 * OVERHEAD)
    in_flight.begin("a")
    in_flight.begin("a")
    with pytest.raises(TooManyBytes):
        in_flight.begin("b")


def test_an_old_answer_of_who_holds_most_gives_way() -> None:
    clock, dropped = Clock(0.0), list[str]()
    in_flight = InFlight(LIMIT, clock)
    answer(in_flight, "little", OVERHEAD, dropped, "little")
    answer(in_flight, "much", 4 * OVERHEAD, dropped, "first")
    answer(in_flight, "much", 4 * OVERHEAD, dropped, "second")
    clock.now += ANSWER_SECONDS
    in_flight.begin("b", 2 * OVERHEAD)
    assert dropped == ["first"]
    assert in_flight.total == 7 * OVERHEAD


def test_a_young_answer_stays_and_the_request_is_refused() -> None:
    dropped = list[str]()
    in_flight = InFlight(LIMIT, Clock(0.0))
    answer(in_flight, "a", LIMIT, dropped, "only")
    with pytest.raises(TooManyBytes):
        in_flight.begin("b")
    assert dropped == []


def test_answers_that_are_there_are_held_whatever_the_limit_is() -> None:
    clock, dropped = Clock(0.0), list[str]()
    in_flight = InFlight(LIMIT, clock)
    answer(in_flight, "a", LIMIT, dropped, "old")
    clock.now += ANSWER_SECONDS
    answer(in_flight, "a", LIMIT, dropped, "new")
    assert (dropped, in_flight.total) == (["old"], LIMIT)


def test_a_body_that_grows_waits_until_another_ended() -> None:
    async def work() -> None:
        in_flight = InFlight(LIMIT)
        first, second = in_flight.begin("a", LIMIT - OVERHEAD), in_flight.begin("b")
        growing = asyncio.ensure_future(in_flight.grow(second, 2 * OVERHEAD))
        await asyncio.sleep(0)
        assert not growing.done()
        in_flight.end(first)
        await growing
        assert in_flight.total == 2 * OVERHEAD
        in_flight.shrink(second, OVERHEAD)
        assert in_flight.total == OVERHEAD

    asyncio.run(asyncio.wait_for(work(), 10))
