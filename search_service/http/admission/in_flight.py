"""How many bytes there may be of bodies that are received or worked on, and of unread answers.

Beyond the bound a caller who has held much for long gives way; if there is none, the next request
is refused. Not here: connections that carry nothing, see ``connections``.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable

from search_service.errors import TooManyBytes

OVERHEAD = 16 << 10  # of a request, whatever its body is: its task and its head
# When there is no room, a transfer that has taken so long gives way. A population sends what it
# reads from a database meanwhile; an answer is there to be read.
BODY_SECONDS = 30.0
ANSWER_SECONDS = 5.0
_SMALL = 1 << 20  # bytes of a request for which room is left by those that are larger
_SHARE_OF_SMALL = 8  # an eighth
PATIENCE_SECONDS = 10.0  # for others to end, before a body is refused


GiveWay = Callable[[], None]


class Transfer:
    """Bytes that a request or an answer holds.

    ``give_way`` ends it, from the time ``old`` on when there is no room; None: it cannot be ended.
    """

    __slots__ = ("address", "give_way", "old", "size")

    def __init__(self, address: str, size: int, old: float, give_way: GiveWay | None) -> None:
        self.address = address
        self.size = size
        self.old = old
        self.give_way = give_way


class InFlight:
    """The bytes of one server."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = 0
        self._limit = limit
        self._limit_of_large = limit - limit // _SHARE_OF_SMALL
        self._clock = clock
        self._transfers: dict[Transfer, None] = {}  # the oldest first
        self._waiting: deque[asyncio.Future[None]] = deque()

    def begin(self, address: str, size: int = OVERHEAD) -> Transfer:
        """Hold bytes for a request. Raises TooManyBytes."""
        if not self._make_room(size, self._limit):
            raise TooManyBytes
        return self._add(Transfer(address, size, self._clock() + BODY_SECONDS, None))

    def hold(self, address: str, size: int, give_way: GiveWay) -> Transfer:
        """Hold the bytes of an answer; they are there, so others give way if they can."""
        transfer = self._add(Transfer(address, size, self._clock() + ANSWER_SECONDS, give_way))
        self._make_room(0, self._limit_of_large)
        return transfer

    async def grow(self, transfer: Transfer, size: int) -> None:
        """Hold so many bytes in all; waits a while for room. Raises TooManyBytes."""
        more = size - transfer.size
        limit = self._limit if size <= _SMALL else self._limit_of_large
        if not (self._make_room(more, limit) or await self._room_comes(more, limit)):
            raise TooManyBytes
        if transfer not in self._transfers:
            raise TooManyBytes  # it gave way itself meanwhile
        self.total += more
        transfer.size = size

    def shrink(self, transfer: Transfer, size: int) -> None:
        """Hold so many bytes only."""
        if transfer in self._transfers and size < transfer.size:
            self.total -= transfer.size - size
            transfer.size = size
            self._tell_waiting()

    def end(self, transfer: Transfer) -> None:
        """Hold nothing of it; it may have ended before."""
        if transfer in self._transfers:
            del self._transfers[transfer]
            self.total -= transfer.size
            if self._waiting:
                self._tell_waiting()

    def _add(self, transfer: Transfer) -> Transfer:
        self._transfers[transfer] = None
        self.total += transfer.size
        return transfer

    async def _room_comes(self, more: int, limit: int) -> bool:
        """Room is left, after a while perhaps."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.total + more > limit:
                    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiting.append(told)
                    await told
        except TimeoutError:
            return self._make_room(more, limit)
        return True

    def _tell_waiting(self) -> None:
        while self._waiting:
            told = self._waiting.popleft()
            if not told.done():
                told.set_result(None)

    def _make_room(self, more: int, limit: int) -> bool:
        """Whether there is room, once those have given way that must."""
        while self.total + more > limit:
            now = self._clock()
            old = [one for one in self._transfers if one.give_way is not None and one.old <= now]
            if not old:
                return False
            transfer = _of_largest_holder(old)
            give_way, transfer.give_way = transfer.give_way, None
            self.end(transfer)
            if give_way is not None:
                give_way()
        return True


def _of_largest_holder(transfers: Iterable[Transfer]) -> Transfer:
    """The first of the address that has most bytes; there is one."""
    sizes: dict[str, int] = {}
    first: dict[str, Transfer] = {}
    for transfer in transfers:
        sizes[transfer.address] = sizes.get(transfer.address, 0) + transfer.size
        first.setdefault(transfer.address, transfer)
    return first[max(sizes, key=sizes.__getitem__)]
