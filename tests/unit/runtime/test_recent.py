"""What searches took is kept for an hour, and no more of it."""

import pytest

from search_service.runtime.recent import LONGEST, SLOT_SECONDS, SLOTS, SLOWEST, Recent
from tests.support.set_clock import Clock


@pytest.fixture
def clock() -> Clock[float]:
    return Clock(1_000.0)


@pytest.fixture
def recent(clock: Clock[float]) -> Recent:
    return Recent(clock, clock)


def test_ten_seconds_are_told_when_they_are_over(recent: Recent, clock: Clock[float]) -> None:
    for milliseconds in range(1, 101):
        recent.count_search(milliseconds / 1000, failed=milliseconds > 90)
    recent.count_change()
    assert all(sample.median is None for sample in recent.samples())
    clock.now += SLOT_SECONDS
    sample = recent.samples()[-1]
    assert (sample.searches, sample.failed, sample.changes) == (10, 1, 0.1)
    assert sample.median is not None
    assert sample.slow is not None
    assert 0.05 <= sample.median <= 0.05 * 1.25
    assert 0.095 <= sample.slow <= 0.095 * 1.25


def test_an_hour_is_kept(recent: Recent, clock: Clock[float]) -> None:
    for _ in range(2 * SLOTS):
        recent.count_search(0.01, failed=False)
        clock.now += SLOT_SECONDS
    samples = recent.samples()
    assert len(samples) == SLOTS - 1
    assert all(sample.searches == 0.1 for sample in samples)
    clock.now += SLOTS * SLOT_SECONDS
    assert not any(sample.searches for sample in recent.samples())


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 5.0, 1e9])
def test_any_time_has_a_range(recent: Recent, clock: Clock[float], seconds: float) -> None:
    recent.count_search(seconds, failed=False)
    clock.now += SLOT_SECONDS
    assert recent.samples()[-1].median is not None


def note(recent: Recent, seconds: float, asked: str = "") -> None:
    if recent.is_slow(seconds):
        recent.note("search", "/v1/search", seconds, 200, "here", asked)


def test_the_slowest_searches_are_kept_with_what_they_asked(
    recent: Recent, clock: Clock[float]
) -> None:
    for number in range(100):
        note(recent, number / 10, "x" * 2 * LONGEST)
    slowest = recent.slowest()
    assert [one.seconds for one in slowest] == [n / 10 for n in range(99, 99 - SLOWEST, -1)]
    assert {len(one.asked) for one in slowest} == {LONGEST}
    assert not recent.is_slow(1)
    clock.now += SLOTS * SLOT_SECONDS
    assert recent.slowest() == []
    note(recent, 20)
    assert len(recent.slowest()) == 1
    note(recent, 0.1)
    assert [one.seconds for one in recent.slowest()] == [20, 0.1]
