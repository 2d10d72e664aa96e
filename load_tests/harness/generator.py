"""The load generator, a process of its own: Locust's callers, let in by the conductor.

``python -m load_tests.harness.generator`` reads one JSON object (``Order``) from standard input and
writes what was measured into a file. Locust makes threads and sockets of the process green ones,
so nothing else runs in it; it takes one core at most. Its own delay tells whether that was enough.
"""

import logging
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
import orjson
from locust.env import Environment

from load_tests.documents import Facility
from load_tests.harness.conductor import Conductor, gates, name_of
from load_tests.harness.order import READY, Order
from load_tests.harness.samples import Samples
from load_tests.harness.scenarios import Crowd, Scenario
from load_tests.harness.table import scenario_of
from load_tests.profiles.caller import Caller, know
from load_tests.profiles.kinds import Group, Kind
from load_tests.profiles.outcomes import Outcome
from load_tests.profiles.table import PROFILES
from load_tests.profiles.truth import Truth

SPAWN_RATE = 100
PROGRESS_SECONDS = 10.0
DELAY_EVERY = 0.05
STOP_SECONDS = 8
NICER = 5
ORDINARY = frozenset((Group.SEARCH,))


class Generator:
    """Locust's environment with the crowds of a scenario."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._scenario: Scenario = scenario_of(
            order.scenario, seconds=order.seconds, users=order.users
        )
        self._gates = gates(self._scenario)
        self._samples = Samples()
        self._started = 0.0
        self._delays: list[float] = []
        self._running = True

    def run(self) -> dict[str, Any]:
        """Goes through the scenario; what was measured."""
        order = self._order
        know(order.url, Truth(Facility(order.files), released=order.released))
        crowds = [self._crowd(place, crowd) for place, crowd in enumerate(self._scenario.crowds)]
        environment = Environment(
            user_classes=crowds, host=order.url, stop_timeout=STOP_SECONDS, catch_exceptions=True
        )
        environment.events.request.add_listener(self._count)
        environment.events.user_error.add_listener(self._report)
        runner = environment.create_local_runner()
        # All are there from the start, waiting at their gates.
        runner.start(self._scenario.users, spawn_rate=SPAWN_RATE)
        runner.spawning_greenlet.join()
        print(READY, file=sys.stderr, flush=True)
        self._started = time.perf_counter()
        wall, processor = time.time(), time.process_time()
        beside = [gevent.spawn(self._feel_delay), gevent.spawn(self._tell_progress)]
        spans = Conductor(self._scenario, self._gates, self._answered).run()
        processor = time.process_time() - processor
        seconds = time.perf_counter() - self._started
        self._running = False
        for gate in self._gates.values():
            gate.close()
        runner.quit()
        gevent.killall(beside)
        return {
            "started": wall,
            "seconds": seconds,
            "phases": [asdict(span) for span in spans],
            "samples": self._samples.as_json(),
            "generator": {
                "processor": processor / seconds,
                "delays": sorted(self._delays),
                "lost": sum(getattr(gate, "lost", 0) for gate in self._gates.values()),
            },
        }

    def _crowd(self, place: int, crowd: Crowd) -> type[Caller]:
        profile = PROFILES[crowd.profile]
        name = name_of(place, crowd)
        networks = (f"127.0.{10 + place}.{1 + n}" for n in range(crowd.addresses))
        attributes: dict[str, object] = {
            "fixed_count": crowd.users,
            "gate": self._gates[name],
            "sources": tuple(networks) if self._order.own_addresses else (),
            "pause": crowd.pause or profile.pause,
        }
        return type(name.title().replace(" ", ""), (profile,), attributes)

    def _count(
        self, response_time: float, response_length: int, context: dict[str, Any], **_: object
    ) -> None:
        kind: Kind = context["kind"]
        outcome: Outcome = context["outcome"]
        begin = context["begin"] - self._started
        if self._running:
            self._samples.add(kind, outcome, begin, response_time, response_length, context["why"])

    def _report(self, exception: BaseException, **_: object) -> None:
        self._samples.add(
            Kind("caller that broke", Group.SEARCH), Outcome.FAILED, 0.0, 0.0, 0, repr(exception)
        )

    def _answered(self, begin: float, end: float) -> int:
        return self._samples.answered(begin, end, ORDINARY)

    def _feel_delay(self) -> None:
        while self._running:
            before = time.perf_counter()
            time.sleep(DELAY_EVERY)
            self._delays.append(1_000 * (time.perf_counter() - before - DELAY_EVERY))

    def _tell_progress(self) -> None:
        told, place = time.perf_counter(), 0
        while self._running:
            time.sleep(DELAY_EVERY)
            if time.perf_counter() - told < PROGRESS_SECONDS:
                continue
            seconds = time.perf_counter() - told
            told += seconds
            # Not all of them: it would hold up callers.
            some = self._samples.since(place).tell(seconds)
            place = len(self._samples)
            print(
                f"{told - self._started:6.0f} s  {some.rate:7.1f}/s  p50 {some.p50:.0f} ms"
                f"  p95 {some.p95:.0f} ms  "
                + ", ".join(f"{count} {outcome}" for outcome, count in some.outcomes.items()),
                file=sys.stderr,
                flush=True,
            )


def main() -> None:
    """Reads the order, runs, writes the result."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    # Callers are elsewhere in truth: they should not wait for a core that the service has.
    with suppress(PermissionError):
        os.nice(-NICER)
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    Path(order.result).write_bytes(orjson.dumps(Generator(order).run()))


if __name__ == "__main__":
    main()
