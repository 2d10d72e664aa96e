import logging
import threading
from typing import NoReturn

import pytest

from search_service.long_waits import told_when_long
from tests.support.processes import wait_for

log = logging.getLogger(__name__)


def test_a_wait_that_takes_long_is_told_once_with_its_facts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with told_when_long(log, "it is waited for", 0.01, entity="Dataset"):
        wait_for(lambda: bool(caplog.records), "a line")
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", "it is waited for")
    assert (record.__dict__["entity"], record.__dict__["seconds"]) == ("Dataset", 0.01)


def test_of_a_short_one_nothing_is_told_and_no_thread_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = threading.active_count()
    with told_when_long(log, "it is waited for", 3_600):
        assert threading.active_count() == before + 1
    wait_for(lambda: threading.active_count() == before, "the end of the thread")
    assert not caplog.records


def test_where_the_system_gives_no_thread_the_work_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(_: threading.Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Timer, "start", none_left)
    done = False
    with told_when_long(log, "it is waited for"):
        done = True
    assert done
