import os

from load_tests.harness.watch import Watch, Watched
from tests.support.processes import wait_for
from tests.support.stub import stub


def test_a_measure_that_comes_later_has_no_values_before() -> None:
    watched = Watched()
    watched.add(1.0, {"a": 5.0})
    watched.add(2.0, {"a": 6.0, "b": 7.0})
    watched.add(3.0, {"b": 8.0})
    assert watched.series("a") == [(1.0, 5.0), (2.0, 6.0)]
    assert watched.series("b") == [(2.0, 7.0), (3.0, 8.0)]
    assert watched.series("c") == []


def test_memory_and_processor_time_of_a_service_are_watched() -> None:
    with stub() as service, Watch(service.url, os.getpid(), os.getpid) as watch:
        wait_for(lambda: len(watch.watched.at) > 2, "it was looked at")
    (_, memory), *_ = watch.watched.series("front memory")
    assert memory > 1_000_000
    assert watch.watched.series("front processor")
    assert watch.watched.series("generator processor")
