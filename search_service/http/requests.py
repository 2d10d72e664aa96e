"""A request as handlers see it: names, query string and body, whatever its headers say."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from search_service.errors import BodyTooLarge
from search_service.http.admission.connections import CONNECTION
from search_service.http.admission.in_flight import OVERHEAD, InFlight, Transfer
from search_service.runtime.service import BodyLimit
from search_service.service.wire import read_params

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
T = TypeVar("T")

ADDRESS = "icat_search.address"  # in the scope of a request: from where it comes

# Of a body that is not there yet room is taken for so much, then for the double and so on: who only
# says that much will come takes none.
_FIRST_STEP = 256 << 10
# How long a search runs or waits before its caller is watched.
_UNWATCHED_SECONDS = 0.05


class CallerLeft(Exception):
    """The caller closed the connection; nobody is there to be answered."""


class Request:
    """One request to an operation. ``entity`` is as the caller wrote it, empty if there is none.

    ``address``: from where it comes; empty where that is unknown.
    """

    def __init__(
        self,
        scope: Mapping[str, Any],
        receive: Receive,
        *,
        entity: str = "",
        address: str = "",
    ) -> None:
        self.entity = entity
        self.address = address
        self.received = b""  # the body, once it was read
        self._scope = scope
        self._receive = receive
        self._in_flight: InFlight | None = None
        self._transfer: Transfer | None = None

    @property
    def query_string(self) -> bytes:
        """As it was sent."""
        found: bytes = self._scope["query_string"]
        return found

    def header(self, name: bytes) -> bytes:
        """The values of a header, by its name in lower case; empty where it was not sent."""
        return b", ".join(value for key, value in self._scope["headers"] if key == name)

    @cached_property
    def params(self) -> Mapping[str, str]:
        """The query string, read."""
        return read_params(self.query_string)

    def begin(self, in_flight: InFlight) -> None:
        """Take the room that every request needs, until ``end``. Raises TooManyBytes."""
        self._transfer = in_flight.begin(self.address)
        self._in_flight = in_flight

    def end(self) -> None:
        """Give back what the request holds."""
        if self._in_flight is not None and self._transfer is not None:
            self._in_flight.end(self._transfer)

    async def body(self, limit: BodyLimit) -> bytes:
        """The whole body.

        Raises BodyTooLarge, TooManyBytes, or CallerLeft when it never came whole.
        """
        if _declared(self._scope) > limit.size:
            # Before anything is read: what comes all the same is thrown away behind the answer.
            raise BodyTooLarge(limit.size, limit.setting)
        part, comes_more = await self._part()
        if not comes_more and len(part) <= limit.size:
            await self._hold(len(part))
            self.received = part
            return part
        received = bytearray(part)
        with self._giving_way():
            while len(received) <= limit.size and comes_more:
                await self._hold(min(max(_FIRST_STEP, 2 * len(received)), limit.size))
                part, comes_more = await self._part()
                received += part
        if len(received) > limit.size:
            raise BodyTooLarge(limit.size, limit.setting)
        self.received = bytes(received)
        if self._in_flight is not None and self._transfer is not None:
            self._in_flight.shrink(self._transfer, len(received) + OVERHEAD)
        return self.received

    async def _part(self) -> tuple[bytes, bool]:
        """Some of the body, and whether more of it comes."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        return message.get("body", b""), message.get("more_body", False)

    async def _hold(self, size: int) -> None:
        """Take room for so much of the body."""
        if size <= OVERHEAD or self._in_flight is None or self._transfer is None:
            return
        if size + OVERHEAD > self._transfer.size:
            await self._in_flight.grow(self._transfer, size + OVERHEAD)

    @contextmanager
    def _giving_way(self) -> Iterator[None]:
        """While the body is received the request may be ended for others."""
        connection = self._scope.get(CONNECTION)
        if self._transfer is None or connection is None:
            yield
            return
        self._transfer.give_way = connection.drop_body
        try:
            yield
        finally:
            self._transfer.give_way = None

    async def unless_caller_leaves(self, work: Awaitable[T]) -> T:
        """The result of the work, which is cancelled when the caller leaves (CallerLeft).

        The body must have been read. Most work ends before anybody leaves, so the caller is
        watched from a moment on only: a task beside each request costs 50 µs.
        """
        watch = _Watch(self._receive)
        try:
            return await work
        except asyncio.CancelledError:
            if not watch.caller_left:
                raise
            watch.task.uncancel()
            raise CallerLeft from None
        finally:
            watch.end()


class _Watch:
    """Cancels the task that makes it when the caller leaves, some time after it began."""

    def __init__(self, receive: Receive) -> None:
        self.caller_left = False
        self._receive = receive
        self.task = _running_task()
        self._watching: asyncio.Future[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._begin)

    def end(self) -> None:
        """Watch no longer."""
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _begin(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        await self._receive()  # the body was read: nothing else comes than the end
        self.caller_left = True
        self.task.cancel()


def _running_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 (handlers are coroutines)
    return task


def _declared(scope: Mapping[str, Any]) -> int:
    """The length that the head gives, which the parser has checked; 0 if it gives none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return 0
