"""How long a request is expected to take."""

import pytest

from search_service.workers.queueing.callers import Caller
from search_service.workers.queueing.costs import UNKNOWN, Costs, Expected, Fingerprint

ADA, BOB = Caller("192.0.2.1", "ada"), Caller("192.0.2.1", "bob")


def test_nothing_is_known_at_first() -> None:
    assert Costs().expected(Fingerprint(ADA, "text", 1)) == Expected(UNKNOWN, is_proven=False)


def test_the_same_request_takes_as_long_whoever_sends_it() -> None:
    costs = Costs()
    costs.note(Fingerprint(ADA, "text", 1), 2.0)
    costs.note(Fingerprint(ADA, "text", 2), 0.001)
    assert costs.expected(Fingerprint(BOB, "text", 1)) == Expected(2.0, is_proven=True)


def test_another_request_of_the_shape_takes_as_long_as_its_callers_others() -> None:
    costs = Costs()
    costs.note(Fingerprint(ADA, "text", 1), 2.0)
    costs.note(Fingerprint(BOB, "text", 2), 0.001)
    assert costs.expected(Fingerprint(ADA, "text", 3)) == Expected(2.0, is_proven=True)
    assert costs.expected(Fingerprint(BOB, "text", 3)) == Expected(0.001, is_proven=True)


def test_what_others_asked_tells_something_and_proves_nothing() -> None:
    costs = Costs()
    costs.note(Fingerprint(ADA, "text", 1), 2.0)
    assert costs.expected(Fingerprint(BOB, "text", 3)) == Expected(2.0, is_proven=False)


def test_a_mean_follows_what_is_measured() -> None:
    costs = Costs()
    for seconds in (2.0, *[0.01] * 30):
        costs.note(Fingerprint(ADA, "text", 1), seconds)
    assert costs.expected(Fingerprint(ADA, "text", 1)).seconds == pytest.approx(0.01, rel=0.1)


def test_only_the_latest_are_remembered() -> None:
    costs = Costs(remembered=30)
    for n in range(100):
        costs.note(Fingerprint(ADA, "text", n), float(n))
    assert costs.expected(Fingerprint(ADA, "another", 99)).seconds == 99.0
    assert not costs.expected(Fingerprint(BOB, "another", 1)).is_proven
