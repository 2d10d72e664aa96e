from pathlib import Path

import pytest

from load_tests.harness.main import HELD, NOT_HELD, NOT_RUN, main
from load_tests.harness.run import Run
from tests.support.stub import stub

QUICK = ["--scenario", "burst", "--files", "600", "--users", "12", "--seconds", "4"]


@pytest.mark.slow
def test_a_scenario_runs_against_a_service_of_our_own_and_compares_with_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([*QUICK, "--out", str(tmp_path / "run")])
    printed = capsys.readouterr().out
    # How fast it was depends on the machine, what is right does not.
    assert status == (NOT_HELD if "NOT HELD" in printed else HELD)
    assert "\nheld: every answer is right or a clear refusal: 0 wrong, 0 failed of" in printed
    run = Run.read(tmp_path / "run")
    assert {"visitor: what the article is about"} <= {kind.name for kind in run.samples.kinds}
    assert run.watched.series("front memory")
    assert run.watched.series("segments")
    assert "<svg" in (tmp_path / "run" / "report.html").read_text()
    assert "serving url=" in (tmp_path / "run" / "service.log").read_text()

    again = ["--compare", str(tmp_path / "run"), str(tmp_path / "run"), "--out", str(tmp_path)]
    assert main(again) == HELD
    assert "right/s A" in capsys.readouterr().out
    assert "dashed" in (tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_a_threshold_that_does_not_hold_is_told_by_the_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stub() as service:  # answers, but not what was asked for
        assert main([*QUICK, "--url", service.url, "--filled", "--out", str(tmp_path)]) == NOT_HELD
    assert "NOT HELD: every answer is right or a clear refusal" in capsys.readouterr().out


def test_a_service_that_is_not_there_is_told_by_the_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, "--url", "http://127.0.0.1:1", "--out", str(tmp_path)]) == NOT_RUN
    assert "could not be run" in capsys.readouterr().err


def test_a_run_that_is_not_there_cannot_be_compared(tmp_path: Path) -> None:
    assert main(["--compare", str(tmp_path / "a"), str(tmp_path / "b")]) == NOT_RUN
