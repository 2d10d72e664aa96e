"""When Python looks for objects that only refer to each other.

By itself it looks through all objects again and again while documents of a request are made, which
are millions without such cycles; nothing else runs meanwhile. So young objects alone are looked
through by themselves, and all of them when that takes no time that anybody notices.
"""

import gc
import time
from collections.abc import Callable

_YOUNG, _ROUNDS, _NEVER = 50_000, 5, 1_000_000_000
_PAUSE = 60.0  # seconds
_SHARE = 1_000  # the time of a look is at most one in so many parts of the time between


class GarbageCollection:
    """Looks through all objects now and then: at most a thousandth of the time."""

    def __init__(
        self,
        collect: Callable[[], object] = gc.collect,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock``: in seconds."""
        self._collect = collect
        self._clock = clock
        self._next = clock() + _PAUSE

    def tend(self) -> None:
        """Look if it is time; to be called now and then."""
        began = self._clock()
        if began < self._next:
            return
        self._collect()
        ended = self._clock()
        self._next = ended + max(_PAUSE, _SHARE * (ended - began))


def leave_old_objects() -> None:
    """Never look through what was made so far, and by itself through young objects alone."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _ROUNDS, _NEVER)
