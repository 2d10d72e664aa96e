"""A service that a service manager started tells it when it answers, reads files again and ends."""

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.calling import Caller
from tests.support.notifications import Notifications, notified
from tests.support.processes import descendants
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def manager() -> Iterator[Notifications]:
    with notified(f"@icat-search-end-to-end-{os.getpid()}") as there_is:
        yield there_is


def started(
    data: Path, manager: Notifications, **environment: str
) -> AbstractContextManager[Served]:
    variables = {"NOTIFY_SOCKET": manager.address, **environment}
    return serving(data, {"workers": 1}, environment=variables)


def test_it_is_ready_once_it_answers_and_stops_once_it_is_told(
    tmp_path: Path, manager: Notifications
) -> None:
    with started(tmp_path, manager) as service:
        assert manager.next() == {"READY": "1", "STATUS": f"serving {service.url}"}
        assert Caller(service.url).ask("/health/ready", method="GET").status == 200
        assert service.stop() == 0
        assert manager.next()["STOPPING"] == "1"


def test_a_reload_is_told_and_ends_no_service_that_has_nothing_to_read_again(
    tmp_path: Path, manager: Notifications
) -> None:
    with started(tmp_path, manager) as service:
        ready = manager.next()
        service.process.send_signal(signal.SIGHUP)
        assert manager.next()["RELOADING"] == "1"
        assert manager.next() == ready
        assert service.stop() == 0


def test_it_gives_signs_of_life_where_it_is_watched_and_its_processes_do_not(
    tmp_path: Path, manager: Notifications
) -> None:
    with started(tmp_path, manager, WATCHDOG_USEC="300000") as service:
        assert manager.next_but_signs_of_life()["READY"] == "1"
        assert manager.next() == manager.next() == {"WATCHDOG": "1"}
        for process in descendants(service.process.pid):
            variables = Path(f"/proc/{process}/environ").read_bytes()
            assert b"NOTIFY_SOCKET" not in variables
        assert service.stop() == 0
        assert manager.next_but_signs_of_life()["STOPPING"] == "1"
