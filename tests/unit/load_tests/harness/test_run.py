from dataclasses import replace
from pathlib import Path

import pytest

from load_tests.harness.run import LoadGenerator, Run


def test_a_run_is_the_same_after_it_was_kept(run: Run, tmp_path: Path) -> None:
    path = run.write(tmp_path)
    for again in (Run.read(path), Run.read(tmp_path)):
        assert replace(again, samples=run.samples) == run
        assert list(again.samples.rows())[5] == list(run.samples.rows())[5]


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    with pytest.raises(ValueError, match=r"other.json is no run"):
        Run.read(other)


@pytest.mark.parametrize(
    ("generator", "complains"),
    [
        pytest.param(LoadGenerator(0.4, [0.1] * 100, 0), False, id="idle"),
        pytest.param(LoadGenerator(0.95, [0.1] * 100, 0), True, id="a-whole-core"),
        pytest.param(LoadGenerator(0.4, [0.1] * 50 + [90.0] * 50, 0), True, id="late"),
    ],
)
def test_a_load_generator_that_may_be_the_bottleneck_says_so(
    generator: LoadGenerator, complains: bool
) -> None:
    assert bool(generator.complaint()) == complains
