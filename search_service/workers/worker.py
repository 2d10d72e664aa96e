"""A search worker as the service sees it: its process, its connection and its job.

Not here: the other side of it, see ``process``; when it is given a job or ended, see ``crew``.
"""

import asyncio
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Generic, Protocol, TypeVar

from search_service.workers import frames
from search_service.workers.frames import Head

T = TypeVar("T")


class View(Protocol):
    """The state of the index that the workers read; sent to a worker when its number changes."""

    @property
    def version(self) -> int:
        """A number that differs for each content."""
        ...


@dataclass(eq=False, slots=True)
class Worker(Generic[T]):
    """A process, from its start to its end. ``transport``: None until it is connected."""

    process: ForkServerProcess
    ready: asyncio.Future[None]
    transport: asyncio.Transport | None = None
    job: T | None = None
    version: int | None = None  # of the view that was sent to it last
    answered: int = 0
    overran: bool = False
    is_outgrown: bool = False  # a new one is being started in its place
    is_followed: bool = False  # that one is ready: it leaves after its answer
    is_unwanted: bool = False  # ended, as nobody waited for its answer

    def send(self, request: Head, body: bytes | bytearray, view: View | None) -> None:
        """Send a request to a worker that is ready, and the view if it is another one."""
        assert self.transport is not None  # noqa: S101 (it was ready)
        new_view = view if view is not None and view.version != self.version else None
        if new_view is not None:
            self.version = new_view.version
        start, rest = frames.pack((new_view, request), body)
        if len(rest) < frames.SMALL:
            self.transport.write(start + rest)
        else:
            self.transport.writelines((start, rest))

    def let_leave(self) -> None:
        """Close the connection, which an idle worker sees, and leaves."""
        if self.transport is not None:
            self.transport.close()
