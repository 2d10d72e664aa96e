"""The worker processes of a re-index: each has one piece at a time, and one that dies is replaced.

Not here: what a worker does, see ``worker``; what is noted of it, which the caller does.
"""

import logging
import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import assert_never

from search_service.errors import CannotReindex
from search_service.processes import signals_blocked
from search_service.reindex import disk_full
from search_service.reindex.plan import Piece
from search_service.reindex.state import Checkpoint
from search_service.reindex.worker import At, Durable, Failed, Job, Ready, main

log = logging.getLogger(__name__)

_MOST_DEATHS = 3  # of workers over one piece
_TICK_SECONDS = 0.5
_END_SECONDS = 5.0

Note = Callable[[Piece, At | Durable], None]


@dataclass(eq=False, slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    checkpoint: Checkpoint | None = None


class Crew:
    """``note`` is told of each piece's progress, ``tick`` is called now and then."""

    def __init__(self, job: Job, size: int, note: Note, tick: Callable[[], None]) -> None:
        self._job = job
        self._size = size
        self._note = note
        self._tick = tick
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._waiting: deque[Checkpoint] = deque()
        self._deaths: Counter[Piece] = Counter()

    def run(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Build these. Raises CannotReindex; what is durable by then has been noted."""
        self._waiting.extend(checkpoint for checkpoint in checkpoints if not checkpoint.done)
        try:
            for _ in range(min(self._size, len(self._waiting))):
                self._hire()
            while self._workers:
                self._wait()
                self._tick()
        finally:
            for worker in self._workers:
                worker.process.kill()
                worker.process.join(_END_SECONDS)
                worker.connection.close()

    def _hire(self) -> None:
        ours, its = self._context.Pipe()
        process = self._context.Process(
            target=main, args=(its, self._job), name="reindex-worker", daemon=True
        )
        with signals_blocked():
            process.start()
        its.close()
        self._workers.append(_Worker(process, ours))

    def _wait(self) -> None:
        by_connection = {worker.connection: worker for worker in self._workers}
        for ready in connection.wait(list(by_connection), _TICK_SECONDS):
            if isinstance(ready, Connection):
                self._hear(by_connection[ready])

    def _hear(self, worker: _Worker) -> None:
        try:
            message: Ready | At | Durable | Failed = worker.connection.recv()
        except (EOFError, OSError):  # the latter amid a message
            self._replace(worker)
            return
        match message:
            case Ready():
                self._give(worker)
            case At() | Durable():
                self._progress(worker, message)
            case Failed(why, full=True):
                raise disk_full.full(self._job.engine, self._job.generation, why)
            case Failed(why, lost=True):
                raise CannotReindex(
                    f"{why}; nothing is lost: when it answers again, go on by --resume"
                )
            case Failed(why):
                raise CannotReindex(why)
            case _:
                assert_never(message)

    def _progress(self, worker: _Worker, message: At | Durable) -> None:
        checkpoint = worker.checkpoint
        assert checkpoint is not None  # noqa: S101 (a worker speaks of the piece that it was given)
        if isinstance(message, Durable):
            worker.checkpoint = Checkpoint(
                checkpoint.piece, message.after, message.documents, message.done
            )
        self._note(checkpoint.piece, message)

    def _give(self, worker: _Worker) -> None:
        worker.checkpoint = self._waiting.popleft() if self._waiting else None
        try:
            worker.connection.send(worker.checkpoint)
        except OSError:
            self._replace(worker)
            return
        if worker.checkpoint is None:
            self._workers.remove(worker)
            worker.process.join(_END_SECONDS)
            worker.connection.close()

    def _replace(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.join(_END_SECONDS)
        checkpoint = worker.checkpoint
        what = (
            f"{checkpoint.piece.entity} from id {checkpoint.next}"
            if checkpoint
            else "before its first piece"
        )
        log.warning(
            "worker ended unexpectedly", extra={"at": what, "status": worker.process.exitcode}
        )
        piece = checkpoint.piece if checkpoint else Piece("", 0, 0, 0)
        self._deaths[piece] += 1
        if self._deaths[piece] >= _MOST_DEATHS:
            raise CannotReindex(
                f"{_MOST_DEATHS} workers ended unexpectedly at {what}; the log and the system's "
                "messages (memory?) say more. Go on by --resume, with fewer workers if memory "
                "was short"
            )
        if checkpoint is not None and not checkpoint.done:
            self._waiting.appendleft(checkpoint)
        if self._waiting:
            self._hire()
