"""Lets callers in: so many at a time, or at a rate. And says which phase of the run it is.

Works in the process of the load generator, where threads are green ones.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from load_tests.harness.scenarios import CAPACITY, CapacitySearch, Crowd, Scenario, Timeline

TICK = 0.25
PATIENCE = 1.0
DRAIN = 2.0
"""Seconds in which what waited at the last probe is answered."""
GAIN = 1.04
"""How many times the best throughput so far a probe has to reach to have gained something."""
ENOUGH = 2
"""After so many probes in a row that gained nothing, the capacity is known."""
SETTLING = 0.25
"""The share of a probe that is not counted: what waits from the one before."""


class PresenceGate:
    """Lets those in whose number is below how many should be there."""

    def __init__(self) -> None:
        self._present = 0
        self._closed = False
        self._changed = threading.Condition()

    def enter(self, number: int) -> bool:
        """Waits until the caller with this number should be there; false when it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or number < self._present)
        return not self._closed

    def admit(self, present: float) -> None:
        """Says how many should be there."""
        with self._changed:
            grown = round(present) > self._present
            self._present = round(present)
            if grown:
                self._changed.notify_all()

    def close(self) -> None:
        """Sends all home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class ArrivalGate:
    """Lets one in for each arrival. Arrivals that find nobody idle are counted, and lost."""

    def __init__(self) -> None:
        self._idle: list[threading.Event] = []
        self._closed = False
        self.lost = 0

    def enter(self, number: int) -> bool:
        """Waits for an arrival; false when it is over."""
        turn = threading.Event()
        self._idle.append(turn)
        while not (self._closed or turn.wait(PATIENCE)):
            pass
        return not self._closed

    @property
    def idle(self) -> int:
        """How many wait for an arrival."""
        return len(self._idle)

    def arrive(self) -> None:
        """One more thing is to be done, by whom was idle last: few connections then do."""
        if self._idle:
            self._idle.pop().set()
        else:
            self.lost += 1

    def close(self) -> None:
        """Sends all home."""
        self._closed = True
        for turn in self._idle:
            turn.set()


Gate = PresenceGate | ArrivalGate


@dataclass(frozen=True)
class Span:
    """When a phase was, in seconds since the start."""

    name: str
    begin: float
    end: float


def gates(scenario: Scenario) -> Mapping[str, Gate]:
    """A gate for each crowd, by the place of the crowd and its profile."""
    by_rate = scenario.course.crowd if isinstance(scenario.course, CapacitySearch) else None
    return {
        name_of(place, crowd): ArrivalGate() if crowd.profile == by_rate else PresenceGate()
        for place, crowd in enumerate(scenario.crowds)
    }


def name_of(place: int, crowd: Crowd) -> str:
    """Tells a crowd from others of the same profile."""
    return f"{crowd.profile} {place}"


class Conductor:
    """Goes through the course of a scenario once."""

    def __init__(
        self,
        scenario: Scenario,
        crowd_gates: Mapping[str, Gate],
        answered: Callable[[float, float], int],
    ) -> None:
        """``answered``: how many ordinary requests were answered rightly between two times."""
        self._scenario = scenario
        self._gates = crowd_gates
        self._answered = answered
        self._dice = random.Random(1)
        self._start = 0.0

    def run(self) -> Sequence[Span]:
        """Returns after the time of the scenario; the phases as they were."""
        self._start = time.perf_counter()
        match self._scenario.course:
            case Timeline(phases):
                self._hold(self._scenario.seconds, None)
                total = self._scenario.seconds
                return [Span(one.name, total * one.begin, total * one.end) for one in phases]
            case CapacitySearch() as search:
                return self._find_capacity(search)
            case _:
                assert_never(self._scenario.course)

    def _find_capacity(self, search: CapacitySearch) -> Sequence[Span]:
        each = self._scenario.seconds * search.probing / search.probes
        rate, best, best_rate, without_gain = search.first_rate, 0.0, 0.0, 0
        spans: list[Span] = []
        for number in range(1, search.probes + 1):
            begin = self._now()
            self._hold(each, rate)
            spans.append(Span(f"probe {number}", begin + SETTLING * each, self._now()))
            reached = self._rate(spans[-1])
            without_gain = without_gain + 1 if reached < GAIN * best else 0
            if reached > best:
                best, best_rate = reached, rate
            if without_gain == ENOUGH:
                break
            rate *= search.growth
        self._hold(DRAIN, best / 2)
        spans.append(self._phase(CAPACITY, search.capacity, best_rate))
        capacity = self._rate(spans[-1])
        self._hold(DRAIN, capacity / 2)
        spans.append(self._phase("half", search.half, capacity / 2))
        left = 1 - search.probing - search.capacity - search.half
        spans.append(self._phase("overload", left, capacity * search.times))
        return spans

    def _rate(self, span: Span) -> float:
        """How many were answered rightly in a phase, a second."""
        return self._answered(span.begin, span.end) / (span.end - span.begin)

    def _phase(self, name: str, share: float, rate: float) -> Span:
        """Sends requests at a rate for a share of the run."""
        begin = self._now()
        self._hold(self._scenario.seconds * share, rate)
        return Span(name, begin, self._now())

    def _hold(self, seconds: float, rate: float | None) -> None:
        """Lets callers in for some time, those who come by rate at this one."""
        end = self._now() + seconds
        arrival = self._now()
        tick = self._now()
        while (now := self._now()) < end:
            if now >= tick:
                self._admit(now / self._scenario.seconds)
                tick = now + TICK
            if rate is None:
                time.sleep(TICK)
                continue
            while arrival <= now:
                arrival += self._dice.expovariate(rate)
                self._arrive()
            time.sleep(max(0.001, min(TICK, arrival - now)))

    def _admit(self, share: float) -> None:
        for place, crowd in enumerate(self._scenario.crowds):
            gate = self._gates[name_of(place, crowd)]
            if isinstance(gate, PresenceGate):
                gate.admit(crowd.present(min(1.0, share)))

    def _arrive(self) -> None:
        for gate in self._gates.values():
            if isinstance(gate, ArrivalGate):
                gate.arrive()

    def _now(self) -> float:
        return time.perf_counter() - self._start
