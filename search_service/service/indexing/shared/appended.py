"""What this service has appended to the journal, as far as it is not known to be committed.

So it knows when a commit is due without asking: of the records of other services, and of those
before its start, it knows how many there are, and since when it has seen them.
"""

import time
from collections.abc import Callable
from threading import Lock


class Appended:
    """For several threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """``clock``: seconds since 1970."""
        self._lock = Lock()
        self._clock = clock
        # Number → operations, bytes, when it was appended.
        self._own: dict[int, tuple[int, int, float]] = {}
        self._others: dict[int, float] = {}  # number → when it was seen first
        self._committed = 0
        self._last = 0

    def note(self, number: int, operations: int, size: int) -> None:
        """Note a record that was appended; ``size``: its bytes."""
        with self._lock:
            self._last = max(self._last, number)
            if number > self._committed:
                self._own[number] = operations, size, self._clock()

    def note_committed(self, committed: int, last: int = 0) -> None:
        """Note the number of the last record that is committed, and of the last that there is."""
        with self._lock:
            if last > max(self._last, committed):
                self._others[last] = self._clock()
            self._last = max(self._last, last)
            if committed > self._committed:
                self._committed = committed
                self._own = {n: each for n, each in self._own.items() if n > committed}
                self._others = {n: seen for n, seen in self._others.items() if n > committed}

    @property
    def operations(self) -> int:
        """How many operations wait for a commit: a record of another service counts as one."""
        with self._lock:
            others = max(0, self._last - self._committed - len(self._own))
            return others + sum(operations for operations, _, _ in self._own.values())

    @property
    def size(self) -> int:
        """Bytes of those of this service."""
        with self._lock:
            return sum(size for _, size, _ in self._own.values())

    @property
    def since(self) -> float | None:
        """Since when one waits, as far as this service has seen it; None: none waits."""
        with self._lock:
            own = [since for _, _, since in self._own.values()]
            return min((*own, *self._others.values()), default=None)
