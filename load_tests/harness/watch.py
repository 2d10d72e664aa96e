"""What a service on this machine takes while it is under load: memory, processor time, its gauges.

Memory and processor time come from /proc: of the front (the process that listens), of all below it
together (``workers``), and of the largest of these; of the load generator its processor time.
Gauges come from `/metrics`, over HTTP, from any service.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from types import TracebackType
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

from load_tests.client import Client, Unavailable
from load_tests.footprint import below, footprint
from load_tests.service import own_processor_seconds

EVERY = 1.0
PATIENCE = 10.0
GAUGES: Mapping[str, str] = {
    "icat_search_segments": "segments",
    "icat_search_pending_operations": "pending operations",
    "icat_search_pending_bytes": "pending bytes",
    "icat_search_searches_waiting": "searches waiting",
    "icat_search_workers_crashed_total": "workers crashed",
    "icat_search_searches_ended_total": "searches ended for their time",
    "icat_search_deleted_documents": "deleted documents",
}
"""Metrics that are of interest over time, and what a report calls them; labels are added up."""

Values = Mapping[str, float]


@dataclass
class Watched:
    """Measures over time: seconds since the epoch, and values by the name of the measure."""

    at: list[float] = field(default_factory=list)
    values: dict[str, list[float | None]] = field(default_factory=dict)

    def add(self, at: float, values: Values) -> None:
        """One more moment; what it lacks stays empty."""
        for name in values:
            self.values.setdefault(name, [None] * len(self.at))
        self.at.append(at)
        for name, known in self.values.items():
            known.append(values.get(name))

    def series(self, name: str) -> Sequence[tuple[float, float]]:
        """A measure over time, where it is known."""
        both = zip(self.at, self.values.get(name, []), strict=False)
        return [(at, value) for at, value in both if value is not None]


class Watch:
    """Looks at a service each second, in a thread, until its block ends."""

    def __init__(self, url: str, root: int | None, generator: Callable[[], int | None]) -> None:
        """``root``: the process that listens, if it is on this machine; ``generator``: likewise."""
        self.watched = Watched()
        self._client = Client(url, timeout=PATIENCE)
        self._root = root
        self._generator = generator
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._before: dict[str, tuple[float, float]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            self.watched.add(time.time(), dict(self._measures()))

    def _measures(self) -> Iterator[tuple[str, float]]:
        yield from self._gauges()
        generator = self._generator()
        if generator is not None:
            yield from self._processor("generator", [generator])
        if self._root is None:
            return
        front, *others = below(self._root)
        memory = {pid: own for pid in (front, *others) if (own := _memory(pid)) is not None}
        yield "front memory", memory.get(front, 0)
        yield "workers memory", sum(memory.get(pid, 0) for pid in others)
        yield "largest worker", max((memory.get(pid, 0) for pid in others), default=0)
        yield "processes", len(others) + 1
        yield from self._processor("front", [front])
        yield from self._processor("workers", others)

    def _processor(self, name: str, pids: Sequence[int]) -> Iterator[tuple[str, float]]:
        """Cores in use since the last time. Of processes that end it is lost what they did last."""
        now, total = time.perf_counter(), sum(map(own_processor_seconds, pids))
        at, before = self._before.get(name, (now, total))
        self._before[name] = now, total
        if now > at:
            yield f"{name} processor", max(0.0, (total - before) / (now - at))

    def _gauges(self) -> Iterator[tuple[str, float]]:
        try:
            answer = self._client.call("/metrics", method="GET")
            answer.check()
            families = list(text_string_to_metric_families(answer.body.decode()))
        except (Unavailable, ValueError):
            return
        totals: dict[str, float] = {}
        for family in families:
            for sample in family.samples:
                if (name := GAUGES.get(sample.name)) is not None:
                    totals[name] = totals.get(name, 0.0) + sample.value
        yield from totals.items()


def _memory(pid: int) -> int | None:
    """What a process holds alone; nothing when it is gone."""
    try:
        return footprint(pid).own
    except OSError:
        return None
