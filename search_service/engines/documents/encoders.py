"""Encodes documents in processes of its own: a population is bound by Python's lock.

The engine takes documents one by one, and each time has to wait until no other thread runs Python;
see ``docs/decisions/0011-encoding-in-processes.md``.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from search_service.engines.base import Document
from search_service.engines.documents.encoding_process import Block, Codec, EncodingProcess
from search_service.errors import StorageFailed
from search_service.long_waits import TOLD_SECONDS, told_when_long

log = logging.getLogger(__name__)

WORTH_SENDING = 100  # documents; fewer are encoded sooner than sent

_BLOCK = 5_000  # documents
_ATTEMPTS = 2  # one process may be ended by chance, or with another that took the memory

Lines = list[tuple[int, str]]


class Encoders:
    """Started when first needed, ended when idle. For several threads."""

    def __init__(
        self,
        codec: Codec,
        processes: int,
        clock: Callable[[], float] = time.monotonic,
        memory: int = 0,
        told_seconds: float = TOLD_SECONDS,
    ) -> None:
        """``clock``: seconds, for ``tend``. ``memory``: bytes of a process of its own; 0: any.

        ``told_seconds``: after which an operator is told of a process that does not answer.
        """
        self._told_seconds = told_seconds
        self._memory = memory
        self._codec = codec
        self._clock = clock
        # One for each process: while it waits for one, the others run.
        self._threads = ThreadPoolExecutor(processes, "encoder")
        self._turn = Lock()
        self._idle: list[EncodingProcess] = []
        self._used = 0.0

    def lines(self, entity: str, documents: Sequence[tuple[int, Document]]) -> Lines | None:
        """The documents as the engine indexes them; None: they are better encoded by the caller.

        Raises StorageFailed when the processes end again and again.
        """
        if len(documents) < WORTH_SENDING:
            return None
        # In blocks: Python's lock is held while one is written, and each process takes some.
        blocks = [
            Block.of(entity, documents[start : start + _BLOCK])
            for start in range(0, len(documents), _BLOCK)
        ]
        return [
            line
            for block, lines in zip(blocks, self._threads.map(self._encoded, blocks), strict=True)
            for line in zip(block.ids, lines, strict=True)
        ]

    def tend(self, seconds: float) -> None:
        """End the processes when they were idle for so long."""
        if self._clock() - self._used >= seconds:
            self.end()

    def end(self) -> None:
        """End the processes that are idle; the next documents start others."""
        with self._turn:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    # ── in the threads ─────────────────────────────────────────────────────────────────────────

    def _encoded(self, block: Block) -> list[str]:
        with told_when_long(
            log,
            "a process that encodes documents does not answer, it is waited for; ended by a "
            "signal, another one does its work",
            self._told_seconds,
            entity=block.entity,
        ):
            return self._encoded_at_last(block)

    def _encoded_at_last(self, block: Block) -> list[str]:
        self._used = self._clock()
        failure: OSError | None = None
        for attempt in range(_ATTEMPTS):
            try:
                # One that was idle may have ended meanwhile, and all others with it.
                process = self._idle_or_started() if attempt == 0 else self._started()
                return self._encoded_by(process, block)
            except OSError as error:
                failure = error
                log.warning(
                    "a process that encodes documents has ended or cannot be started",
                    extra={"why": str(error)},
                )
        # Not by the caller: where memory is short, that would be the end of the service.
        raise StorageFailed(
            "The processes that encode documents end or cannot be started, mostly as the memory of "
            f"this machine is short ({failure}); send it again when there is more"
        ) from failure

    def _idle_or_started(self) -> EncodingProcess:
        with self._turn:
            if self._idle:
                return self._idle.pop()
        return self._started()

    def _started(self) -> EncodingProcess:
        return EncodingProcess(self._codec, self._memory)

    def _encoded_by(self, process: EncodingProcess, block: Block) -> list[str]:
        try:
            lines = process.lines(block)
        except BaseException:
            process.end()
            raise
        with self._turn:
            self._idle.append(process)
        return lines
