"""Processes of the service stand still for a while (SIGSTOP), and go on."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.calling import BASE, Caller, Reply, create
from tests.support.faults.members import ENCODER, FORK_SERVER, WORKER, members
from tests.support.processes import is_alive, stands_still, wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

SETTINGS = {"workers": 1, "search_seconds": 2, "writer_memory": 15}
DONE = Reply(204)


@contextmanager
def still(*pids: int) -> Iterator[None]:
    """They stand still, all of their threads, until the end of the block."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: all(map(stands_still, pids)), "they stand still")
    try:
        yield
    finally:
        for pid in filter(is_alive, pids):
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Served, Caller]]:
    with serving(tmp_path, SETTINGS) as service:
        caller = Caller(service.url)
        assert caller.modify(create("Datafile", 1, "one")) == DONE
        caller.done("commit")
        yield service, caller


def test_callers_of_a_service_that_stood_still_are_answered_late(
    running: tuple[Served, Caller],
) -> None:
    service, caller = running
    requests: list[Callable[[], object]] = [
        lambda: caller.names("Datafile"),
        lambda: caller.modify(create("Datafile", 2, "two")),
        lambda: caller.ask(f"{BASE}commit"),
    ]
    with ThreadPoolExecutor(len(requests)) as threads:
        with still(service.process.pid):
            answers = [threads.submit(request) for request in requests]
            wait_for(lambda: len(_connections(service)) >= len(requests), "their requests")
            assert not any(answer.done() for answer in answers)
        assert {*answers[0].result()} >= {1}  # type: ignore[misc]
        assert (answers[1].result(), answers[2].result()) == (DONE, DONE)
    caller.done("commit")
    assert set(caller.names("Datafile")) == {1, 2}
    assert service.defects() == []


def _connections(service: Served) -> list[str]:
    """Those to the port of the service, of which it may not have heard yet."""
    port = f":{int(service.url.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    established = "01"
    return [
        line for line in lines if line.split()[2].endswith(port) and line.split()[3] == established
    ]


def test_a_worker_that_stands_still_costs_one_search_and_is_replaced(
    running: tuple[Served, Caller],
) -> None:
    service, caller = running
    (worker,) = members(service.process.pid, WORKER)
    with still(worker):
        reply = caller.search("Datafile", {})
        assert (reply.status, reply.content["code"]) == (504, "TIMED_OUT")
        wait_for(lambda: not is_alive(worker), "its end")
        assert caller.names("Datafile") == {1: "one"}


def test_an_addition_waits_for_an_encoder_that_stands_still(
    running: tuple[Served, Caller],
) -> None:
    service, caller = running
    block = [{"id": id_, "name": "added"} for id_ in range(200)]
    caller.done("lock/Dataset", delete="true")
    caller.done("addNow/Dataset", block)
    encoders = members(service.process.pid, ENCODER)
    assert encoders
    with ThreadPoolExecutor(1) as thread:
        with still(*encoders):
            adding = thread.submit(caller.ask, f"{BASE}addNow/Dataset", block)
            assert caller.modify(create("Datafile", 2, "meanwhile")) == DONE
            assert caller.names("Datafile") == {1: "one"}
            assert not adding.done()
        assert adding.result() == DONE
    caller.done("unlock/Dataset")
    assert len(caller.names("Dataset")) == len(block)


@pytest.mark.parametrize("kind", [ENCODER, FORK_SERVER])
def test_a_service_that_is_told_to_end_does_not_wait_for_what_stands_still(
    running: tuple[Served, Caller], kind: str
) -> None:
    service, caller = running
    block = [{"id": id_, "name": "added"} for id_ in range(200)]
    caller.done("lock/Dataset", delete="true")
    if kind == ENCODER:
        caller.done("addNow/Dataset", block)
    (process,) = members(service.process.pid, kind)
    with ThreadPoolExecutor(1) as thread, still(process):
        thread.submit(caller.ask, f"{BASE}addNow/Dataset", block)
        wait_for(lambda: _connections(service) != [], "the addition")
        assert caller.names("Datafile") == {1: "one"}
        assert service.stop() == 0


@pytest.mark.parametrize("then", ["goes-on", "is-told-to-end"])
def test_without_the_process_that_forks_searches_go_on_until_a_worker_ends(
    running: tuple[Served, Caller], then: str
) -> None:
    service, caller = running
    (worker,) = members(service.process.pid, WORKER)
    (forks,) = members(service.process.pid, FORK_SERVER)
    with still(forks):
        assert caller.names("Datafile") == {1: "one"}
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: caller.status()["searches"]["counts"]["crashed"] == 1, "it is noticed")
        reply = caller.search("Datafile", {})
        assert (reply.status, reply.content["code"]) == (504, "TIMED_OUT")
        assert caller.ask("/health/ready", method="GET").status == 503
        assert caller.modify(create("Datafile", 2, "two")) == DONE
        caller.done("commit")
        if then == "is-told-to-end":
            assert service.stop() == 0
            return
    assert set(caller.names("Datafile")) == {1, 2}
