"""A caller for Locust: one connection from an address of its own, answers judged and counted.

What the service holds is found out once for each address. Callers of a crowd wait at its gate, so
that a scenario can say how many of them come and when. Not here: what callers ask, see the others
of this package.
"""

import random
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, ClassVar, Protocol

import orjson
from gevent import GreenletExit
from locust import User

from load_tests.client import Answer, Client, Unavailable
from load_tests.documents import Facility
from load_tests.profiles.checks import Check
from load_tests.profiles.kinds import Kind
from load_tests.profiles.outcomes import Outcome, refusal
from load_tests.profiles.truth import Truth
from load_tests.queries import BASE, Request

SMALLEST = 600
PATIENCE = 30.0  # seconds without a byte: no answer
FIRST_NEW_ID = 40_000_000
"""Datafiles that callers make have ids from here on: in the first shard, beyond the facility's."""

Judge = Callable[[Answer], Outcome]


class Gate(Protocol):
    """Lets callers begin what they do next."""

    def enter(self, number: int) -> bool:
        """Returns when the caller with this number may go on; false when it should go home."""


class OpenGate:
    """Everybody may go on at once."""

    def enter(self, number: int) -> bool:
        """Do not wait."""
        return True


class NotAsExpected(Exception):
    """An answer that is no success, for Locust's own tables."""


_truths: dict[str, Truth] = {}


def know(url: str, truth: Truth) -> None:
    """Say what the service at an address holds, so that callers need not ask."""
    _truths[url] = truth


def truth_of(url: str) -> Truth:
    """What the service at an address holds; asked for once."""
    if url not in _truths:
        with Client(url) as client:
            known = Facility(max(SMALLEST, _datafiles(client)))
            truth = Truth(known)
            _truths[url] = truth if _shows_public(client) else Truth(known, released=False)
    return _truths[url]


class Caller(User):
    """Somebody who calls the service, or a program that does."""

    abstract = True
    gate: ClassVar[Gate] = OpenGate()
    sources: ClassVar[tuple[str, ...]] = ()
    """Addresses of this machine to call from; callers of a class share them evenly."""
    pause: ClassVar[tuple[float, float]] = (0.5, 2.0)
    """Seconds between two things that a caller does, from and to."""
    _numbers: ClassVar[dict[type, Any]] = {}

    def on_start(self) -> None:
        """Comes, when the gate lets it."""
        own_class = type(self)
        self.number = next(self._numbers.setdefault(own_class, count()))
        self.dice = random.Random(f"{own_class.__name__} {self.number}")
        self.url = str(self.host)
        self.truth = truth_of(self.url)
        self.facility = self.truth.facility
        self.source = self.sources[self.number % len(self.sources)] if self.sources else None
        self.client = Client(self.url, source=self.source, timeout=PATIENCE)
        self.come()
        self._enter()

    def come(self) -> None:
        """Makes ready what this kind of caller needs."""

    def on_stop(self) -> None:
        """Goes."""
        self.client.close()

    def wait_time(self) -> float:
        """Waits at the gate; the seconds of the pause then."""
        self._enter()
        return self.dice.uniform(*self.pause)

    def _enter(self) -> None:
        if not self.gate.enter(self.number):
            # Of `StopUser` Locust would log a traceback for each who was never let in.
            raise GreenletExit

    def ask(
        self,
        kind: Kind,
        request: Request,
        check: Check,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        judge: Judge = refusal,
    ) -> Answer | None:
        """Sends a request and counts it; the answer if it was right."""
        encoded = self.client.encode(request.target, request.body, method, headers)
        begin = time.perf_counter()
        try:
            answer = self.client.send(encoded)
        except Unavailable as error:
            self.count(kind, Outcome.FAILED, begin, why=str(error))
            return None
        took = time.perf_counter() - begin
        if answer.status >= 400:
            why = f"status {answer.status}: {answer.body[:200].decode(errors='replace')}"
            self.count(kind, judge(answer), begin, took, why, len(answer.body))
            return None
        why = "" if answer.status == 304 else check(answer)
        outcome = Outcome.WRONG if why else Outcome.RIGHT
        self.count(kind, outcome, begin, took, why, len(answer.body))
        return None if why else answer

    def count(
        self,
        kind: Kind,
        outcome: Outcome,
        begin: float,
        took: float | None = None,
        why: str = "",
        size: int = 0,
    ) -> None:
        """Tells Locust of a request, and whoever listens what became of it."""
        seconds = time.perf_counter() - begin if took is None else took
        self.environment.events.request.fire(
            request_type=kind.group.value,
            name=kind.name,
            response_time=1_000 * seconds,
            response_length=size,
            exception=None if outcome is Outcome.RIGHT else NotAsExpected(f"{outcome}: {why}"),
            context={"kind": kind, "outcome": outcome, "begin": begin, "why": why},
        )


def _datafiles(client: Client) -> int:
    of_facility = {"key": "all", "from": 0, "to": FIRST_NEW_ID}
    body = {"query": {}, "dimensions": [{"dimension": "id", "ranges": [of_facility]}]}
    target = f"{BASE}/Datafile/facet?maxResults=1&maxLabels=1"
    found = client.call(target, orjson.dumps(body)).json()
    buckets = found.get("aggregations", {}).get("id", {}).get("buckets", {})
    return int(buckets.get("all", {}).get("doc_count", 0))


def _shows_public(client: Client) -> bool:
    answer = client.call("/v1/search", b'{"entity":"investigation","public":true,"limit":1}')
    return answer.status == 200 and bool(answer.json().get("hits"))
