"""The scenarios by name."""

from collections.abc import Mapping
from dataclasses import replace

from load_tests.harness.scenarios import (
    AllRight,
    AtMost,
    BackgroundSucceeds,
    CapacitySearch,
    Crowd,
    Flat,
    OfCapacity,
    Percentile,
    PercentileTimes,
    Phase,
    Population,
    Refused,
    Reindex,
    Scenario,
    Timeline,
)
from load_tests.profiles.kinds import Group

SEARCHES = (Group.SEARCH,)
CHANGES = (Group.CHANGE,)
MEGABYTES = 1e6

# Morning, noon, afternoon, night.
_DAY = ((0.0, 0.2), (0.25, 1.0), (0.5, 0.6), (0.7, 1.0), (0.95, 0.15))

_SECOND_HALF = ((0.0, 0.0), (0.5, 0.0), (0.501, 1.0))

DAY = Scenario(
    "day",
    "what a facility does: load that rises and falls, changes with commits, a population and a"
    " re-index beside",
    seconds=180,
    files=200_000,
    crowds=(
        Crowd("portal", 12, _DAY, addresses=2),
        Crowd("signed in", 8, _DAY, addresses=2),
        Crowd("own data", 6, _DAY),
        Crowd("path", 5, _DAY),
        Crowd("wildcard", 3, _DAY),
        Crowd("whole page", 4, _DAY),
        Crowd("crawler", 1, ((0.0, 0.0), (0.6, 0.0), (0.601, 1.0))),
        Crowd("changes", 1),
    ),
    course=Timeline((Phase("before", 0.05, 0.1), Phase("noon", 0.45, 0.55))),
    background=(Population(0.1), Reindex(0.3)),
    thresholds=(
        AllRight(),
        Percentile(SEARCHES, 0.95, 500),
        Percentile((Group.SUGGEST,), 0.95, 250),
        Percentile((Group.PAGE,), 0.95, 1_000),
        Percentile(CHANGES, 0.95, 50),
        BackgroundSucceeds(),
    ),
)

BURST = Scenario(
    "burst",
    "a news article: hundreds of visitors with the same questions at once, beside ordinary users",
    seconds=60,
    files=100_000,
    crowds=(
        Crowd(
            "visitor",
            300,
            ((0.0, 0.0), (0.15, 0.02), (0.25, 1.0), (0.8, 1.0), (0.9, 0.1)),
            addresses=20,
        ),
        Crowd("portal", 8, addresses=2),
    ),
    course=Timeline((Phase("before", 0.0, 0.2), Phase("burst", 0.25, 0.8))),
    thresholds=(
        AllRight(),
        Refused(SEARCHES, 0.01),
        Percentile(SEARCHES, 0.95, 1_000, "burst"),
    ),
)

OVERLOAD = Scenario(
    "overload",
    "ordinary searches at half of what can be carried, and at four times of it, beside changes",
    seconds=240,
    files=200_000,
    crowds=(
        Crowd("searcher", 320, addresses=32, pause=(0.0, 0.0)),
        Crowd("changes", 1),
    ),
    course=CapacitySearch("searcher"),
    thresholds=(
        AllRight(),
        OfCapacity(SEARCHES, "overload", 0.9),
        PercentileTimes(SEARCHES, 0.95, "overload", "half", 3.0),
        Percentile(CHANGES, 0.95, 50, "overload"),
        Percentile(CHANGES, 0.99, 250, "overload"),
    ),
)

SOAK = Scenario(
    "soak",
    "half an hour of ordinary use with changes and populations: memory stays flat, segments"
    " bounded",
    seconds=1_800,
    files=100_000,
    crowds=(
        Crowd("portal", 6, addresses=2),
        Crowd("signed in", 4, addresses=2),
        Crowd("own data", 4),
        Crowd("path", 3),
        Crowd("wildcard", 2),
        Crowd("whole page", 2),
        Crowd("changes", 1),
    ),
    background=tuple(Population(at) for at in (0.1, 0.3, 0.5, 0.7)),
    thresholds=(
        AllRight(),
        BackgroundSucceeds(),
        Flat("front memory", 1.1, 15 * MEGABYTES),
        Flat("workers memory", 1.15, 40 * MEGABYTES),
        Flat("largest worker", 1.15, 25 * MEGABYTES),
        Flat("segments", 1.3, 15),
        AtMost("segments", 200),
        AtMost("workers crashed", 0),
        Percentile(SEARCHES, 0.95, 500),
        Percentile(CHANGES, 0.95, 50),
    ),
)

HOSTILE = Scenario(
    "hostile",
    "ordinary users, first alone, then beside callers who send what a service should bear",
    seconds=120,
    files=100_000,
    crowds=(
        Crowd("portal", 8, addresses=8),
        Crowd("own data", 4, addresses=4),
        Crowd("path", 4, addresses=4),
        Crowd("changes", 1),
        Crowd("hostile", 6, _SECOND_HALF, addresses=3),
        Crowd("stalling", 12, _SECOND_HALF, addresses=3),
        Crowd("crawler", 2, _SECOND_HALF, addresses=2),
    ),
    course=Timeline((Phase("alone", 0.1, 0.5), Phase("beside hostile callers", 0.52, 1.0))),
    thresholds=(
        AllRight(),
        PercentileTimes(SEARCHES, 0.95, "beside hostile callers", "alone", 4.0, spare=300),
        Percentile(CHANGES, 0.95, 50, "beside hostile callers"),
        AtMost("front memory", 500 * MEGABYTES),
    ),
)

SCENARIOS: Mapping[str, Scenario] = {one.name: one for one in (DAY, BURST, OVERLOAD, SOAK, HOSTILE)}


def scenario_of(name: str, *, seconds: float | None = None, users: int | None = None) -> Scenario:
    """A scenario by its name, perhaps with another duration or number of users."""
    found = SCENARIOS[name]
    if users is not None:
        found = found.with_users(users)
    return found if seconds is None else replace(found, seconds=seconds)
