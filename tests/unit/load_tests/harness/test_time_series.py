import math

from load_tests.harness.run import Run
from load_tests.harness.time_series import TimeSeries
from load_tests.profiles.kinds import Group


def test_throughput_is_told_by_group_over_time(run: Run) -> None:
    series = TimeSeries(run)
    assert series.groups == [Group.SEARCH, Group.CHANGE]
    searches, _ = series.rates()
    values = [value for _, value in searches.points]
    assert math.isclose(sum(values) * series.width, 950, rel_tol=0.03)
    assert series.rate("all", 0).points[3][1] > values[3]


def test_percentiles_follow_what_was_measured(run: Run) -> None:
    p50, p95, _ = TimeSeries(run).percentiles(Group.SEARCH)
    assert [line.name for line in (p50, p95)] == ["p50", "p95"]
    assert p50.points[5][1] < 11 < 39 < p50.points[-5][1]


def test_refusals_come_when_they_came(run: Run) -> None:
    refused, wrong, failed = TimeSeries(run).refusals()
    assert refused.points[5][1] == 0 < refused.points[-5][1]
    assert not any(value for line in (wrong, failed) for _, value in line.points)


def test_watched_values_are_shown_in_a_unit(run: Run) -> None:
    (line,) = TimeSeries(run).watched({"front memory": "front"}, 1e-6)
    assert (line.name, line.points[0]) == ("front", (0.5, 60.0))
