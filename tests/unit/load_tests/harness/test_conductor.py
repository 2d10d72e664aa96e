from collections.abc import Callable
from functools import partial
from threading import Thread

import pytest

from load_tests.harness.conductor import ArrivalGate, Conductor, PresenceGate, gates
from load_tests.harness.scenarios import CAPACITY, CapacitySearch, Crowd, Phase, Scenario, Timeline
from tests.support.processes import wait_for


class Caller(Thread):
    """Goes through a gate until it is closed."""

    def __init__(self, enter: Callable[[], bool], most: int) -> None:
        super().__init__(daemon=True)
        self._enter = enter
        self._most = most
        self.times = 0

    def run(self) -> None:
        while self.times < self._most and self._enter():
            self.times += 1


def test_as_many_come_as_should_be_there() -> None:
    gate = PresenceGate()
    callers = [Caller(partial(gate.enter, number), 1) for number in range(4)]
    for caller in callers:
        caller.start()
    gate.admit(2)
    wait_for(lambda: [caller.times for caller in callers] == [1, 1, 0, 0], "two come")
    gate.admit(4)
    wait_for(lambda: all(caller.times for caller in callers), "all come")


def test_an_arrival_lets_one_in_and_is_lost_when_nobody_is_idle() -> None:
    gate = ArrivalGate()
    gate.arrive()
    assert gate.lost == 1
    caller = Caller(lambda: gate.enter(0), 1)
    caller.start()
    wait_for(lambda: gate.idle == 1, "it waits")
    gate.arrive()
    wait_for(lambda: caller.times == 1, "it is let in")
    assert gate.lost == 1


@pytest.mark.parametrize("gate", [PresenceGate(), ArrivalGate()], ids=["presence", "arrival"])
def test_a_closed_gate_sends_home(gate: PresenceGate | ArrivalGate) -> None:
    caller = Caller(lambda: gate.enter(0), 1)
    caller.start()
    gate.close()
    caller.join(10)
    assert (caller.is_alive(), caller.times) == (False, 0)


def test_phases_of_a_timeline_are_shares_of_its_time() -> None:
    course = Timeline((Phase("first", 0.0, 0.5), Phase("second", 0.5, 1.0)))
    scenario = Scenario("a", "b", 0.2, 1, (Crowd("portal", 3),), (), course)
    spans = Conductor(scenario, gates(scenario), lambda begin, end: 0).run()
    assert [(span.name, span.begin, span.end) for span in spans] == [
        ("first", 0.0, 0.1),
        ("second", 0.1, 0.2),
    ]


def test_the_capacity_is_found_then_half_of_it_and_four_times_are_sent() -> None:
    search = CapacitySearch("portal", first_rate=100, growth=2, probes=6, probing=0.5, half=0.2)
    scenario = Scenario("a", "b", 3.0, 1, (Crowd("portal", 1), Crowd("path", 2)), (), search)
    known = gates(scenario)
    arrivals, presence = known.values()
    assert isinstance(arrivals, ArrivalGate)
    assert isinstance(presence, PresenceGate)
    asked: list[float] = []

    def answered(begin: float, end: float) -> int:
        asked.append(end - begin)
        rate = (100, 200)[len(asked) - 1] if len(asked) < 3 else 250
        return round(rate * (end - begin))

    spans = Conductor(scenario, known, answered).run()
    # 100, 200, 250, and two more that gain nothing.
    assert [span.name for span in spans] == [
        *(f"probe {n}" for n in range(1, 6)),
        CAPACITY,
        "half",
        "overload",
    ]
    assert arrivals.lost > 0
