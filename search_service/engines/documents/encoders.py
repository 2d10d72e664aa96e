"""Encodes documents in processes of its own: a population is bound by Python's lock.

The engine takes documents one by one, and each time has to wait until no other thread runs Python;
see ``docs/decisions/0011-encoding-in-processes.md``.
"""

import gc
import logging
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Lock
from typing import Protocol

import orjson

from search_service.engines.base import Document
from search_service.errors import StorageFailed
from search_service.processes import end_with_parent, start_forkserver

log = logging.getLogger(__name__)

WORTH_SENDING = 100  # documents; fewer are encoded sooner than sent

_ATTEMPTS = 2  # one process may be ended by chance, or with another that took the memory

_COLLECTED_AFTER = 100_000  # objects more than before

Encode = Callable[[int, Document], str]


class Codec(Protocol):
    """How an engine encodes documents. It can be sent to a process."""

    def encoder(self, entity: str) -> Encode:
        """A document as the line that the engine indexes. One thread at a time uses it."""
        ...


Lines = list[tuple[int, str]]


class Encoders:
    """Started when first needed, ended when idle. For several threads."""

    def __init__(
        self, codec: Codec, processes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock``: seconds, for ``tend``."""
        self._codec = codec
        self._processes = processes
        self._clock = clock
        self._turn = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._used = 0.0

    def lines(self, entity: str, documents: Sequence[tuple[int, Document]]) -> Lines | None:
        """The documents as the engine indexes them; None: they are better encoded by the caller.

        Raises StorageFailed when the processes end again and again.
        """
        if len(documents) < WORTH_SENDING:
            return None
        ids = [id_ for id_, _ in documents]
        content = orjson.dumps([document for _, document in documents])
        failure: BrokenProcessPool | None = None
        for _ in range(_ATTEMPTS):
            pool, encoded = self._submitted(entity, ids, content)
            try:
                return list(zip(ids, encoded.result().split("\n"), strict=True))
            except BrokenProcessPool as error:
                failure = error
                log.warning("a process that encodes documents has ended")
                self._end(pool)
        # Not by the caller: where memory is short, that would be the end of the service.
        raise StorageFailed(
            "The processes that encode documents end again and again, mostly as the memory of "
            "this machine is short; send it again when there is more"
        ) from failure

    def tend(self, seconds: float) -> None:
        """End the processes when they were idle for so long."""
        if self._pool is not None and self._clock() - self._used >= seconds:
            self.end()

    def end(self) -> None:
        """End the processes; the next documents start others."""
        self._end(self._pool)

    def _end(self, pool: ProcessPoolExecutor | None) -> None:
        with self._turn:
            if self._pool is pool:  # not those that another thread has started meanwhile
                self._pool = None
        if pool is not None:
            pool.shutdown()

    def _submitted(
        self, entity: str, ids: Sequence[int], content: bytes
    ) -> tuple[ProcessPoolExecutor, "Future[str]"]:
        # Within the turn, as processes that are ended take nothing more.
        with self._turn:
            self._used = self._clock()
            pool = self._pool = self._pool or self._started()
            try:
                return pool, pool.submit(_encoded, entity, ids, content)
            except BrokenProcessPool as error:
                failed: Future[str] = Future()
                failed.set_exception(error)
                return pool, failed

    def _started(self) -> ProcessPoolExecutor:
        start_forkserver()
        return ProcessPoolExecutor(
            self._processes,
            multiprocessing.get_context("forkserver"),
            initializer=_prepare,
            initargs=(self._codec,),
        )


# ── in the processes ─────────────────────────────────────────────────────────────────────────────

_codec: Codec
_encode: dict[str, Encode] = {}


def _prepare(codec: Codec) -> None:
    global _codec
    end_with_parent()
    # Documents are objects without cycles, so many that looking for some would begin all the time.
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)
    _codec = codec


def _encoded(entity: str, ids: Sequence[int], content: bytes) -> str:
    encode = _encode.get(entity)
    if encode is None:
        encode = _encode[entity] = _codec.encoder(entity)
    return "\n".join(map(encode, ids, orjson.loads(content)))
