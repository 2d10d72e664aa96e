"""The watch over the connections of a server."""

import asyncio

from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.limits import ConnectionLimits
from tests.support.processes import wait_for


class Caller:
    """A connection that is looked at, and leaves when it was so often."""

    def __init__(self, control: AdmissionControl, looks: int = 0) -> None:
        self.address = "192.0.2.1"
        self.times: list[float] = []
        self._control = control
        self._looks = looks

    def give_way(self) -> bool:
        return False

    def look(self, now: float) -> None:
        self.times.append(now)
        if len(self.times) == self._looks:
            self._control.connections.leave(self)


def control(places: int = 4) -> AdmissionControl:
    limits = ConnectionLimits(
        connections=places, of_address=places, head_seconds=0.1, stalled_seconds=5.0
    )
    return AdmissionControl(limits)


def test_each_connection_is_looked_at_again_and_again_until_it_leaves() -> None:
    async def work() -> None:
        there = control()
        callers = [Caller(there, looks=2), Caller(there, looks=5)]
        loop = asyncio.get_running_loop()
        assert all(there.admit(caller, loop) for caller in callers)
        await asyncio.to_thread(wait_for, lambda: len(there.connections) == 0, "their end")
        for caller, looks in zip(callers, (2, 5), strict=True):
            assert len(caller.times) == looks
            assert caller.times == sorted(caller.times)

    asyncio.run(work())


def test_the_watch_begins_again_with_the_next_connection() -> None:
    async def work() -> None:
        there = control()
        for _ in range(2):
            caller = Caller(there, looks=1)
            assert there.admit(caller, asyncio.get_running_loop())
            await asyncio.to_thread(wait_for, lambda: len(there.connections) == 0, "their end")
            assert len(caller.times) == 1

    asyncio.run(work())


def test_a_connection_without_a_place_is_not_looked_after() -> None:
    async def work() -> None:
        there = control(places=1)
        loop = asyncio.get_running_loop()
        stays, refused = Caller(there, looks=2), Caller(there)
        assert there.admit(stays, loop)
        there.connections.works(stays)
        assert not there.admit(refused, loop)
        await asyncio.to_thread(wait_for, lambda: len(there.connections) == 0, "their end")
        assert refused.times == []

    asyncio.run(work())
