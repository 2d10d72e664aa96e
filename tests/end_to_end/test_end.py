"""How a service ends: nothing of it is left."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.slow_searches import FILES, QUICK, READ_SLOWLY, SLOW
from tests.support.calling import Caller, Reply
from tests.support.processes import descendants, is_alive, started, wait_for
from tests.support.serving import END_SECONDS, Served, serving
from tests.support.silent import silent_server

pytestmark = pytest.mark.slow

WORKERS = 2


def family(service: Served) -> set[int]:
    """The service and its processes: workers, and those that start them."""
    found = descendants(service.process.pid)
    assert len(found) > WORKERS
    return {service.process.pid, *found}


def port_of(service: Served) -> int:
    port = urlsplit(service.url).port
    assert port is not None
    return port


class Asking(Thread):
    """A slow search from a thread of its own; ``reply`` is None when the service went away."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self.caller = caller
        self.reply: Reply | None = None
        self.start()
        wait_for(lambda: caller.status()["searches"]["busy"] == 1, "a search under way")

    def run(self) -> None:
        try:
            self.reply = self.caller.search("Datafile", SLOW)
        except OSError:
            return


def test_a_kill_leaves_no_process_whatever_its_workers_do(tmp_path: Path) -> None:
    settings = {**READ_SLOWLY, "workers": WORKERS, "search_seconds": 50}
    with serving(tmp_path, settings) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        asking = Asking(caller)
        processes, port = family(service), port_of(service)
        service.process.kill()
        service.process.wait()
        wait_for(lambda: not any(map(is_alive, processes)), "the end of every process")
        asking.join()
        assert asking.reply is None
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_a_service_answers_what_runs_and_leaves_no_process(
    number: signal.Signals, tmp_path: Path
) -> None:
    settings = {**READ_SLOWLY, "workers": WORKERS, "search_seconds": 1.5}
    with serving(tmp_path, settings) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        asking = Asking(caller)
        processes, port = family(service), port_of(service)
        service.process.send_signal(number)
        assert service.process.wait(20) == 0
        asking.join()
        assert asking.reply is not None
        assert asking.reply.status == 504
        wait_for(lambda: not any(map(is_alive, processes)), "the end of every process")
        socket.create_server(("127.0.0.1", port)).close()
    assert service.defects() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_is_the_services_to_handle(
    number: signal.Signals, tmp_path: Path
) -> None:
    """As `timeout`, a terminal and a service manager send it."""
    settings = {**READ_SLOWLY, "workers": WORKERS, "search_seconds": 1.5}
    with serving(tmp_path, settings, own_group=True) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        asking = Asking(caller)
        processes = family(service)
        os.killpg(service.process.pid, number)
        assert service.process.wait(20) == 0
        asking.join()
        assert asking.reply is not None
        # The time of the search ended it, not the signal: a worker that the signal ends is a 500.
        assert asking.reply.status == 504
        wait_for(lambda: not any(map(is_alive, processes)), "the end of every process")
    assert service.defects() == []


def test_processes_that_help_outlive_a_signal_that_is_not_the_services(tmp_path: Path) -> None:
    """A signal to each of them alone: a search that runs is answered, and so is the next."""
    settings = {**READ_SLOWLY, "workers": WORKERS, "search_seconds": 1.5}
    with serving(tmp_path, settings) as service:
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        asking = Asking(caller)
        helping = family(service) - {service.process.pid}
        for process in helping:
            os.kill(process, signal.SIGTERM)
        asking.join()
        assert asking.reply is not None
        assert asking.reply.status == 504
        assert caller.search("Datafile", QUICK).status == 200
        assert service.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_start_that_waits_says_what_ends_it_and_ends_so(
    number: signal.Signals, tmp_path: Path
) -> None:
    with silent_server() as (cluster, port):
        address = f"opensearch_addresses=http://127.0.0.1:{port}"
        service = [sys.executable, "-m", "search_service", "serve", "--data", str(tmp_path)]
        options = ["--set", "engine=opensearch", "--set", address]
        with started([*service, *options], stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            connection, _ = cluster.accept()
            with connection:
                process.send_signal(number)
                assert "told once more, at once" in process.stderr.readline()
                process.send_signal(number)
                assert process.wait(END_SECONDS) == 128 + number


CLOSES_FOR_EVER = """
import asyncio
import sys
from contextlib import asynccontextmanager
from fastapi import FastAPI
from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.limits import UNLIMITED
from search_service.http.server import listen, serve

@asynccontextmanager
async def opened(app):
    yield
    print("closes", flush=True)
    await asyncio.Event().wait()

async def tell(url):
    print("serves", flush=True)

app = FastAPI(lifespan=opened)
app.state.admission = AdmissionControl(UNLIMITED)
serve(app, listen("127.0.0.1", 0), tell)
"""


def test_an_end_that_waits_is_at_once_at_the_second_signal() -> None:
    with started([sys.executable, "-c", CLOSES_FOR_EVER], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serves\n"
        process.terminate()
        assert process.stdout.readline() == "closes\n"
        process.terminate()
        assert process.wait(END_SECONDS) == 128 + signal.SIGTERM
