"""What was made of values that come again, within bounds of memory.

When it is full everything is forgotten, which costs less than to know what is oldest.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

LONGEST = 4_000
"""Bytes of one: what is longer does not come again, and would take the place of others."""

_EACH = 100  # bytes of an entry beside its content

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V], Generic[K, V]):
    """``remembered[key]`` is what ``make`` gives for the key, now or before."""

    def __init__(self, make: Callable[[K], V], weigh: Callable[[K, V], int], most: int) -> None:
        """``weigh``: the bytes of a key and what was made of it, about; ``most``: of all.

        Python's objects take some two times as much.
        """
        super().__init__()
        self._make = make
        self._weigh = weigh
        self._most = most
        self._weight = 0

    def __missing__(self, key: K) -> V:
        made = self._make(key)
        weight = self._weigh(key, made)
        if weight <= LONGEST:
            self._weight += weight + _EACH
            if self._weight > self._most:
                self.clear()
                self._weight = weight + _EACH
            self[key] = made
        return made
