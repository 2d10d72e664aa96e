"""When memory that was freed is given back to the system.

The C library keeps what is freed between pieces that are in use, for whoever asks next: of the
documents of a population hundreds of megabytes, and more with each. Not here: what a process may
take at most, and how it gives back, see ``search_service.memory``.
"""

import time
from collections.abc import Callable

from search_service import memory

_SOME = 32 << 20  # bytes that are not worth it
_PAUSE = 5.0  # seconds
_SHARE = 100  # giving back takes at most one in so many parts of the time between


class FreedMemory:
    """Gives back what was freed while the process is larger than it once was."""

    def __init__(
        self,
        taken: Callable[[], int] = memory.resident,
        give_back: Callable[[], object] = memory.give_back,
        clock: Callable[[], float] = time.monotonic,
        processor_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        """``taken``: bytes of this process. Clocks: in seconds, one of the calling thread alone."""
        self._taken = taken
        self._give_back = give_back
        self._clock = clock
        self._processor_clock = processor_clock
        self._least = taken()
        self._next = clock()

    def tend(self) -> None:
        """Give back if it is worth it; to be called now and then."""
        taken = self._taken()
        self._least = min(self._least, taken)
        if self._clock() < self._next or taken < self._least + _SOME:
            return
        began = self._processor_clock()
        self._give_back()
        took = self._processor_clock() - began
        self._next = self._clock() + max(_PAUSE, _SHARE * took)
