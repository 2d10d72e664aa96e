"""How fast a body comes and an answer is read, and when that is too slow.

Both may stand still for a while, and then go on with a rate that a bad line has. Not here: what
becomes of one that is too slow, see ``protocol``.
"""

from collections.abc import Callable

from search_service.http.admission.in_flight import InFlight, Transfer
from search_service.http.admission.limits import ConnectionLimits

# Bytes around content: sizes of chunks, and what may stand with them and behind the last. A chunk
# of one byte has five, of three bytes five too.
_FRAMING = 64 << 10
_FRAMING_BY_CONTENT = 2


class BodyProgress:
    """Of one connection, body after body. ``content``: bytes of the one that comes."""

    __slots__ = ("_began", "_began_at", "_bytes", "_empty", "_limits", "_moved", "_seen", "content")

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self.begin(0.0)

    def begin(self, now: float) -> None:
        """A head was read."""
        self.content = self._seen = self._bytes = self._began_at = self._empty = 0
        self._began = self._moved = now

    def takes(self, size: int, now: float) -> bool:
        """A packet came; False if too much of what comes is no content."""
        self._moved = now
        self._bytes += size
        self._empty = 0 if self.content > self._seen else self._empty + size
        self._seen = self.content
        most = _FRAMING + (1 + _FRAMING_BY_CONTENT) * self.content
        return self._empty <= _FRAMING and self._bytes <= most

    def is_stalled(self, now: float, is_paused: bool) -> bool:
        """It stands still, or is too slow; ``is_paused``: as the service does not read."""
        if is_paused:
            self._began = self._moved = now
            self._began_at = self._bytes
            return False
        patience = self._limits.stalled_seconds
        in_time = (self._bytes - self._began_at) / self._limits.slowest_transfer
        return now - self._moved > patience or now - self._began > patience + in_time


class UnreadAnswer:
    """What the caller has not read yet of what was written, of one connection."""

    __slots__ = ("_began", "_in_flight", "_left", "_limits", "_moved", "_transfer", "_written")

    def __init__(self, limits: ConnectionLimits, in_flight: InFlight) -> None:
        self._limits = limits
        self._in_flight = in_flight
        self._transfer: Transfer | None = None
        self._left = self._written = 0
        self._began = self._moved = 0.0

    def begin(self, left: int, now: float, address: str, drop: Callable[[], None]) -> None:
        """An answer was written; so many bytes are left, of those before too."""
        self.end()
        self._left = self._written = left
        self._began = self._moved = now
        self._transfer = self._in_flight.hold(address, left, drop)

    def end(self) -> None:
        """It was read, or nobody will."""
        self._left = 0
        if self._transfer is not None:
            self._in_flight.end(self._transfer)
            self._transfer = None

    def is_stalled(self, left: int, now: float) -> bool:
        """So many bytes are left, and none was read for long, or too few."""
        if not left:
            if self._left:
                self.end()
            return False
        if not self._left or left > self._left:
            self._left = self._written = left
            self._began = self._moved = now
        elif left < self._left:
            self._left, self._moved = left, now
            if self._transfer is not None:
                self._in_flight.shrink(self._transfer, left)
        patience = self._limits.stalled_seconds
        in_time = (self._written - left) / self._limits.slowest_transfer
        return now - self._moved > patience or now - self._began > patience + in_time
