"""What this service has appended to the journal, as far as it is not known to be committed.

So it knows when a commit is due without asking: of the records of other services it knows how many
there are.
"""

from threading import Lock


class Appended:
    """For several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._own: dict[int, tuple[int, int]] = {}  # number → operations, bytes
        self._committed = 0
        self._last = 0

    def note(self, number: int, operations: int, size: int) -> None:
        """Note a record that was appended; ``size``: its bytes."""
        with self._lock:
            self._last = max(self._last, number)
            if number > self._committed:
                self._own[number] = operations, size

    def note_committed(self, committed: int, last: int = 0) -> None:
        """Note the number of the last record that is committed, and of the last that there is."""
        with self._lock:
            self._last = max(self._last, last)
            if committed > self._committed:
                self._committed = committed
                self._own = {n: each for n, each in self._own.items() if n > committed}

    @property
    def operations(self) -> int:
        """How many operations wait for a commit: a record of another service counts as one."""
        with self._lock:
            others = max(0, self._last - self._committed - len(self._own))
            return others + sum(operations for operations, _ in self._own.values())

    @property
    def size(self) -> int:
        """Bytes of those of this service."""
        with self._lock:
            return sum(size for _, size in self._own.values())
