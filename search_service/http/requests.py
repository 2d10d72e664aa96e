"""A request as handlers see it: names, query string and body, whatever its headers say."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from typing import Any, TypeVar

from search_service.errors import BodyTooLarge
from search_service.service.wire import read_params

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
T = TypeVar("T")

# A body that is too large is read on to its end, or so many times the limit, because a client
# that is still sending would see a broken connection instead of the sentence.
_PATIENCE = 4


class CallerLeft(Exception):
    """The caller closed the connection; nobody is there to be answered."""


class Request:
    """One request to an operation. ``entity`` is as the caller wrote it, empty if there is none."""

    def __init__(
        self, scope: Mapping[str, Any], receive: Receive, *, largest_body: int, entity: str = ""
    ) -> None:
        self.entity = entity
        self.received = b""  # the body, once it was read
        self._scope = scope
        self._receive = receive
        self._largest_body = largest_body

    @property
    def query_string(self) -> bytes:
        """As it was sent."""
        found: bytes = self._scope["query_string"]
        return found

    @cached_property
    def params(self) -> Mapping[str, str]:
        """The query string, read."""
        return read_params(self.query_string)

    async def body(self) -> bytes:
        """The whole body. Raises BodyTooLarge, or CallerLeft when it never came whole."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise CallerLeft
            part: bytes = message.get("body", b"")
            size += len(part)
            if size <= self._largest_body:
                parts.append(part)
            elif size > _PATIENCE * self._largest_body:
                break
            else:
                parts.clear()
            if not message.get("more_body", False):
                break
        if size > self._largest_body:
            raise BodyTooLarge(self._largest_body)
        self.received = parts[0] if len(parts) == 1 else b"".join(parts)
        return self.received

    async def unless_caller_leaves(self, work: Awaitable[T]) -> T:
        """The result of the work, which is cancelled when the caller leaves (CallerLeft).

        For work that may wait long; the body must have been read.
        """
        task = asyncio.ensure_future(work)
        leaves = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait((task, leaves), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise CallerLeft
            return task.result()
        finally:
            task.cancel()
            leaves.cancel()
