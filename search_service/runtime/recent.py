"""What searches took in the last hour, and the slowest of them: in memory, for who looks at it.

Bounded: so many slots of ten seconds with a count for each range of times, and so many searches
with the beginning of what they asked. Since the start of this process only. Not here: counters for
a time series database, see ``search_service.metrics``.
"""

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SLOT_SECONDS = 10
SLOTS = 360
SLOWEST = 20
LONGEST = 2_000  # characters of what a search asked

# Bounds of ranges of times: from half a millisecond to two minutes, each a quarter more.
_BOUNDS = tuple(0.0005 * 1.25**n for n in range(56))


@dataclass(slots=True)
class _Slot:
    number: int
    searches: int = 0
    failed: int = 0
    changes: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))


@dataclass(frozen=True, slots=True)
class Sample:
    """Ten seconds. ``seconds_ago``: when they ended. Times are None where nothing was searched."""

    seconds_ago: float
    searches: float  # a second
    changes: float  # a second
    failed: float  # a second
    median: float | None  # seconds
    slow: float | None  # seconds; one of twenty took longer


@dataclass(frozen=True, slots=True)
class SlowSearch:
    """A search that took long. ``at``: since 1970."""

    at: float
    operation: str
    path: str
    seconds: float
    status: int
    client: str
    asked: str


class Recent:
    """Of one process; for one thread."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._clock = clock
        self._slots: deque[_Slot] = deque(maxlen=SLOTS)
        self._slowest: list[SlowSearch] = []

    def count_search(self, seconds: float, *, failed: bool) -> None:
        """A search was answered."""
        slot = self._slot()
        slot.searches += 1
        slot.failed += failed
        slot.counts[bisect_left(_BOUNDS, seconds)] += 1

    def count_change(self) -> None:
        """A request that changes something was answered."""
        self._slot().changes += 1

    def is_slow(self, seconds: float) -> bool:
        """Whether a search that took so long is among the slowest."""
        return len(self._slowest) < SLOWEST or seconds > self._slowest[-1].seconds

    def note(
        self, operation: str, path: str, seconds: float, status: int, client: str, asked: str
    ) -> None:
        """Keep a search that is slow, as long as it is among the slowest of an hour."""
        now = self._clock()
        kept = [one for one in self._slowest if now - one.at < SLOTS * SLOT_SECONDS]
        kept.append(SlowSearch(now, operation, path, seconds, status, client, asked[:LONGEST]))
        self._slowest = sorted(kept, key=lambda one: -one.seconds)[:SLOWEST]

    def slowest(self) -> Sequence[SlowSearch]:
        """The slowest searches of the last hour, the slowest first."""
        now = self._clock()
        return [one for one in self._slowest if now - one.at < SLOTS * SLOT_SECONDS]

    def samples(self) -> list[Sample]:
        """The last hour by ten seconds, the oldest first, without the ten that run."""
        now = self._monotonic()
        current = int(now // SLOT_SECONDS)
        known = {slot.number: slot for slot in self._slots}
        return [
            _sample(known.get(number) or _Slot(number), now)
            for number in range(current - SLOTS + 1, current)
        ]

    def _slot(self) -> _Slot:
        number = int(self._monotonic() // SLOT_SECONDS)
        if not self._slots or self._slots[-1].number != number:
            self._slots.append(_Slot(number))
        return self._slots[-1]


def _sample(slot: _Slot, now: float) -> Sample:
    return Sample(
        now - (slot.number + 1) * SLOT_SECONDS,
        slot.searches / SLOT_SECONDS,
        slot.changes / SLOT_SECONDS,
        slot.failed / SLOT_SECONDS,
        _quantile(slot, 0.5),
        _quantile(slot, 0.95),
    )


def _quantile(slot: _Slot, part: float) -> float | None:
    """The upper end of the range that it is in: at most a quarter too high."""
    if not slot.searches:
        return None
    left = part * slot.searches
    for at, count in enumerate(slot.counts):
        left -= count
        if left <= 0:
            return _BOUNDS[min(at, len(_BOUNDS) - 1)]
    return _BOUNDS[-1]
