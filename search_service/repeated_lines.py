"""Which log lines to leave out, of those that somebody else can cause as often as they like.

Of a kind there are some lines in each period, and the next one says how many had none. Not here:
what a kind is, and what its line says.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

Kind = TypeVar("Kind", bound=Hashable)


class RepeatedLines(Generic[Kind]):
    """Counts lines by their kind."""

    def __init__(
        self,
        period: float,
        clock: Callable[[], float],
        most: Mapping[Kind, int] | None = None,
    ) -> None:
        """``period``: seconds. ``most``: lines of a period, where they are more than one."""
        self._period = period
        self._clock = clock
        self._most = most or {}
        self._until: dict[Kind, float] = {}
        self._lines: Counter[Kind] = Counter()
        self._unlogged: Counter[Kind] = Counter()

    def unlogged_since(self, kind: Kind) -> int | None:
        """How many of the kind have had no log line since the last that had; None: nor has this."""
        now = self._clock()
        if now >= self._until.get(kind, now):
            self._until[kind] = now + self._period
            self._lines[kind] = 0
        self._lines[kind] += 1
        if self._lines[kind] > self._most.get(kind, 1):
            self._unlogged[kind] += 1
            return None
        return self._unlogged.pop(kind, 0)
