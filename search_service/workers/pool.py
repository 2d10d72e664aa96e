"""The search workers: processes that each run one search at a time, and are ended when it overruns.

Not here: what a worker does with a request (see ``process``), what goes over the connection (see
``frames``). Why a pool of our own: ``docs/decisions/0005-search-workers-of-our-own.md``.
"""

import asyncio
import logging
import multiprocessing
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.context import ForkServerProcess
from typing import Protocol

from search_service.errors import EndsCommand, SearchFailed, SearchTimedOut, TooBusy
from search_service.processes import start_forkserver
from search_service.workers import frames
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.process import MakeHandler, main

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a worker that cannot start is tried again
STOP_SECONDS = 2.0  # a worker that has not left by then is ended


class View(Protocol):
    """The state of the index that the workers read; sent to a worker when its number changes."""

    @property
    def version(self) -> int:
        """A number that differs for each content."""
        ...


class WorkersCannotStart(EndsCommand):
    """A worker ended before it was ready; the message says why, in the worker's words."""


@dataclass(eq=False, slots=True)
class _Job:
    request: Head
    body: bytes | bytearray
    answer: asyncio.Future[Answer]
    timer: asyncio.TimerHandle | None = None

    def finish(self, outcome: Answer | Exception) -> None:
        """Give the caller its answer or its error, unless the caller has left."""
        if self.timer is not None:
            self.timer.cancel()
        if self.answer.done():
            return
        if isinstance(outcome, Answer):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


@dataclass(eq=False, slots=True)
class _Worker:
    process: ForkServerProcess
    ready: asyncio.Future[None]
    transport: asyncio.Transport | None = None
    job: _Job | None = None
    version: int | None = None  # of the view that was sent to it last
    answered: int = 0
    overran: bool = False


@dataclass(slots=True)
class Counts:
    """Workers since the start of the pool: those that were started, and how others ended."""

    overran: int = 0  # ended by the pool, because a search took too long
    crashed: int = 0  # ended otherwise after they were ready
    started: int = 0


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """Workers and searches at one moment."""

    size: int  # workers that there should be
    idle: int  # workers
    busy: int  # workers
    waiting: int  # searches without a worker yet
    counts: Counts = field(default_factory=Counts)


