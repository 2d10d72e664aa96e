import random

import pytest

from load_tests.harness.background import TaskResult
from load_tests.harness.conductor import Span
from load_tests.harness.run import Host, LoadGenerator, Run
from load_tests.harness.samples import Samples
from load_tests.harness.scenarios import CAPACITY
from load_tests.harness.watch import Watched
from load_tests.profiles.kinds import MODIFY, PATH
from load_tests.profiles.outcomes import Outcome

SECONDS = 100


@pytest.fixture
def run() -> Run:
    """A search each tenth of a second: 10 ms in the first half, 40 ms and some refused then."""
    dice = random.Random(1)
    samples = Samples()
    for number in range(10 * SECONDS):
        at, early = number / 10, number < 5 * SECONDS
        outcome = Outcome.RIGHT if early or number % 10 else Outcome.REFUSED
        took = (10.0 if early else 40.0) + round(dice.random() / 10, 3)
        samples.add(PATH, outcome, at, took, 500, "<busy & more>" if number % 10 == 0 else "")
        if number % 20 == 0:
            samples.add(MODIFY, Outcome.RIGHT, at, 5.0, 0, "")
    watched = Watched()
    for second in range(SECONDS):
        memory = {"front memory": 60e6, "workers memory": 100e6 + second * 1e6}
        watched.add(second + 0.5, {**memory, "segments": 12, "front processor": 0.2})
    return Run(
        scenario="burst",
        about="a <small> one",
        started=1_800_000_000.0,
        seconds=SECONDS,
        files=600,
        users=5,
        url="http://127.0.0.1:1",
        host=Host(2, 8 << 30, "3.11", "abc"),
        phases=[Span(CAPACITY, 0.0, 50.0), Span("overload", 50.0, 100.0)],
        samples=samples,
        generator=LoadGenerator(0.2, [0.1, 0.2, 0.3], 0),
        watched=watched,
        beside=[TaskResult("reindex", 10.0, 20.0, 0, "")],
    )
