"""What handlers work with: the changes, the searches, the counts.

Not here: how it is opened from the settings, see ``search_service.app``.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from search_service.catalogue.documents import Operation
from search_service.catalogue.origin import Origin
from search_service.engines.base import Document, View
from search_service.engines.fit import Fit
from search_service.engines.index import Engine
from search_service.errors import EngineUnavailable
from search_service.metrics import Metrics
from search_service.runtime.soundness import Readiness, Soundness
from search_service.runtime.state import ServiceState
from search_service.workers.pool import SearchPool

log = logging.getLogger(__name__)

T = TypeVar("T")

TEND_SECONDS = 1.0
# Bodies of changes held at a time: one more waits unread, which slows the caller down.
_CHANGES_AT_ONCE = 8


class Changes(Protocol):
    """The writing half of the service, see ``service.indexing.changes``; for several threads."""

    def modify(self, operations: Sequence[Operation]) -> None:
        """Acknowledge operations; they are seen after ``commit``."""
        ...

    def add_now(self, entity: str, documents: Sequence[Document]) -> None:
        """Add documents, to a locked entity too."""
        ...

    def commit(self) -> None:
        """Make everything pending visible."""
        ...

    def lock(self, entity: str, low: int | None, high: int | None, *, delete: bool) -> None:
        """Begin a population."""
        ...

    def unlock(self, entity: str) -> None:
        """End a population."""
        ...

    def abandon(self, entity: str) -> None:
        """Undo a population."""
        ...

    def clear(self) -> None:
        """Remove everything."""
        ...

    def tend(self) -> None:
        """Commit when it is time, and give back what is not needed; called now and then."""
        ...

    def close(self) -> None:
        """Let go of the data directory."""
        ...


class Generations(Protocol):
    """What a re-index and its commands ask of who has the index; for several threads."""

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation; returns its number."""
        ...

    def hand_over(self) -> int:
        """Make it the current one; returns how many operations it caught up with."""
        ...

    def cancel(self) -> None:
        """Give it up."""
        ...

    def roll_back(self, number: int | None = None) -> int:
        """Search an older generation; returns its number."""
        ...

    def drop_old(self) -> list[int]:
        """Remove those that were searched before; returns their numbers."""
        ...

    def origin(self) -> Origin | None:
        """Which catalogue the documents that are searched come from."""
        ...

    def note_origin(self, origin: Origin) -> None:
        """Record it, where nothing is recorded."""
        ...


class OpenedStore(Protocol):
    """An open index with its changes, see ``store`` and ``shared_store``; for several threads."""

    @property
    def engine(self) -> Engine:
        """What it was opened with."""
        ...

    @property
    def changes(self) -> Changes:
        """The writing half of the service."""
        ...

    @property
    def generations(self) -> Generations:
        """Those of the index."""
        ...

    @property
    def view(self) -> View | None:
        """What searches should read from now on; None: they see that for themselves."""
        ...

    def check(self) -> None:
        """Raises a ServiceError that says why nothing can be done, while it is so."""
        ...

    def look_for_damage(self, goes_on: Callable[[], bool]) -> bool:
        """Compare all that is searched with its checksums; whether any of it is damaged."""
        ...

    def limits(self) -> list[str]:
        """Limits of the system that are too low for what is searched, each as a sentence."""
        ...

    def state(self) -> ServiceState:
        """What it holds, for people and metrics."""
        ...

    def close(self) -> None:
        """Let go of the index and the data directory."""
        ...


@dataclass(frozen=True)
class Limits:
    """What one request may ask for."""

    body: int  # bytes
    slow_search: float  # seconds; 0: no search is slow


class Service:
    """Everything that a handler needs."""

    def __init__(
        self,
        changes: Changes,
        pool: SearchPool,
        metrics: Metrics,
        limits: Limits,
        state: Callable[[], ServiceState],
        look_for_damage: Callable[[Callable[[], bool]], bool] = lambda goes_on: False,
        generations: Generations | None = None,
        check: Callable[[], None] = lambda: None,
        close: Callable[[], None] | None = None,
    ) -> None:
        """``state`` reads files, so not for every request. ``look_for_damage`` reads all of them.

        It tells whether there is damage; then those who need what is damaged are told so.
        ``generations``: for the owner of the data directory alone. ``check`` raises a ServiceError
        while the index cannot be read and changed. ``close`` lets go of it.
        """
        self.generations = generations
        self.check = check
        self._close = close or changes.close
        self.changes = changes
        self.state = state
        self.pool = pool
        self.metrics = metrics
        self.limits = limits
        self.soundness = Soundness(
            lambda goes_on: self.in_thread(partial(look_for_damage, goes_on))
        )
        self.readiness = Readiness()
        self.changes_at_once = asyncio.Semaphore(_CHANGES_AT_ONCE)
        self._threads = ThreadPoolExecutor(2 * _CHANGES_AT_ONCE, "changes")
        self._tending = asyncio.get_running_loop().create_task(self._tend())

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run work that waits for disks or locks."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def close(self) -> None:
        """End the workers, wait for changes that have begun, let go of the data directory."""
        self._tending.cancel()
        self.soundness.cancel()
        await self.pool.stop()
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._close)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            try:
                await self.in_thread(self.changes.tend)
            except EngineUnavailable as error:
                log.warning("housekeeping waits for the cluster", extra={"why": str(error)})
            except Exception:
                log.exception("housekeeping failed; it is tried again")
