"""The crew: a fixed number of worker processes, each idle or with one job, replaced when they end.

A worker is followed by a new one when it has grown or when nobody wants what it works on, and it is
ended on request. Who gives the jobs is told of answers and of ends. Not here: which job is next and
how long it may take, see ``pool``; one ``worker``; how a process is started and waited for, see
``starter``.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from search_service.errors import EndsCommand, SearchFailed, SearchOutOfMemory, ServiceError
from search_service.workers import frames
from search_service.workers.answers import PROCESSOR_SECONDS, Answer
from search_service.workers.frames import Head
from search_service.workers.starter import Starter
from search_service.workers.worker import View, Worker

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a worker that cannot start is tried again
START_SECONDS = 120.0  # one that is not ready by then stands still

T = TypeVar("T")


class WorkersCannotStart(EndsCommand):
    """A worker ended before it was ready; the message says why, in the worker's words."""


@dataclass(slots=True)
class Counts:
    """Workers since the start of the crew: those that were started, and how others ended."""

    overran: int = 0  # ended by the pool, because a search took too long
    crashed: int = 0  # ended otherwise after they were ready
    started: int = 0
    out_of_memory: int = 0  # of the crashed ones, those that needed more memory than they may have
    renewed: int = 0  # followed by a new one, as they had grown
    abandoned: int = 0  # ended after their follower was ready, as nobody waited for their answer


@dataclass(frozen=True, slots=True)
class Events(Generic[T]):
    """What is called when something happens to workers and their jobs."""

    on_idle: Callable[[], None]  # a worker can be given a job
    on_answer: Callable[[T, Answer, float | None], None]  # the last: seconds of a processor
    on_lost: Callable[[T], None]  # its worker has ended; why is told by the next one
    on_failed: Callable[[T, ServiceError], None]


