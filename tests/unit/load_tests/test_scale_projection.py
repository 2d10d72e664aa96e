import pytest

from load_tests.scale_projection import Projected, projected, projection_table
from load_tests.scale_results import Searched, Started

SIZES = {1: 5_000_000, 20: 100_000_000, 200: 1_000_000_000}


def searched(times: int, processor: float, *, name: str = "text", cores: int = 1) -> Searched:
    return Searched(
        times, cores, 1, name, 10, 1.0, processor, processor, processor, processor, 1.0, 0
    )


STARTED = [Started(times, 1, size, size, 1, 1.0, 1.0) for times, size in SIZES.items()]


def test_what_grows_is_told_from_what_does_not_by_the_two_largest_sizes() -> None:
    measured = [searched(1, 50.0), searched(20, 12.0), searched(200, 102.0)]
    (one,) = projected(STARTED, measured)
    assert one.fixed == pytest.approx(2.0)
    assert one.growing == pytest.approx(500.0)
    assert one.latency(16) == pytest.approx(2.0 + 500.0 / 16)
    assert one.rate(16) == pytest.approx(16_000 / 502.0)


def test_what_takes_less_at_a_larger_size_does_not_grow() -> None:
    (one,) = projected(STARTED, [searched(20, 5.0), searched(200, 4.0)])
    assert one == Projected("text", 4.0, 0.0)


def test_only_classes_of_two_sizes_on_the_fewest_cores_are_projected() -> None:
    measured = [
        searched(20, 12.0),
        searched(200, 102.0),
        searched(20, 99.0, cores=2),
        searched(200, 99.0, cores=2),
        searched(200, 5.0, name="dates"),
    ]
    assert [one.name for one in projected(STARTED, measured)] == ["text"]
    assert projected(STARTED, []) == []


def test_the_table_has_latency_and_rate_by_cores() -> None:
    lines = projection_table([Projected("text", 2.0, 800.0)]).splitlines()
    assert lines[0].endswith("| 16 cores | 32 cores |")
    assert lines[2] == "| text | 52; 20.0 | 27; 39.9 |"
