"""One run of what many ask for at once, shared by all who asked before it began.

What is answered is never older than the question. Between two runs there is a rest in proportion,
so that anybody may ask, as often as they like, and take a fifth of one processor at most.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_REST = 4.0  # times as long as the run took


class SharedRun(Generic[T]):
    """Of work that takes a while and answers everybody alike."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None
        self._may_begin = 0.0

    async def result(self, work: Callable[[], Awaitable[T]]) -> T:
        """What the next run returns or raises; it is of the work of whoever asks first."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._run(work))
        return await asyncio.shield(self._next)

    async def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            await asyncio.sleep(max(0.0, self._may_begin - time.monotonic()))
            self._next = None  # who asks from now on shares the run after this one
            began = time.monotonic()
            try:
                return await work()
            finally:
                ended = time.monotonic()
                self._may_begin = ended + _REST * (ended - began)
