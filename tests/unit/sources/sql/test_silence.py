import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from search_service.sources.sql.silence import ended_after, opened_within
from tests.support.silent import silent_server
from tests.support.time_limit import time_limit

__all__ = ["time_limit"]

SECONDS = 60  # less than any limit of an answer
SHORT = 0.1


OPEN = """
import sys
from search_service.sources.address import parse
from search_service.sources.sql.connecting import Database

Database(parse(sys.argv[1]), float(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "url",
    [
        "mysql://icat@127.0.0.1:{}/icat",
        "postgresql://icat@127.0.0.1:{}/icat",
        "oracle://icat:s3cret@127.0.0.1:{}/?service_name=icat",
    ],
)
def test_a_program_that_takes_connections_and_says_nothing_is_no_database(url: str) -> None:
    with silent_server() as (_, port):
        # In a process, with which goes what a driver goes on waiting for.
        ended = subprocess.run(
            [sys.executable, "-c", OPEN, url.format(port), str(SHORT)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("search_service.errors.SourceUnreachable: ")
    assert re.search("cannot be opened: .*(timed out|timeout)", last)


class Slow:
    """A connection that is there when it is too late."""

    def __init__(self) -> None:
        self.is_given_up, self.closed = Event(), Event()

    def connect(self) -> "Slow":
        self.is_given_up.wait(SECONDS)
        return self

    def close(self) -> None:
        self.closed.set()


def test_what_is_opened_too_late_is_closed() -> None:
    slow = Slow()
    with pytest.raises(TimeoutError, match="timed out: nothing there has opened a session"):
        opened_within(SHORT, slow.connect)
    slow.is_given_up.set()
    assert slow.closed.wait(SECONDS)


def test_what_is_opened_in_time_is_left_open() -> None:
    slow = Slow()
    slow.is_given_up.set()
    assert opened_within(SECONDS, slow.connect) is slow
    assert not slow.closed.is_set()


def test_what_a_driver_raises_is_raised_even_where_it_is_a_time_limit_of_its_own() -> None:
    def fails() -> Slow:
        raise TimeoutError("of the driver")

    with pytest.raises(TimeoutError, match="of the driver"):
        opened_within(SECONDS, fails)


def test_who_waits_for_an_answer_that_does_not_come_sees_the_connection_end() -> None:
    ours, its = socket.socketpair()
    with ours, its, ended_after(SHORT, ours.fileno()):
        assert ours.recv(1) == b""


def test_a_connection_that_answers_in_time_goes_on() -> None:
    ours, its = socket.socketpair()
    with ours, its, ThreadPoolExecutor(1) as thread:
        with ended_after(SECONDS, ours.fileno()):
            its.send(b"1")
            assert ours.recv(1) == b"1"
        answer = thread.submit(ours.recv, 1)
        its.send(b"2")
        assert answer.result() == b"2"
