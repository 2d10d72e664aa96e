"""The threads of one search: each asks another slice, while the engine lets go of Python's lock.

There is one search at a time in a process. A process that is ended for its time takes its threads
with it. Not here: what may be done at once, see ``reader``.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Threads:
    """As many as there are ``cores``, the calling one among them; made when they are needed."""

    def __init__(self, cores: int) -> None:
        self._others = cores - 1
        self._pool: ThreadPoolExecutor | None = None

    def each(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """What the work makes of each item, in their order. Raises what it raises first."""
        others = min(self._others, len(items) - 1)
        if others < 1:
            return list(map(work, items))
        left = SimpleQueue[int]()
        for place in range(len(items)):
            left.put(place)
        done: dict[int, R] = {}

        def take_what_is_left() -> None:
            while (place := _next(left)) is not None:
                try:
                    done[place] = work(items[place])
                except BaseException:
                    while _next(left) is not None:  # the other threads end too
                        pass
                    raise

        helping = [self._opened().submit(take_what_is_left) for _ in range(others)]
        try:
            take_what_is_left()
        finally:
            wait(helping)
        for each in helping:
            each.result()
        return [done[place] for place in range(len(items))]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def _opened(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._others, "search")
        return self._pool


def _next(left: "SimpleQueue[int]") -> int | None:
    try:
        return left.get_nowait()
    except Empty:
        return None
