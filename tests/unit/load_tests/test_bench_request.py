from pathlib import Path

import pytest

from load_tests import bench_request

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_checkouts_answer_the_same_requests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    common = ["--data", str(data), "--datafiles", "600", "--rounds", "2", "--requests", "2"]
    asked = ["--class", "text", "--class", "facet 1000 ids", "--class", "datafiles, three words"]
    assert bench_request.main([*common, *asked, "--fill", "--against", str(ROOT)]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.partition("  ")[0] for row in rows] == asked[1::2]
    assert {row.split()[-1] for row in rows} == {"yes"}
    assert bench_request.main([*common, "--class", "text", "--profile"]) == 0
    assert "function calls" in capsys.readouterr().out
