from dataclasses import replace

import pytest

from load_tests.harness import summary
from load_tests.harness.run import LoadGenerator, Run
from load_tests.harness.scenarios import AllRight
from load_tests.harness.thresholds import judge


def test_a_summary_has_requests_service_complaints_and_verdicts(run: Run) -> None:
    text = summary.text(run, [judge(AllRight(), run)])
    assert "burst: 100 s, 600 datafiles, 5 users" in text
    (path,) = [line for line in text.splitlines() if line.startswith("path ")]
    assert path.split()[1:3] == ["1,000", "9.5"]
    assert "front memory" in text
    assert "path: refused: <busy & more>" in text
    assert "held: every answer is right or a clear refusal: 0 wrong, 0 failed of 1,050" in text
    assert "warning" not in text


def test_a_load_generator_that_could_not_keep_up_is_warned_of(run: Run) -> None:
    late = replace(run, generator=LoadGenerator(0.95, [1.0], 7))
    text = summary.text(late, [])
    assert "warning: the load generator took 95 % of a core" in text
    assert "warning: 7 arrivals found no idle user" in text


def test_two_runs_are_set_side_by_side(run: Run) -> None:
    compared = summary.compared(run, run)
    (line,) = [line for line in compared.splitlines() if line.startswith("path")]
    assert line.split()[1:4] == ["9.5", "9.5", "1.00"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("front memory", 12_345_678.0, "12.3 MB"),
        ("front processor", 0.256, "0.26 cores"),
        ("segments", 1_234.0, "1,234"),
        ("segments", float("nan"), "–"),
    ],
)
def test_a_measure_has_its_unit(name: str, value: float, text: str) -> None:
    assert summary.amount(name, value) == text
