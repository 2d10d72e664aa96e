"""Processes that share an index with the test, and can be stopped or killed in the middle."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

_CONTEXT = multiprocessing.get_context("spawn")
_SECONDS = 60.0


class OtherProcess:
    """Runs a function that gets a connection to the test, and arguments."""

    def __init__(self, work: Callable[..., None], *args: object) -> None:
        self._connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=work, args=(theirs, *args), daemon=True)
        self._process.start()
        theirs.close()

    def heard(self) -> Any:
        """What it sends next."""
        assert self._connection.poll(_SECONDS), "the other process sends nothing"
        return self._connection.recv()

    def tell(self, message: object = None) -> None:
        """Let it go on."""
        self._connection.send(message)

    def stop(self) -> None:
        """Let it stand still, as a machine does that swaps or is suspended."""
        os.kill(self._pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        os.kill(self._pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.join()

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._connection.close()


__all__ = ["Connection", "OtherProcess"]