class SearchPool:
    """Processes that each answer one search at a time. For one event loop."""

    def __init__(
        self,
        make: MakeHandler,
        *,
        size: int,
        seconds: float,
        waiting: int,
        view: Callable[[], View | None] = lambda: None,
        preload: Sequence[str] = (),
    ) -> None:
        """A pool that has not been started.

        ``make`` is called in each process and returns the handler of its requests; it is pickled.
        ``size``: processes. ``seconds``: how long a search may wait for a worker, and how long it
        may run. ``waiting``: searches that may wait; one more is refused. ``view`` returns the view
        that a request is to be answered from, None for none. ``preload``: modules that processes
        are forked with.
        """
        self.size = size
        self.counts = Counts()
        self._make = make
        self._seconds = seconds
        self._waiting_limit = waiting
        self._view = view
        self._context = multiprocessing.get_context("forkserver")
        # Imported once by the server that workers are forked from: a replacement takes 10 ms.
        self._context.set_forkserver_preload([main.__module__, *preload])
        self._starter = ThreadPoolExecutor(1, "search-worker-starter")
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []  # the last one used comes first: its caches are warm
        self._waiting: deque[_Job] = deque()
        self._replacements: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Start every worker, and wait until all are ready.

        Raises WorkersCannotStart, OSError; then no worker is left.
        """
        try:
            await asyncio.gather(*(self._start_worker() for _ in range(self.size)))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End every worker within some seconds.

        Searches that run or wait are not finished: their callers get SearchFailed.
        """
        self._closing = True
        for task in self._replacements:
            task.cancel()
        for job in [*self._waiting, *(w.job for w in self._workers if w.job is not None)]:
            job.finish(SearchFailed())
        self._waiting.clear()
        for worker in self._workers:
            if worker.job is not None:
                worker.process.kill()
            if worker.transport is not None:
                worker.transport.close()  # which an idle worker sees, and leaves
        leaving = [worker.process for worker in self._workers]
        self._workers.clear()
        self._idle.clear()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._starter, _join_all, leaving)
        self._starter.shutdown(wait=False)

    async def ask(self, request: Head, body: bytes | bytearray) -> Answer:
        """The answer of a worker to a request: its head (see ``frames``) and its body.

        An error that the handler raised is an answer too. Raises TooBusy when too many searches
        wait, SearchTimedOut when it waited or ran too long, SearchFailed when its worker ended or
        the pool stops. A caller that is cancelled while it waits takes no worker; a search that
        has begun goes on to its end or its time.
        """
        loop = asyncio.get_running_loop()
        job = _Job(request, body, loop.create_future())
        if self._idle:
            self._send(self._idle.pop(), job)
        elif self._closing:
            raise SearchFailed
        elif len(self._waiting) >= self._waiting_limit:
            raise TooBusy(len(self._waiting))
        else:
            self._waiting.append(job)
            job.timer = loop.call_later(self._seconds, self._waited_too_long, job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            self._leave_queue(job)
            raise

    @property
    def would_wait(self) -> bool:
        """Whether a search that comes now has to wait for a worker."""
        return not self._idle

    def status(self) -> PoolStatus:
        """The workers and searches of this moment."""
        idle = len(self._idle)
        busy = sum(worker.job is not None for worker in self._workers)
        return PoolStatus(self.size, idle, busy, len(self._waiting), self.counts)

    def _waited_too_long(self, job: _Job) -> None:
        self._leave_queue(job)
        job.finish(SearchTimedOut(self._seconds))

    def _leave_queue(self, job: _Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            if job.timer is not None:
                job.timer.cancel()

    def _send(self, worker: _Worker, job: _Job) -> None:
        assert worker.transport is not None  # noqa: S101 (it was ready)
        if job.timer is not None:
            job.timer.cancel()
        worker.job = job
        view = self._view()
        new_view = view if view is not None and view.version != worker.version else None
        if new_view is not None:
            worker.version = new_view.version
        start, rest = frames.pack((new_view, job.request), job.body)
        if len(rest) < frames.SMALL:
            worker.transport.write(start + rest)
        else:
            worker.transport.writelines((start, rest))
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(self._seconds, self._overrun, worker, job)

    def _overrun(self, worker: _Worker, job: _Job) -> None:
        job.finish(SearchTimedOut(self._seconds))
        worker.overran = True
        log.warning("search ended after its time", extra={"worker": worker.process.pid})
        worker.process.kill()
        if worker.transport is not None:
            worker.transport.abort()

    def _on_frame(self, worker: _Worker, head: Head, body: bytearray) -> None:
        match head:
            case ("ready",):
                worker.ready.set_result(None)
            case ("failed", message):
                worker.ready.set_exception(WorkersCannotStart(message))
            case (status, headers, facts):
                job, worker.job = worker.job, None
                worker.answered += 1
                if job is not None:
                    job.finish(Answer(status, body, headers=headers, facts=facts))
                self._next_job(worker)
            case _:
                raise AssertionError(head)

    def _next_job(self, worker: _Worker) -> None:
        if self._waiting:
            self._send(worker, self._waiting.popleft())
        else:
            self._idle.append(worker)

    def _on_end(self, worker: _Worker) -> None:
        """The worker has gone: on its own, or because it was ended."""
        if not worker.ready.done():
            worker.ready.set_exception(WorkersCannotStart("the process ended while it started"))
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if worker.job is not None:
            worker.job.finish(SearchFailed())
        was_ready = worker.ready.exception() is None
        if worker.overran:
            self.counts.overran += 1
        elif was_ready and not self._closing:
            self.counts.crashed += 1
        if self._closing or not was_ready:
            return  # who waits for it to be ready tries again
        # One that answered nothing may be one of a row: a pause keeps the machine usable.
        pause = 0.0 if worker.answered or worker.overran else FIRST_PAUSE
        task = asyncio.get_running_loop().create_task(self._replace(worker, pause))
        self._replacements.add(task)
        task.add_done_callback(self._replacements.discard)

    async def _replace(self, gone: _Worker, pause: float) -> None:
        loop = asyncio.get_running_loop()
        loop.run_in_executor(self._starter, _log_end, gone.process, gone.overran)
        while True:
            await asyncio.sleep(pause)
            try:
                await self._start_worker()
                return
            except (WorkersCannotStart, OSError) as error:
                pause = min(max(FIRST_PAUSE, 2 * pause), LONGEST_PAUSE)
                log.error(
                    "search worker cannot start", extra={"why": str(error), "next_try": pause}
                )

    async def _start_worker(self) -> None:
        loop = asyncio.get_running_loop()
        process, connection = await loop.run_in_executor(self._starter, self._spawn)
        worker = _Worker(process, loop.create_future())
        # Nobody waits for it any more when the pool is stopped meanwhile.
        worker.ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        self._workers.add(worker)
        worker.transport, _ = await loop.create_unix_connection(
            lambda: frames.FrameReader(
                partial(self._on_frame, worker), partial(self._on_end, worker)
            ),
            sock=connection,
        )
        try:
            await worker.ready
        except WorkersCannotStart:
            self._workers.discard(worker)
            worker.transport.abort()
            raise
        self.counts.started += 1
        self._next_job(worker)

    def _spawn(self) -> tuple[ForkServerProcess, socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, frames.BUFFER)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, frames.BUFFER)
            process = self._context.Process(
                target=main, args=(theirs, self._make), name="search-worker", daemon=True
            )
            try:
                start_forkserver()
                process.start()
            except BaseException:
                ours.close()
                raise
        return process, ours


def _log_end(process: ForkServerProcess, overran: bool) -> None:
    """Wait for the end of a worker, for its exit code."""
    process.join(STOP_SECONDS)
    if not overran:
        log.error(
            "search worker ended unexpectedly",
            extra={"worker": process.pid, "exit_code": process.exitcode},
        )


def _join_all(processes: Sequence[ForkServerProcess]) -> None:
    """Wait for the workers to leave, and end those that do not."""
    until = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join(STOP_SECONDS)
