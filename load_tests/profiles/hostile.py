"""Hostile callers: expensive texts, bad bodies, calls that hang up, stall or are not read.

Bounded in everything: a caller makes one call at a time, which ends after seconds. Refusals count
as such, and so does a connection that the service ends when a caller stalls.
"""

import random
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing

from locust import task

from load_tests.profiles.caller import Caller
from load_tests.profiles.hostile_bodies import DATAFILES, EXPENSIVE, GREEDY, MALFORMED
from load_tests.profiles.kinds import EXPENSIVE as EXPENSIVE_KIND
from load_tests.profiles.kinds import GREEDY as GREEDY_KIND
from load_tests.profiles.kinds import HUNG_UP, SLOW_BODY, UNREAD, Kind
from load_tests.profiles.kinds import MALFORMED as MALFORMED_KIND
from load_tests.profiles.outcomes import Outcome, hostile
from load_tests.queries import BASE, DATAFILE_FIELDS, Request, search

STALL_SECONDS = 10.0
BETWEEN_BYTES = 0.5
RECEIVE_BUFFER = 4_096
HANG_UP_SECONDS = 0.05


def _anything(_answer: object) -> str:
    return ""


class SocketCaller(Caller):
    """Has sockets of its own beside its connection, with little room for what is not read."""

    abstract = True

    def connection(self) -> socket.socket:
        """A new one, from the caller's address."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        connection.settimeout(STALL_SECONDS)
        if self.source:
            connection.bind((self.source, 0))
        connection.connect(self.client.address)
        return connection


class HostileCaller(SocketCaller):
    """Sends everything that a service should bear, one after the other."""

    pause = (0.05, 0.3)

    @task(4)
    def expensive(self) -> None:
        """A small text that is expensive to search for."""
        self._send(EXPENSIVE_KIND, EXPENSIVE)

    @task(2)
    def greedy(self) -> None:
        """A small request for a large answer."""
        self._send(GREEDY_KIND, GREEDY)

    @task(2)
    def malformed(self) -> None:
        """A body that is none."""
        self._send(MALFORMED_KIND, MALFORMED)

    @task(3)
    def hangs_up(self) -> None:
        """Asks something expensive, and leaves before the answer."""
        begin = time.perf_counter()
        request = self.dice.choice(list(EXPENSIVE.values()))(self.dice)
        try:
            with closing(self.connection()) as connection:
                connection.sendall(self.client.encode(request.target, request.body))
                time.sleep(HANG_UP_SECONDS)
        except OSError:
            self.count(HUNG_UP, Outcome.REFUSED, begin)
            return
        self.count(HUNG_UP, Outcome.RIGHT, begin)

    def _send(self, kind: Kind, requests: Mapping[str, Callable[[random.Random], Request]]) -> None:
        name = self.dice.choice(list(requests))
        request = requests[name](self.dice)
        self.ask(kind, request, _anything, judge=hostile)


class StallingCaller(SocketCaller):
    """Holds on to what it has: a request that does not end, an answer that is not read."""

    pause = (0.1, 1.0)

    @task(1)
    def stalls_in_its_body(self) -> None:
        """Announces a body and sends it a byte at a time."""
        target = self.dice.choice((DATAFILES, f"{BASE}/modify"))
        request = self.client.encode(target, b" " * 10_000)
        head, _, body = request.partition(b"\r\n\r\n")
        begin = time.perf_counter()
        try:
            with closing(self.connection()) as connection:
                connection.sendall(head + b"\r\n\r\n")
                while time.perf_counter() - begin < STALL_SECONDS:
                    connection.sendall(body[:1])
                    time.sleep(BETWEEN_BYTES)
        except OSError:
            self.count(SLOW_BODY, Outcome.REFUSED, begin)
            return
        self.count(SLOW_BODY, Outcome.RIGHT, begin)

    @task(1)
    def does_not_read(self) -> None:
        """Asks for a page of 1,000 with every field, and takes nothing of it."""
        request = search("datafile", {}, DATAFILE_FIELDS, hits=1_000)
        begin = time.perf_counter()
        try:
            with closing(self.connection()) as connection:
                connection.sendall(self.client.encode(request.target, request.body))
                time.sleep(STALL_SECONDS)
        except OSError:
            self.count(UNREAD, Outcome.REFUSED, begin)
            return
        self.count(UNREAD, Outcome.RIGHT, begin)
