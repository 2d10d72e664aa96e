"""Measures: so many clients send requests that were made beforehand, for some seconds.

The clients are threads of one process. What they cost is measured too: where it nears what the
service costs, the figures are the generator's and not the service's.
"""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Barrier, Thread

from load_tests.client import Client, Unavailable
from load_tests.documents import Facility
from load_tests.queries import Class, Request

MOST_REQUESTS = 20_000
REDRAWN = 10
TRIAL = 3


@dataclass
class Measured:
    """What one class of requests took with a number of clients."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""
    hits: int = 0
    size: int = 0
    client_processor: float = 0.0
    service_processor: float | None = None

    @property
    def rate(self) -> float:
        """Requests that succeeded, a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def hits_each(self) -> float:
        """Hits of a request, on average: tells whether two services found alike."""
        return self.hits / len(self.latencies) if self.latencies else 0.0

    def percentile(self, part: float) -> float:
        """Milliseconds that this part of the requests did not exceed."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return 1_000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    def __iadd__(self, other: "Measured") -> "Measured":
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.errors += other.errors
        self.first_error = self.first_error or other.first_error
        self.hits += other.hits
        self.size += other.size
        self.client_processor += other.client_processor
        if other.service_processor is not None:
            self.service_processor = (self.service_processor or 0.0) + other.service_processor
        return self


def trial(url: str, kind: Class, facility: Facility, dice: random.Random) -> float:
    """The seconds a request takes, from a few that also warm the service up."""
    with Client(url) as client:
        requests = [kind.draw(facility, dice) for _ in range(TRIAL)]
        times = []
        for request in requests:
            begin = time.perf_counter()
            client.call(request.target, request.body)
            times.append(time.perf_counter() - begin)
    return min(times)


def draw(
    kind: Class, facility: Facility, dice: random.Random, clients: int, count: int
) -> list[list[bytes]]:
    """Requests for each client, encoded; no two alike where there are enough different ones."""
    encoder = Client("http://127.0.0.1")
    each = max(1, min(count, MOST_REQUESTS) // clients)
    seen: set[Request] = set()
    drawn: list[list[bytes]] = []
    for _ in range(clients):
        mine: list[bytes] = []
        while len(mine) < each:
            request = kind.draw(facility, dice)
            # A small facility may not have as many different ones.
            for _ in range(REDRAWN):
                if request not in seen:
                    break
                request = kind.draw(facility, dice)
            seen.add(request)
            mine.append(encoder.encode(request.target, request.body))
        drawn.append(mine)
    return drawn


def run(url: str, requests: Sequence[Sequence[bytes]], seconds: float) -> Measured:
    """Sends each client's requests from a thread of its own, until the time or they are over."""
    barrier = Barrier(len(requests) + 1)
    results = [Measured() for _ in requests]
    threads = [
        Thread(target=_client, args=(url, mine, seconds, barrier, result), daemon=True)
        for mine, result in zip(requests, results, strict=True)
    ]
    for thread in threads:
        thread.start()
    barrier.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    whole = Measured()
    for result in results:
        whole += result
    whole.seconds = took
    return whole


def _client(
    url: str, requests: Sequence[bytes], seconds: float, barrier: Barrier, result: Measured
) -> None:
    with Client(url) as client:
        with suppress(OSError):  # the requests will say so
            client.connect()
        barrier.wait()
        processor = time.thread_time()
        until = time.perf_counter() + seconds
        for request in requests:
            begin = time.perf_counter()
            if begin >= until:
                break
            try:
                answer = client.send(request)
                answer.check()
            except Unavailable as error:
                result.errors += 1
                result.first_error = result.first_error or str(error)
                continue
            result.latencies.append(time.perf_counter() - begin)
            result.hits += answer.body.count(b'"_source"')
            result.size += len(answer.body)
        result.client_processor = time.thread_time() - processor
