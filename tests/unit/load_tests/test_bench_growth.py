import itertools
import random
from pathlib import Path

import pytest

from load_tests import bench_growth
from load_tests.documents import Facility
from search_service.engines.base import Delete


def test_as_many_documents_are_created_as_deleted() -> None:
    drawn = bench_growth.changes(Facility(1_000), [{"id": 1}], random.Random(1))
    changes = list(itertools.islice(drawn, 5_000))
    deleted = [change.id for change in changes if isinstance(change, Delete)]
    created = {change.id for change in changes if change.id > 1_000}
    assert deleted == list(range(1, len(deleted) + 1))
    assert len(deleted) == pytest.approx(len(created), rel=0.1)


@pytest.mark.slow
def test_months_are_measured_and_leave_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--datafiles", "300", "--commits", "6", "--changes", "20", "--every", "3"]
    assert bench_growth.main([*options, "--directory", str(tmp_path)]) in (0, 1)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("commits  documents  deleted %  segments")
    assert [line.split()[0] for line in printed[2:5]] == ["0", "3", "6"]
    assert "times what it takes of the start" in printed[-1]
    assert list(tmp_path.iterdir()) == []
