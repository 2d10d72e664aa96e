"""What handlers work with: the changes, the searches, the counts. Opened and closed as one.

Not here: how it is opened from the settings, see ``app``.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from search_service.api.pool import SearchPool, View
from search_service.catalogue.changes import Operation
from search_service.engines.base import Document
from search_service.metrics import Metrics

T = TypeVar("T")

# Bodies of changes held at a time: one more waits unread, which slows the caller down.
_CHANGES_AT_ONCE = 8


class Changes(Protocol):
    """The writing half of the service: ``service.changes`` has it. Called from several threads."""

    @property
    def view(self) -> View:
        """What searches should read from now on."""
        ...

    def modify(self, operations: Sequence[Operation]) -> None:
        """Acknowledge operations; they are seen after ``commit``."""
        ...

    def add_now(self, entity: str, documents: Sequence[Document]) -> None:
        """Add documents, to a locked entity too."""
        ...

    def commit(self) -> None:
        """Make everything pending visible."""
        ...

    def lock(self, entity: str, *, low: int | None, high: int | None, delete: bool) -> None:
        """Begin a population."""
        ...

    def unlock(self, entity: str) -> None:
        """End a population."""
        ...

    def clear(self) -> None:
        """Remove everything."""
        ...

    def status(self) -> Mapping[str, Any]:
        """What there is, for people and metrics."""
        ...

    def close(self) -> None:
        """Let go of the data directory. What is pending stays in the journal."""
        ...


@dataclass(frozen=True)
class Limits:
    """What one request may ask for."""

    body: int  # bytes
    slow_search: float  # seconds; 0: no search is slow


class Service:
    """Everything that a handler needs."""

    def __init__(
        self, changes: Changes, pool: SearchPool, metrics: Metrics, limits: Limits
    ) -> None:
        self.changes = changes
        self.pool = pool
        self.metrics = metrics
        self.limits = limits
        self.changes_at_once = asyncio.Semaphore(_CHANGES_AT_ONCE)
        self._threads = ThreadPoolExecutor(2 * _CHANGES_AT_ONCE, "changes")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run work that waits for disks or locks."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def close(self) -> None:
        """End the workers, wait for changes that have begun, let go of the data directory."""
        await self.pool.stop()
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self.changes.close)
