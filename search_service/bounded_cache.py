"""A cache that is bounded by the bytes of what it keeps: callers send names of any length.

What was not asked for the longest goes first. Not here: how many bytes something takes, which who
adds it says (see ``query.weight`` for queries); values that are made of one another by a function,
see ``engines.documents.remembered``.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

EACH = 200
"""Bytes of an entry beside what it holds, about."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Not for several threads."""

    def __init__(self, most: int) -> None:
        """``most``: bytes. The last entry is kept, however large it is."""
        self._most = most
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        """Whether there is an entry; it does not count as asked for."""
        return key in self._entries

    @property
    def size(self) -> int:
        """Bytes of all entries."""
        return self._size

    def get(self, key: K) -> V | None:
        """What is kept under the key."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
        self._size = 0

    def add(self, key: K, value: V, weight: int) -> None:
        """Keep a value, whose bytes are ``weight`` with those of its key."""
        before = self._entries.pop(key, None)
        if before is not None:
            self._size -= before[1]
        self._entries[key] = value, weight + EACH
        self._size += weight + EACH
        while self._size > self._most and len(self._entries) > 1:
            _, (_, dropped) = self._entries.popitem(last=False)
            self._size -= dropped