class Crew(Generic[T]):
    """The workers of one pool. For one event loop."""

    def __init__(
        self,
        starter: Starter,
        size: int,
        memory: int,
        events: Events[T],
        start_seconds: float = START_SECONDS,
    ) -> None:
        """A crew of ``size`` that has not been started.

        ``memory``: bytes that the starter gives each process, 0 for any; for what is told of ends.
        ``start_seconds``: that a worker may take until it is ready.
        """
        self._start_seconds = start_seconds
        self.counts = Counts()
        self._starter = starter
        self._size = size
        self._memory = memory
        self._events = events
        self._workers: set[Worker[T]] = set()
        self._idle: list[Worker[T]] = []  # the last one used comes first: its caches are warm
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost: set[T] = set()  # jobs of workers that ended, until it is known why
        self._closing = False

    @property
    def idle(self) -> int:
        """Workers that can be given a job."""
        return len(self._idle)

    @property
    def busy(self) -> int:
        """Workers with a job."""
        return sum(worker.job is not None for worker in self._workers)

    @property
    def processes(self) -> list[int]:
        """The numbers (pid) of their processes."""
        return [pid for worker in self._workers if (pid := worker.process.pid) is not None]

    def jobs(self) -> list[T]:
        """What the workers have, or had when they ended for a reason that is not known yet."""
        return [*(worker.job for worker in self._workers if worker.job is not None), *self._lost]

    async def start(self) -> None:
        """Start every worker, and wait until all are ready.

        Raises WorkersCannotStart, OSError; then some may be left, for ``stop``.
        """
        await asyncio.gather(*(self._start_worker() for _ in range(self._size)))

    async def stop(self) -> None:
        """End every worker within some seconds; their jobs get neither answer nor failure."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        for worker in self._workers:
            if worker.job is not None:
                worker.process.kill()
            worker.let_leave()
        leaving = [worker.process for worker in self._workers]
        self._workers.clear()
        self._idle.clear()
        await self._starter.stop(leaving)

    def give(self, job: T, request: Head, body: bytes | bytearray, view: View | None) -> Worker[T]:
        """Send a request to an idle worker, of which there must be one."""
        worker = self._idle.pop()
        worker.job = job
        worker.send(request, body, view)
        return worker

    def has(self, worker: Worker[T], job: T) -> bool:
        """Whether the worker still works on that job."""
        return worker.job is job and worker in self._workers

    def end_overrun(self, worker: Worker[T]) -> None:
        """End a worker whose job takes too long; another one is started."""
        worker.overran = True
        log.warning("search ended after its time", extra={"worker": worker.process.pid})
        worker.process.kill()
        if worker.transport is not None:
            worker.transport.abort()

    def end_unwanted(self, worker: Worker[T], job: T, give_up: Callable[[], bool]) -> None:
        """End a worker whose job nobody wants, once there is another one in its place.

        ``give_up`` is asked then; False: somebody wants it after all.
        """
        if not self._closing:
            self._in_background(self._end_unwanted(worker, job, give_up))

    async def _end_unwanted(self, worker: Worker[T], job: T, give_up: Callable[[], bool]) -> None:
        if not worker.is_outgrown:
            worker.is_outgrown = True
            await self._renew(worker)
        if worker.job is job and worker.is_followed and give_up():
            self.counts.abandoned += 1
            worker.is_unwanted = True
            log.info("search ended as its caller left", extra={"worker": worker.process.pid})
            worker.process.kill()

    # ── what workers say ─────────────────────────────────────────────────────────────────────────

    def _on_frame(self, worker: Worker[T], head: Head, body: bytearray) -> None:
        match head:
            case ("ready",):
                worker.ready.set_result(None)
            case ("failed", message):
                worker.ready.set_exception(WorkersCannotStart(message))
            case (status, headers, facts, is_outgrown):
                processor_seconds = facts.pop(PROCESSOR_SECONDS, None)
                job, worker.job = worker.job, None
                worker.answered += 1
                if job is not None:
                    answer = Answer(status, body, headers=headers, facts=facts)
                    self._events.on_answer(job, answer, processor_seconds)
                if is_outgrown and not worker.is_outgrown:
                    worker.is_outgrown = True
                    self._in_background(self._renew(worker))
                self._make_available(worker)
            case _:
                raise AssertionError(head)

    def _make_available(self, worker: Worker[T]) -> None:
        if worker.is_followed:
            self._let_leave(worker)
        else:
            self._idle.append(worker)
        self._events.on_idle()

    def _on_end(self, worker: Worker[T]) -> None:
        """The worker has gone: on its own, or because it was ended."""
        if not worker.ready.done():
            worker.ready.set_exception(WorkersCannotStart("the process ended while it started"))
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        was_ready = worker.ready.exception() is None
        job, worker.job = worker.job, None
        if job is not None:
            self._events.on_lost(job)
        if worker.overran:
            self.counts.overran += 1
        elif worker.is_unwanted:
            pass
        elif was_ready and not self._closing:
            self.counts.crashed += 1
        if self._closing or not was_ready:
            return  # who waits for it to be ready tries again
        if job is not None:
            self._lost.add(job)
        self._in_background(self._tell_end(worker, job))
        if worker.is_outgrown:
            return  # another one is being started already
        # One that answered nothing may be one of a row: a pause keeps the machine usable.
        pause = 0.0 if worker.answered or worker.overran else FIRST_PAUSE
        self._in_background(self._replace(pause))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_end(self, gone: Worker[T], job: T | None) -> None:
        """Log how a worker ended, and tell why there is no answer to its job."""
        exit_code = await self._starter.exit_code(gone.process)
        error: ServiceError = SearchFailed()
        if exit_code == -signal.SIGABRT and self._memory:  # so the engine ends where memory does
            error = SearchOutOfMemory(self._memory)
            self.counts.out_of_memory += 1
        if not (gone.overran or gone.is_unwanted):
            log.error(
                "search worker ended unexpectedly",
                extra={"worker": gone.process.pid, "exit_code": exit_code, "why": error.message},
            )
        if job is not None:
            self._lost.discard(job)
            self._events.on_failed(job, error)

    # ── starting and following ───────────────────────────────────────────────────────────────────

    async def _renew(self, grown: Worker[T]) -> None:
        """Start a worker in place of one that has grown, which answers until that is ready."""
        try:
            await self._start_worker()
        except Exception as error:  # noqa: BLE001 (nobody else would try again)
            log.warning("search worker could not be renewed", extra={"why": _why(error)})
            if grown in self._workers:
                grown.is_outgrown = False  # tried again after its next answer
            else:
                await self._replace(FIRST_PAUSE)
            return
        if grown not in self._workers:
            return  # it has ended meanwhile
        self.counts.renewed += 1
        log.info("search worker renewed", extra={"worker": grown.process.pid})
        grown.is_followed = True
        if grown.job is None:
            self._idle.remove(grown)
            self._let_leave(grown)

    def _let_leave(self, worker: Worker[T]) -> None:
        self._workers.discard(worker)
        worker.let_leave()

    async def _replace(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            try:
                await self._start_worker()
                return
            except Exception as error:  # noqa: BLE001 (as above)
                pause = min(max(FIRST_PAUSE, 2 * pause), LONGEST_PAUSE)
                log.error(
                    "search worker cannot start", extra={"why": _why(error), "next_try": pause}
                )

    async def _start_worker(self) -> None:
        loop = asyncio.get_running_loop()
        process, connection = await self._starter.start()
        worker: Worker[T] = Worker(process, loop.create_future())
        # Nobody waits for it any more when the crew is stopped meanwhile.
        worker.ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        self._workers.add(worker)
        worker.transport, _ = await loop.create_unix_connection(
            lambda: frames.FrameReader(
                partial(self._on_frame, worker), partial(self._on_end, worker)
            ),
            sock=connection,
        )
        await asyncio.wait([worker.ready], timeout=self._start_seconds)
        if not worker.ready.done():
            why = f"the process was not ready within {self._start_seconds:g} seconds"
            worker.ready.set_exception(WorkersCannotStart(why))
            process.kill()
        try:
            await worker.ready
        except WorkersCannotStart:
            self._workers.discard(worker)
            worker.transport.abort()
            raise
        self.counts.started += 1
        self._make_available(worker)


def _why(error: Exception) -> str:
    expected = isinstance(error, WorkersCannotStart | OSError)
    return str(error) if expected else f"{type(error).__name__}: {error}"
