from dataclasses import replace

import pytest

from load_tests.harness.background import TaskResult
from load_tests.harness.run import Run
from load_tests.harness.scenarios import (
    CAPACITY,
    AllRight,
    AtMost,
    BackgroundSucceeds,
    Flat,
    OfCapacity,
    Percentile,
    PercentileTimes,
    Refused,
    Threshold,
)
from load_tests.harness.thresholds import judge
from load_tests.profiles.kinds import PATH, Group
from load_tests.profiles.outcomes import Outcome

SEARCHES = (Group.SEARCH,)


@pytest.mark.parametrize(
    ("threshold", "measured", "held"),
    [
        pytest.param(Percentile(SEARCHES, 0.95, 50), "40.1 ms", True, id="a-percentile"),
        pytest.param(Percentile(SEARCHES, 0.5, 11, CAPACITY), "10.1 ms", True, id="of-a-phase"),
        pytest.param(Percentile(SEARCHES, 0.5, 11, "overload"), "40.1 ms", False, id="of-another"),
        pytest.param(
            PercentileTimes(SEARCHES, 0.5, "overload", CAPACITY, 3),
            "40.1 ms, 3.99 times 10.1 ms",
            False,
            id="three-times-another-phase",
        ),
        pytest.param(
            PercentileTimes(SEARCHES, 0.5, "overload", CAPACITY, 3, spare=50),
            "40.1 ms, 3.99 times 10.1 ms",
            True,
            id="milliseconds-that-do-not-count",
        ),
        pytest.param(
            OfCapacity(SEARCHES, "overload", 0.89), "9/s of 10/s, 90.0 %", True, id="of-capacity"
        ),
        pytest.param(
            OfCapacity(SEARCHES, "overload", 0.91), "9/s of 10/s, 90.0 %", False, id="too-little"
        ),
        pytest.param(AllRight(), "0 wrong, 0 failed of 1,050", True, id="refusals-are-right"),
        pytest.param(Refused(SEARCHES, 0.05), "50 of 1,000, 5.0 %", True, id="few-refused"),
        pytest.param(Refused(SEARCHES, 0.04), "50 of 1,000, 5.0 %", False, id="too-many-refused"),
        pytest.param(Flat("front memory", 1.1, 0), "60 MB, then 60 MB", True, id="flat"),
        pytest.param(Flat("workers memory", 1.2, 0), "130 MB, then 190 MB", False, id="it-grows"),
        pytest.param(
            Flat("workers memory", 1.2, 70e6), "130 MB, then 190 MB", True, id="not-much-more"
        ),
        pytest.param(AtMost("segments", 12), "12", True, id="bounded"),
        pytest.param(AtMost("segments", 11), "12", False, id="not-bounded"),
        pytest.param(BackgroundSucceeds(), "reindex 10 s", True, id="done-beside"),
        pytest.param(
            Percentile((Group.CRAWL,), 0.5, 50), "too few requests", False, id="nothing-measured"
        ),
        pytest.param(AtMost("unknown", 11), "–", False, id="not-watched"),
    ],
)
def test_a_threshold_is_judged_by_its_value(
    run: Run, threshold: Threshold, measured: str, held: bool
) -> None:
    verdict = judge(threshold, run)
    assert verdict.measured == measured
    assert verdict.held == held


@pytest.mark.parametrize("outcome", [Outcome.WRONG, Outcome.FAILED])
def test_one_wrong_answer_is_too_many_unless_a_share_may_be(run: Run, outcome: Outcome) -> None:
    run.samples.add(PATH, outcome, 1.0, 1.0, 0, "a stranger")
    assert not judge(AllRight(), run).held
    assert judge(AllRight(0.01), run).held


def test_what_ended_badly_beside_is_told(run: Run) -> None:
    failed = replace(run, beside=[TaskResult("population", 0.0, 2.0, 1, "locked")])
    verdict = judge(BackgroundSucceeds(), failed)
    assert (verdict.held, verdict.measured) == (False, "population 2 s, status 1: locked")
    assert not judge(BackgroundSucceeds(), replace(run, beside=[])).held
