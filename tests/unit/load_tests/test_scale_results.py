from dataclasses import replace
from pathlib import Path

import pytest

from load_tests.scale_results import Results, Searched, Started

STARTED = Started(200, 2, 1_000_000_000, 1_400_000_000, 1_600, 2.5, 210.0, 2, 150_000_000, 9_000, 9)
SEARCHED = Searched(200, 2, 1, "text", 40, 5.0, 174.2, 201.9, 230.0, 150.0, 100.0, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


def test_what_was_kept_is_there_when_it_is_read_again(path: Path) -> None:
    results = Results(path)
    assert not results.has(200, 2, 1, "text")
    results.add(STARTED)
    results.add(SEARCHED)
    again = Results(path)
    assert again.has(200, 2, 1, "text")
    assert not again.has(200, 1, 1, "text")
    assert again.tables() == results.tables()


def test_a_class_with_errors_is_to_be_measured_again(path: Path) -> None:
    results = Results(path)
    failed = replace(SEARCHED, errors=3, first_error="status 504")
    results.add(failed)
    assert not results.has(200, 2, 1, "text")
    assert results.failed == [failed]
    results.add(SEARCHED)
    assert results.has(200, 2, 1, "text")
    assert not results.failed


def test_there_is_a_table_of_starts_and_one_for_each_size(path: Path) -> None:
    results = Results(path)
    results.add(STARTED)
    results.add(SEARCHED)
    results.add(replace(SEARCHED, clients=8, median=6.25, p95=9.0, processor=3.0))
    results.add(replace(SEARCHED, cores=1, errors=1))
    results.add(replace(SEARCHED, name="dates", requests=0, errors=1))
    starts, classes = results.tables().split("\n\n")
    assert "| 1,000,000,000 | 2 | 1,400,000,000 | 1,600 | 2.5 | 210.0 | 2 | 150 |" in starts
    head, _, text, dates = classes.splitlines()
    assert head.endswith("| 1 core, 1 client | 2 cores, 1 client | 2 cores, 8 clients |")
    assert text == (
        "| text | 174, 202; 150; 5.0 (1 failed) | 174, 202; 150; 5.0 | 6.2, 9.0; 3.0; 5.0 |"
    )
    assert dates == "| dates |  | failed |  |"


def test_a_file_of_something_else_is_refused(path: Path) -> None:
    path.write_text("none\n")
    with pytest.raises(ValueError, match=r"results\.jsonl, line 1"):
        Results(path)
