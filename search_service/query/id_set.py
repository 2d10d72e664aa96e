"""Sets of ids as arrays: what a join finds, and what a viewer may see, may be a million of them.

An array takes 8 bytes an id and is sorted, cut and compared without an object for each. Not here:
how an engine finds the documents of a set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST = -(2**63), 2**63 - 1

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class IdSet:
    """A set of 64-bit integers. ``array``: ascending, each once; it is not changed any more."""

    array: Ids

    @classmethod
    def of(cls, numbers: Iterable[int | float]) -> "IdSet":
        """The set of these numbers; one that no 64-bit integer equals is left out."""
        listed = numbers if isinstance(numbers, list | tuple) else list(numbers)
        found = np.array(listed)
        if found.dtype != np.int64:
            # Some are fractions, or too large: each is looked at.
            whole = [int(n) for n in listed if LOWEST <= n <= HIGHEST and n == int(n)]
            found = np.array(whole, np.int64)
        return cls.of_array(found)

    @classmethod
    def of_array(cls, ids: Ids) -> "IdSet":
        """The set of what is in an array, in any order."""
        # Half the time of `numpy.unique`.
        ordered = np.sort(ids)
        if len(ordered) < 2:
            return cls(ordered)
        first = np.empty(len(ordered), np.bool_)
        first[0] = True
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        return cls(ordered[first])

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[int]:
        return iter(self.array.tolist())

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int | float) or not LOWEST <= number <= HIGHEST:
            return False
        whole = int(number)
        place = int(np.searchsorted(self.array, np.int64(whole)))
        return whole == number and place < len(self.array) and int(self.array[place]) == whole

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, IdSet) and np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        # Of the ends alone: sets are looked up by, and large.
        return hash((len(self.array), *self.array[:1].tolist(), *self.array[-1:].tolist()))

    @property
    def span(self) -> int:
        """How many integers there are from the lowest to the highest; 0 of none."""
        return int(self.array[-1]) - int(self.array[0]) + 1 if len(self.array) else 0

    def between(self, low: int, high: int) -> "IdSet":
        """Those from ``low`` to ``high``, inclusive."""
        if low > high or low > HIGHEST or high < LOWEST:
            return IdSet(self.array[:0])
        first = np.searchsorted(self.array, np.int64(max(low, LOWEST)))
        end = np.searchsorted(self.array, np.int64(min(high, HIGHEST)), side="right")
        return IdSet(self.array[first:end])

    def first(self, count: int) -> "IdSet":
        """So many of the lowest."""
        return IdSet(self.array[:count])

    def held(self, numbers: Ids) -> Mask:
        """Which of these numbers are in the set."""
        if not len(self.array):
            return np.zeros(len(numbers), np.bool_)
        places = np.searchsorted(self.array, numbers)
        places[places == len(self.array)] = 0
        held: Mask = self.array[places] == numbers
        return held

    def runs(self) -> list[tuple[int, int]]:
        """Its runs of consecutive integers: the ends of each, ascending."""
        if not len(self.array):
            return []
        # A difference that does not fit wraps around, but never to 1.
        breaks = np.flatnonzero(np.diff(self.array) != 1)
        firsts = self.array[np.concatenate(([0], breaks + 1))]
        lasts = self.array[np.concatenate((breaks, [len(self.array) - 1]))]
        return list(zip(firsts.tolist(), lasts.tolist(), strict=True))

    def gaps(self) -> "IdSet":
        """What lies between its ends and is not in it: of a set without wide gaps."""
        if not len(self.array):
            return self
        every = np.arange(int(self.array[0]), int(self.array[-1]) + 1, dtype=np.int64)
        lacking = np.ones(len(every), np.bool_)
        lacking[self.array - self.array[0]] = False
        return IdSet(every[lacking])
