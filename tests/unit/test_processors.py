"""How many processors there are for a process of a control group."""

import os
from pathlib import Path

import pytest

from search_service.processors import processors

ALL = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "number"),
    [
        pytest.param({}, ALL, id="no-group"),
        pytest.param({"cpu.max": "max 100000"}, ALL, id="no-limit"),
        pytest.param({"cpu.max": "100000 100000"}, 1, id="one"),
        pytest.param({"cpu.max": "20000 100000"}, 1, id="a-part-of-one"),
        pytest.param({"cpu.max": "9900000 100000"}, ALL, id="more-than-there-are"),
        pytest.param({"cpu.max": "nonsense"}, ALL, id="not-understood"),
        pytest.param(
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            ALL,
            id="the-first-version-no-limit",
        ),
        pytest.param(
            {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"},
            1,
            id="the-first-version-one",
        ),
    ],
)
def test_the_share_of_the_group_counts(tmp_path: Path, files: dict[str, str], number: int) -> None:
    (tmp_path / "cpu").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(f"{content}\n")
    assert processors(tmp_path) == number
