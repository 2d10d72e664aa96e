"""The scenarios of load: what they name is there."""

import re
from pathlib import Path

import pytest

from load_tests.harness import table
from load_tests.harness.scenarios import (
    BackgroundSucceeds,
    CapacitySearch,
    Crowd,
    OfCapacity,
    Percentile,
    PercentileTimes,
    Scenario,
    Timeline,
)
from load_tests.harness.table import SCENARIOS, scenario_of

MANUAL = Path(table.__file__).parents[1] / "README.md"
EVERY = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)


def phases(scenario: Scenario) -> set[str]:
    match scenario.course:
        case Timeline(spans):
            return {span.name for span in spans}
        case CapacitySearch():
            return {"half", "overload"}


def test_each_scenario_has_its_row_in_the_manual() -> None:
    listed = MANUAL.read_text(encoding="utf-8").partition("| scenario |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `([a-z -]+)` \|", listed, re.MULTILINE)
    assert set(rows) == set(SCENARIOS)


@EVERY
def test_crowds_are_of_profiles_that_there_are(scenario: Scenario) -> None:
    """Read, not imported: Locust would make the sockets of all tests green ones."""
    named = {crowd.profile for crowd in scenario.crowds}
    profiles = (MANUAL.parent / "profiles" / "table.py").read_text(encoding="utf-8")
    assert [name for name in named if f'    "{name}": ' not in profiles] == []


@EVERY
def test_thresholds_speak_of_phases_that_there_are(scenario: Scenario) -> None:
    named = set()
    for one in scenario.thresholds:
        match one:
            case Percentile(phase=str(phase)) | OfCapacity(phase=phase):
                named.add(phase)
            case PercentileTimes(phase=phase, other=other):
                named |= {phase, other}
            case _:
                pass
    assert named <= phases(scenario)


@EVERY
def test_levels_are_shares_in_the_order_of_time(scenario: Scenario) -> None:
    def is_in_order(crowd: Crowd) -> bool:
        times = [at for at, _ in crowd.levels]
        return times == sorted(times) and crowd.levels[0][0] == 0.0

    assert all(is_in_order(crowd) for crowd in scenario.crowds)
    assert all(0 <= part <= 1 for crowd in scenario.crowds for _, part in crowd.levels)


@EVERY
def test_what_goes_on_beside_is_judged(scenario: Scenario) -> None:
    assert bool(scenario.background) == (BackgroundSucceeds() in scenario.thresholds)


def test_duration_and_users_can_be_others() -> None:
    scenario = scenario_of("burst", seconds=5, users=31)
    assert scenario.seconds == 5
    assert [crowd.users for crowd in scenario.crowds] == [30, 1]
    assert scenario_of("burst") is SCENARIOS["burst"]


def test_a_search_for_the_capacity_drives_a_crowd_of_the_scenario() -> None:
    course = SCENARIOS["overload"].course
    assert isinstance(course, CapacitySearch)
    assert course.crowd in {crowd.profile for crowd in SCENARIOS["overload"].crowds}
    assert course.probing + course.half < 1
