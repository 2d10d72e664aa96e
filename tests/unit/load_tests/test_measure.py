import math
import random
from typing import Any

import pytest

from load_tests import measure
from load_tests.documents import Facility
from load_tests.measure import Measured
from load_tests.queries import CLASSES
from load_tests.report import geometric_mean, number, table
from tests.support.stub import Answer, stub

FACILITY = Facility(2_000)
TEXT = CLASSES[0]


def every_other(path: str, body: Any) -> Answer:
    failing = len(str(body)) % 2
    return (503, {"message": "busy"}) if failing else (200, {"results": [{"_source": {}}]})


def test_each_client_sends_requests_of_its_own() -> None:
    drawn = measure.draw(TEXT, FACILITY, random.Random(1), clients=3, count=30)
    assert [len(client) for client in drawn] == [10, 10, 10]
    assert drawn[0] != drawn[1]


def test_all_requests_are_sent_when_there_is_time() -> None:
    with stub() as service:
        drawn = measure.draw(TEXT, FACILITY, random.Random(1), clients=2, count=20)
        measured = measure.run(service.url, drawn, seconds=30)
        assert len(service.calls) == 20
    assert len(measured.latencies) == 20
    assert measured.errors == 0
    assert measured.client_processor > 0
    assert measured.rate == pytest.approx(20 / measured.seconds)


def test_no_request_is_sent_when_there_is_no_time() -> None:
    with stub() as service:
        drawn = measure.draw(TEXT, FACILITY, random.Random(1), clients=1, count=5)
        assert not measure.run(service.url, drawn, seconds=0).latencies
        assert not service.calls


def test_failures_are_counted_apart_with_the_first_ones_words() -> None:
    with stub(every_other) as service:
        drawn = measure.draw(TEXT, FACILITY, random.Random(1), clients=1, count=40)
        measured = measure.run(service.url, drawn, seconds=30)
    assert measured.errors > 0
    assert measured.errors + len(measured.latencies) == 40
    assert measured.first_error == 'status 503: {"message": "busy"}'
    assert measured.hits_each == 1


def test_percentiles_are_of_all_rounds_together() -> None:
    whole = Measured(seconds=1, latencies=[0.001, 0.002])
    whole += Measured(seconds=1, latencies=[0.003, 0.004])
    assert whole.rate == 2
    assert whole.percentile(0.5) == 3
    assert whole.percentile(0.95) == 4


def test_nothing_measured_is_no_number() -> None:
    assert math.isnan(Measured().percentile(0.5))
    assert number(Measured().percentile(0.5)) == "–"
    assert number(None) == "–"


@pytest.mark.parametrize(("values", "mean"), [([2, 8], 4), ([3], 3)])
def test_the_mean_of_ratios_is_geometric(values: list[float], mean: float) -> None:
    assert geometric_mean(values) == pytest.approx(mean)


@pytest.mark.parametrize("values", [[], [1.0, 0.0]])
def test_there_is_no_mean_of_nothing_or_of_a_failure(values: list[float]) -> None:
    assert math.isnan(geometric_mean(values))


def test_tables_are_aligned() -> None:
    rendered = table(("class", "rate"), [("text", "1.0"), ("two words", "100.0")])
    assert rendered.splitlines() == [
        "class       rate",
        "----------------",
        "text         1.0",
        "two words  100.0",
    ]
