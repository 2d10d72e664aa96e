"""The time of the last commit is there after a restart."""

import logging
from pathlib import Path

import pytest

from search_service.service.indexing.last_commit import NAME, LastCommit


def test_there_is_none_before_the_first_and_then_the_newest(tmp_path: Path) -> None:
    assert LastCommit(tmp_path).find() is None
    for moment in (1_772_331_000.25, 1_772_331_001.5):
        LastCommit(tmp_path).note(moment)
        assert LastCommit(tmp_path).find() == pytest.approx(moment, abs=0.001)
    assert (tmp_path / NAME).stat().st_size == 0


def test_what_cannot_be_noted_or_known_is_told_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    lost = LastCommit(tmp_path / "file")
    with caplog.at_level(logging.WARNING):
        lost.note(1.0)
        assert lost.find() is None
    assert [record.message for record in caplog.records] == [
        "time of the last commit not noted",
        "time of the last commit not known",
    ]
