import os
from pathlib import Path

import pytest

from load_tests import bench_scale
from load_tests.scale_results import Results

SMALL = ["--datafiles", "600", "--memory", "15", "--seconds", "0.1", "--classes", "text,visit"]
SMALL += ["--patience", "0"]


@pytest.mark.slow
def test_a_base_is_made_multiplied_served_and_measured_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    arguments = [*SMALL, "--keep", str(keep), "--times", "1,3", "--cores", "1", "--clients", "1,2"]
    assert bench_scale.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "| 1,800 | 1 |" in printed
    kept = (keep / "results.jsonl").read_text()
    assert bench_scale.main(arguments) == 0
    assert capsys.readouterr().out == printed
    assert (keep / "results.jsonl").read_text() == kept
    results = Results(keep / "results.jsonl")
    assert all(
        results.has(times, 1, clients, name)
        for times in (1, 3)
        for clients in (1, 2)
        for name in ("text", "visit")
    )


def test_more_cores_than_there_are_are_refused(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(SystemExit, match="cores were asked for"), bench_scale._pinned(1_000):
        pass
    with bench_scale._pinned(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--classes", "text,nonsense", "nonsense is none of text, "),
        ("--entities", "Nonsense", "Nonsense is no entity"),
    ],
)
def test_an_unknown_name_is_refused(
    option: str, value: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        bench_scale.main(["--keep", str(tmp_path), option, value])
    assert why in capsys.readouterr().err
