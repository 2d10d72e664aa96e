"""What each step of a re-index takes of the processor, in this process and over a sample.

The steps are those of a worker, one after the other over all of the sample, so that each can be
measured. The engine indexes in threads of its own, also beside later steps: theirs is the process's
time without this thread's. Not here: how fast several workers are, see ``bench_reindex``.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice

from analyzers import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import Document, prepare, with_si
from search_service.engines.id_ranges import HIGHEST_ID, LOWEST_ID
from search_service.engines.index import Engine
from search_service.reindex.worker import OpenSource
from search_service.sources.base import Row, Source, ignore_rejected

AT_ONCE = 20_000
STEPS = ("read", "prepare", "encode", "index", "commit", "merge")


@dataclass
class Steps:
    """Seconds by step: of Python's thread, of the engine's threads, and by the clock."""

    documents: int = 0
    own: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    engine: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    clock: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Adds what the block takes to a step."""
        begun = time.thread_time(), time.process_time(), time.perf_counter()
        yield
        own = time.thread_time() - begun[0]
        self.own[step] += own
        self.engine[step] += max(0.0, time.process_time() - begun[1] - own)
        self.clock[step] += time.perf_counter() - begun[2]


def measured(
    open_source: OpenSource, engine: Engine, entity: str, sample: int, memory: int
) -> Steps:
    """Reads so many documents of an entity and makes a piece of them in an empty data directory."""
    source = open_source(ignore_rejected)
    try:
        return _measured(source, engine, entity, sample, memory)
    finally:
        source.close()


def _measured(source: Source, engine: Engine, entity: str, sample: int, memory: int) -> Steps:
    steps, units = Steps(), Units(engine.config.units)
    of, encode = lookup.entity(entity), engine.encoder(entity)
    builder = engine.builder(1, entity, LOWEST_ID, HIGHEST_ID, memory=memory)

    def form(id_: int, document: Document) -> Document:
        if not source.checked:
            return prepare(of, id_, document, units)
        return with_si(of, document, units)

    rows = chain.from_iterable(source.read(entity, LOWEST_ID, HIGHEST_ID))
    while steps.documents < sample and (some := _taken(rows, steps)):
        with steps.timed("prepare"):
            prepared = [(id_, form(id_, document)) for id_, document in some]
        with steps.timed("encode"):
            encoded = [(id_, encode(id_, document)) for id_, document in prepared]
        with steps.timed("index"):
            builder.put(encoded)
        steps.documents += len(some)
    with steps.timed("commit"):
        builder.commit()
    with steps.timed("merge"):
        builder.close()
    return steps


def _taken(rows: Iterator[Row], steps: Steps) -> Sequence[Row]:
    with steps.timed("read"):
        return list(islice(rows, AT_ONCE))


def spinning(seconds: float) -> int:
    """How far this process counts in so many seconds."""
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(1_000):
            count += 1
    return count


def reading(open_source: OpenSource, entity: str, low: int, high: int) -> int:
    """Reads documents and lets them go. Returns their number."""
    source = open_source(ignore_rejected)
    try:
        return sum(map(len, source.read(entity, low, high)))
    finally:
        source.close()
