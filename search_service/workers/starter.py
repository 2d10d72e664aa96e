"""Starts the processes of search workers, and waits for their ends, in one thread of its own.

In one thread, as a start looks for exit codes too, and each code is told once. Not here: when one
is started or ended, see ``crew``; what runs in it, see ``process``.
"""

import asyncio
import logging
import multiprocessing
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.context import ForkServerProcess

from search_service.processes import forking, kill_forkserver
from search_service.workers import frames
from search_service.workers.process import MakeHandler, main

log = logging.getLogger(__name__)

STOP_SECONDS = 2.0  # a worker that has not left by then is ended
_TOLD_SECONDS = 3.0  # by then a caller is told that its worker has ended, whatever is known of it
_STUCK_SECONDS = 10.0  # by then, where workers could not be waited for, what started them is ended


class Starter:
    """Processes of one kind. For one event loop."""

    def __init__(
        self, make: MakeHandler, *, preload: Sequence[str], memory: int, niceness: int
    ) -> None:
        """``preload``: modules that processes are forked with; the others: see ``process.main``."""
        self._arguments = make, memory, niceness
        self._context = multiprocessing.get_context("forkserver")
        # Imported once by the server that workers are forked from: a replacement takes 10 ms.
        self._context.set_forkserver_preload([main.__module__, *preload])
        self._thread = ThreadPoolExecutor(1, "search-worker-starter")

    async def start(self) -> tuple[ForkServerProcess, socket.socket]:
        """A process that makes itself ready, and our end of its connection. Raises OSError."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._spawn)

    async def exit_code(self, process: ForkServerProcess) -> int | None:
        """Of a process that has ended; None where it cannot be told soon."""
        loop = asyncio.get_running_loop()
        # A start may be held up in the thread: the caller has its answer all the same.
        joining = loop.run_in_executor(self._thread, _exit_code, process)
        told, _ = await asyncio.wait([joining], timeout=_TOLD_SECONDS)
        return joining.result() if told else None

    async def stop(self, processes: Sequence[ForkServerProcess]) -> None:
        """Wait for processes to leave, end those that do not, and start none any more."""
        loop = asyncio.get_running_loop()
        joining = loop.run_in_executor(self._thread, _join_all, processes)
        _, waits = await asyncio.wait([joining], timeout=_STUCK_SECONDS)
        if waits:
            log.warning("what starts search workers does not answer, it is ended")
            kill_forkserver()
        await joining
        self._thread.shutdown(wait=False)

    def _spawn(self) -> tuple[ForkServerProcess, socket.socket]:
        ours, theirs = socket.socketpair()
        with theirs:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, frames.BUFFER)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, frames.BUFFER)
            process = self._context.Process(
                target=main,
                args=(theirs, *self._arguments),
                name="search-worker",
                daemon=True,
            )
            try:
                with forking():
                    process.start()
            except BaseException:
                ours.close()
                raise
        return process, ours


def _exit_code(process: ForkServerProcess) -> int | None:
    """Wait for the end of a worker."""
    process.join(STOP_SECONDS)
    return process.exitcode


def _join_all(processes: Sequence[ForkServerProcess]) -> None:
    """Wait for the workers to leave, and end those that do not."""
    until = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join(STOP_SECONDS)
        if process.is_alive():
            # It is dead, but what it was forked from does not say so, and Python would wait for it.
            kill_forkserver()
            process.join(STOP_SECONDS)
