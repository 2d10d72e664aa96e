"""What handlers work with: the changes, the searches, the counts.

Not here: how it is opened from the settings, see ``search_service.app``.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import Protocol, TypeVar

from search_service.catalogue.documents import Operation
from search_service.catalogue.origin import Origin
from search_service.engines.base import Document, View
from search_service.engines.fit import Fit
from search_service.engines.index import Engine
from search_service.errors import EngineUnavailable, StorageFailed
from search_service.metrics import STORAGE_FAILURES, Metrics
from search_service.processes import kill_forkserver
from search_service.runtime.freed_memory import FreedMemory
from search_service.runtime.garbage_collection import GarbageCollection
from search_service.runtime.recent import Recent
from search_service.runtime.shared_run import SharedRun
from search_service.runtime.soundness import Readiness, Soundness
from search_service.runtime.state import ServiceState
from search_service.service.bodies import BodyLimits
from search_service.service.indexing.moment import Moment
from search_service.service.searching import releases
from search_service.workers.pool import SearchPool
from search_service.workers.shared_answers import SharedAnswers

log = logging.getLogger(__name__)

T = TypeVar("T")

TEND_SECONDS = 1.0
_CHANGES_AT_ONCE = 8  # those that have their body
_START_SECONDS = 10.0
_STUCK_SECONDS = 5.0


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

    def tend(self) -> None:
        """Remove those that are kept no longer; called now and then."""
        ...

    def link_moment(self) -> Moment:
        """Link what is searched and acknowledged now, for a backup."""
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
class BodyLimit:
    """How large a body may be, in bytes, and the setting that says so."""

    size: int
    setting: str = ""


NO_BODY = BodyLimit(0)


@dataclass(frozen=True)
class RequestLog:
    """Which requests have a line in the log. Those that are refused or fail have."""

    answered: bool = True
    slow_search: float = 0.0  # seconds; 0: no search is slow
    shows_queries: bool = False  # of slow searches


@dataclass(frozen=True)
class RequestLimits:
    """What one request may ask for."""

    body: BodyLimit  # of changes
    search_body: BodyLimit
    log: RequestLog
    public_seconds: int = 5  # that others may repeat an answer which everybody may see
    public_answer_memory: int = 16 << 20  # bytes of such answers that are kept here
    bodies: BodyLimits = field(default_factory=BodyLimits)


class Service:
    """Everything that a handler needs."""

    def __init__(
        self,
        changes: Changes,
        pool: SearchPool,
        metrics: Metrics,
        limits: RequestLimits,
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
        self._state = state
        self.changes = changes
        self.pool = pool
        self.answers = SharedAnswers(pool, limits.public_answer_memory, releases.now)
        self.metrics = metrics
        self.recent = Recent()
        self.limits = limits
        self.soundness = Soundness(
            lambda goes_on: self.in_thread(partial(look_for_damage, goes_on))
        )
        self.readiness = Readiness()
        # Everybody may ask for it, as often as they like.
        self.shared_status = SharedRun[bytes]()
        self.shared_metrics = SharedRun[bytes]()
        self.changes_at_once = asyncio.Semaphore(_CHANGES_AT_ONCE)
        self._threads = _started_threads(2 * _CHANGES_AT_ONCE)
        self._garbage_collection = GarbageCollection()
        self._freed_memory = FreedMemory()
        self._tending = asyncio.get_running_loop().create_task(self._tend())

    async def state(self) -> ServiceState:
        """What it holds. Files are read for it: not in the threads of changes."""
        return await asyncio.to_thread(self._state)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run work that waits for disks or locks."""
        run = partial(copy_context().run, work)  # with the request in its log lines
        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def close(self) -> None:
        """End the workers, wait for changes that have begun, let go of the data directory.

        A process that encodes for them and stands still holds up nothing.
        """
        self._tending.cancel()
        self.soundness.cancel()
        await self.pool.stop()
        await _done_at_last(self._threads.shutdown)
        await _done_at_last(self._close)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            try:
                await self.in_thread(self.changes.tend)
                if self.generations is not None:
                    await self.in_thread(self.generations.tend)
                self._garbage_collection.tend()
                await self.in_thread(self._freed_memory.tend)
            except EngineUnavailable as error:
                log.warning("housekeeping waits for the cluster", extra={"why": str(error)})
            except Exception as error:
                if isinstance(error, StorageFailed | OSError):
                    self.metrics.count(STORAGE_FAILURES)
                log.exception("housekeeping failed; it is tried again")


async def _done_at_last(work: Callable[[], object]) -> None:
    """Run work that may wait for a process which encodes: after some seconds they are ended."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    _, waits = await asyncio.wait([working], timeout=_STUCK_SECONDS)
    if waits:
        # Those that are at work lose a block, which others encode.
        log.warning(
            "what has begun is waited for, processes that encode for it are ended; told to end "
            "once more, the service does not wait"
        )
        await asyncio.to_thread(kill_forkserver)
    await working


def _started_threads(count: int) -> ThreadPoolExecutor:
    """All of them: a change that the system gave no thread for was refused, and made later."""
    threads = ThreadPoolExecutor(count, "changes")
    together = Barrier(count)
    for _ in range(count):
        threads.submit(together.wait, _START_SECONDS)
    return threads
