"""What a service manager is told, by a socket as systemd has it."""

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.http.service_manager import NOBODY, ServiceManager, service_manager
from tests.support.notifications import Notifications, notified


@pytest.fixture(params=["in-a-directory", "without-a-file"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Notifications]:
    is_file = request.param == "in-a-directory"
    address = str(tmp_path / "notify") if is_file else f"@icat-search-{os.getpid()}"
    with notified(address) as there_is:
        yield there_is


def test_it_is_told_what_the_service_does(manager: Notifications) -> None:
    ours = ServiceManager(manager.address)
    ours.tell_ready("serving http://127.0.0.1:8180")
    ours.tell_reloading()
    ours.tell_stopping()
    assert manager.next() == {"READY": "1", "STATUS": "serving http://127.0.0.1:8180"}
    reloading = manager.next()
    assert reloading["RELOADING"] == "1"
    assert int(reloading["MONOTONIC_USEC"]) > 0
    assert manager.next()["STOPPING"] == "1"


def test_it_is_given_signs_of_life_while_the_event_loop_goes_on(manager: Notifications) -> None:
    async def live() -> None:
        serving = asyncio.Event()
        async with ServiceManager(manager.address, watchdog_seconds=0.03).watching(serving):
            serving.set()
            for _ in range(3):
                assert await asyncio.to_thread(manager.next) == {"WATCHDOG": "1"}

    asyncio.run(live())


def test_without_a_manager_nothing_is_told() -> None:
    async def live() -> None:
        async with NOBODY.watching(asyncio.Event()):
            NOBODY.tell_ready("")

    asyncio.run(live())
    assert not NOBODY
    assert service_manager({}) == NOBODY


def test_one_that_went_away_is_a_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        ServiceManager(str(tmp_path / "nobody")).tell_stopping()
    assert [record.getMessage() for record in caplog.records] == [
        "the service manager was not told"
    ]


def test_one_that_is_busy_is_waited_for(manager: Notifications) -> None:
    async def live() -> None:
        telling = asyncio.to_thread(ServiceManager(manager.address).tell_ready, "serving")
        reading = asyncio.to_thread(manager.next_but_signs_of_life)
        _, message = await asyncio.gather(telling, reading)
        assert message["READY"] == "1"

    manager.fill()
    asyncio.run(live())


@pytest.mark.parametrize(
    ("watchdog", "seconds"),
    [
        pytest.param({}, 0.0, id="not-watched"),
        pytest.param({"WATCHDOG_USEC": "60000000"}, 60.0, id="watched"),
        pytest.param(
            {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0, id="this-process"
        ),
        pytest.param(
            {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, 0.0, id="another-process-is-watched"
        ),
        pytest.param({"WATCHDOG_USEC": "soon"}, 0.0, id="no-number"),
    ],
)
def test_the_environment_names_it_and_is_not_passed_on(
    watchdog: dict[str, str], seconds: float
) -> None:
    environment = {"NOTIFY_SOCKET": "/run/notify", "PATH": "/bin", **watchdog}
    assert service_manager(environment) == ServiceManager("/run/notify", seconds)
    assert environment == {"PATH": "/bin"}
