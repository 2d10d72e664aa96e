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
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import orjson

from search_service.engines.base import Document
from search_service.errors import StorageFailed
from search_service.memory import limit_this_process
from search_service.processes import end_with_parent, forking

log = logging.getLogger(__name__)

WORTH_SENDING = 100  # documents; fewer are encoded sooner than sent

_BLOCK = 5_000  # documents
_ATTEMPTS = 2  # one process may be ended by chance, or with another that took the memory

_COLLECTED_AFTER = 100_000  # objects more than before

Encode = Callable[[int, Document], str]


class Codec(Protocol):
    """How an engine encodes documents. It can be sent to a process."""

    def encoder(self, entity: str) -> Encode:
        """A document as the line that the engine indexes. One thread at a time uses it."""
        ...


Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class _Block:
    """Documents that are sent together, as JSON."""

    ids: list[int]
    content: bytes

    @classmethod
    def of(cls, documents: Sequence[tuple[int, Document]]) -> "_Block":
        return cls([id_ for id_, _ in documents], orjson.dumps([each for _, each in documents]))


class Encoders:
    """Started when first needed, ended when idle. For several threads."""

    def __init__(
        self,
        codec: Codec,
        processes: int,
        clock: Callable[[], float] = time.monotonic,
        memory: int = 0,
    ) -> None:
        """``clock``: seconds, for ``tend``. ``memory``: bytes of a process of its own; 0: any."""
        self._memory = memory
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
        # In blocks: Python's lock is held while one is written, and each process takes some.
        blocks = [
            _Block.of(documents[start : start + _BLOCK])
            for start in range(0, len(documents), _BLOCK)
        ]
        failure: Exception | None = None
        for _ in range(_ATTEMPTS):
            pool, encoded = self._submitted(entity, blocks)
            try:
                return [
                    line
                    for block, lines in zip(blocks, encoded, strict=True)
                    for line in zip(block.ids, lines.result().split("\n"), strict=True)
                ]
            except (BrokenProcessPool, OSError) as error:
                failure = error
                log.warning(
                    "a process that encodes documents has ended or cannot be started",
                    extra={"why": str(error)},
                )
                self._end(pool)
        # Not by the caller: where memory is short, that would be the end of the service.
        raise StorageFailed(
            "The processes that encode documents end or cannot be started, mostly as the memory of "
            f"this machine is short ({failure}); send it again when there is more"
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
        self, entity: str, blocks: Sequence["_Block"]
    ) -> tuple[ProcessPoolExecutor, list["Future[str]"]]:
        # Within the turn, as processes that are ended take nothing more.
        with self._turn:
            self._used = self._clock()
            pool = self._pool = self._pool or self._started()
            try:
                with forking():
                    return pool, [
                        pool.submit(_encoded, entity, block.ids, block.content) for block in blocks
                    ]
            except (BrokenProcessPool, OSError) as error:
                failed: Future[str] = Future()
                failed.set_exception(error)
                return pool, [failed] * len(blocks)

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes,
            multiprocessing.get_context("forkserver"),
            initializer=_prepare,
            initargs=(self._codec, self._memory),
        )


# ── in the processes ─────────────────────────────────────────────────────────────────────────────

_codec: Codec
_encode: dict[str, Encode] = {}


def _prepare(codec: Codec, memory: int) -> None:
    global _codec
    end_with_parent("encoder")
    if memory:
        limit_this_process(memory)
    # Documents are objects without cycles, so many that looking for some would begin all the time.
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)
    _codec = codec


def _encoded(entity: str, ids: Sequence[int], content: bytes) -> str:
    encode = _encode.get(entity)
    if encode is None:
        encode = _encode[entity] = _codec.encoder(entity)
    return "\n".join(map(encode, ids, orjson.loads(content)))
