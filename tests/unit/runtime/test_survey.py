"""Sizes and times of a sync are looked up seldom, however often somebody asks."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search_service.files import write_checked
from search_service.runtime.survey import SURVEY_SECONDS, Survey, disk_of
from search_service.runtime.sync_file import NAME
from tests.support.indexed import Indexed
from tests.support.set_clock import Clock


def follow(index: Indexed, moment: datetime) -> None:
    write_checked(index.root / NAME, {"service": "ab", "Dataset": moment.isoformat()})


@pytest.fixture
def index(tmp_path: Path) -> Indexed:
    index = Indexed(tmp_path)
    index.open()
    index.close()
    return index


def test_generations_have_sizes_and_entities_the_time_of_their_sync(index: Indexed) -> None:
    moment = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
    follow(index, moment)
    found = Survey(index.engine()).found()
    assert [each.number for each in found.generations] == [1]
    assert found.followed_until == {"Dataset": moment.timestamp()}


def test_it_is_looked_up_again_after_a_minute(index: Indexed) -> None:
    clock = Clock(100.0)
    survey = Survey(index.engine(), clock)
    assert survey.found().followed_until == {}
    follow(index, datetime(2026, 3, 1, tzinfo=UTC))
    clock.now += SURVEY_SECONDS - 1
    assert survey.found().followed_until == {}
    clock.now += 1
    assert survey.found().followed_until


def test_a_file_that_says_nothing_is_told_and_the_rest_stays(
    index: Indexed, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(100.0)
    follow(index, datetime(2026, 3, 1, tzinfo=UTC))
    survey = Survey(index.engine(), clock)
    before = survey.found()
    (index.root / NAME).write_text("{")
    clock.now += SURVEY_SECONDS
    with caplog.at_level(logging.WARNING):
        assert survey.found() == before
    assert len(caplog.records) == 1


def test_a_disk_has_a_size_and_room(tmp_path: Path) -> None:
    disk = disk_of(tmp_path)
    assert disk is not None
    assert 0 <= disk.free <= disk.size
    assert disk_of(tmp_path / "none") is None
