import math
from xml.etree import ElementTree

import pytest

from load_tests.harness.plots import Band, Line, clock_ticks, figure, runs, ticks


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        pytest.param(0.0, [0, 1], id="nothing"),
        pytest.param(1.0, [0, 0.25, 0.5, 0.75, 1], id="one"),
        pytest.param(37.0, [0, 10, 20, 30, 40], id="tens"),
        pytest.param(1_700.0, [0, 500, 1_000, 1_500, 2_000], id="thousands"),
    ],
)
def test_an_axis_has_round_numbers(most: float, expected: list[float]) -> None:
    assert list(ticks(most)) == expected


def test_time_goes_as_clocks_do() -> None:
    assert clock_ticks(60.0) == [0, 15, 30, 45, 60]
    assert clock_ticks(1_800.0)[:3] == [0, 600, 1_200]


def test_a_line_has_a_gap_where_nothing_was_measured() -> None:
    points = [(0.0, 1.0), (1.0, 2.0), (2.0, math.nan), (3.0, 4.0), (4.0, math.nan)]
    assert list(runs(points)) == [[(0.0, 1.0), (1.0, 2.0)], [(3.0, 4.0)]]


def test_a_figure_is_well_formed_and_stays_within_its_frame() -> None:
    lines = [
        Line("a & b", [(0.0, 0.0), (5.0, 10.0), (20.0, 3.0)]),
        Line("c", [(1.0, 2.0)], 1, True),
    ]
    made = figure("Latency <p95>", "ms", lines, [Band("re-index", 2.0, 4.0)], 10.0)
    tree = ElementTree.fromstring(made)
    drawn = [line.attrib["points"] for line in tree.iter("polyline")]
    assert drawn == ["0.0,200.0 500.0,0.0 1000.0,140.0", "100.0,160.0 100.0,160.0"]
    assert [band.text for band in tree.iter("title")] == ["re-index"]


def test_no_figure_is_drawn_of_nothing() -> None:
    assert figure("a", "b", [Line("c", [(0.0, math.nan)]), Line("d", [])], [], 1.0) == ""
