"""The searches that wait for a worker or run: each gets an answer, is refused, or is given up.

A search is ended that overruns its time, and one that nobody waits for. Not here: whose turn it is,
see ``queueing``; the worker processes, see ``crew``. Why a pool of our own:
``docs/decisions/0005-search-workers-of-our-own.md``.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from search_service.errors import SearchFailed, SearchTimedOut, TooBusy
from search_service.request_context import CURRENT
from search_service.workers.answers import QUEUE_SECONDS, Answer
from search_service.workers.crew import START_SECONDS, Counts, Crew, Events
from search_service.workers.frames import Head
from search_service.workers.process import MakeHandler
from search_service.workers.queueing.callers import Caller
from search_service.workers.queueing.costs import Costs, Expected, Fingerprint
from search_service.workers.queueing.fair_queue import Bounds, FairQueue, Place, Reason
from search_service.workers.queueing.shapes import identity
from search_service.workers.search import Search
from search_service.workers.starter import Starter
from search_service.workers.worker import View, Worker

# What a search that nobody waits for may still run: not much more than its worker's successor
# costs, which has to be forked and to fill its caches.
ABANDONED_SECONDS = 0.25

OVERLOADED_SECONDS = 1.0  # after a refusal

# What a caller is told whose search is refused.
_REFUSALS = {
    Reason.FULL: "Too many searches are waiting already",
    Reason.CALLER: "Too many searches of this caller are waiting already",
    Reason.LATE: "More searches come than can be answered, and this one has waited too long",
    Reason.HOPELESS: "The searches of this caller that are waiting already take too long",
}
NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """Workers and searches at one moment."""

    size: int  # workers that there should be
    idle: int  # workers
    busy: int  # workers
    waiting: int  # searches without a worker yet
    waiting_expensive: int  # the ones of them that take long
    refused: Mapping[str, int]  # searches since the start, by reason
    counts: Counts = field(default_factory=Counts)
    processes: Sequence[int] = ()  # numbers (pid) of the workers


class SearchPool:
    """Processes that each answer one search at a time. For one event loop."""

    def __init__(
        self,
        make: MakeHandler,
        *,
        size: int,
        seconds: float,
        waiting: int,
        waiting_of_caller: int | None = None,
        expensive_seconds: float = 0.1,
        shape: Callable[[Head, bytes | bytearray], Hashable] = lambda head, body: head,
        view: Callable[[], View | None] = lambda: None,
        preload: Sequence[str] = (),
        memory: int = 0,
        niceness: int = 0,
        by_processor: bool = False,
        start_seconds: float = START_SECONDS,
    ) -> None:
        """A pool that has not been started.

        ``make`` is called in each process and returns the handler of its requests; it is pickled.
        ``size``: processes. ``seconds``: how long a search may wait for a worker, and how long it
        may run. ``waiting``: searches that may wait in all, ``waiting_of_caller`` those of one
        caller; one more is refused. Searches that will take ``expensive_seconds`` never have all
        workers; those of one ``shape`` take about as long. ``view`` returns the view that a request
        is to be answered from, None for none. ``preload``: modules that processes are forked with.
        ``memory``: bytes that a process may have of its own, 0 for any; ``niceness``: how
        far they stand back behind this process, from 0 to 19. ``by_processor``: what a search costs
        is the time of a processor, which stays the same however busy the machine is; otherwise all
        of its time, also what it waits elsewhere. ``start_seconds``: that a process may take until
        it is ready.
        """
        self.size = size
        self._seconds = seconds
        of_caller = waiting if waiting_of_caller is None else waiting_of_caller
        bounds = Bounds(waiting, of_caller, seconds, expensive_seconds)
        self._queue: FairQueue[Search] = FairQueue(
            size, bounds, lambda job: self._costs.expected(job.fingerprint)
        )
        self._refused: Counter[str] = Counter()
        self._refused_at = self._answered_at = float("-inf")
        self._costs = Costs()
        self._shape = shape
        self._view = view
        self._by_processor = by_processor
        starter = Starter(make, preload=preload, memory=memory, niceness=niceness)
        events = Events(self._on_idle, self._on_answer, self._on_lost, Search.finish)
        self._crew: Crew[Search] = Crew(starter, size, memory, events, start_seconds)
        self._closing = False

    async def start(self) -> None:
        """Start every worker, and wait until all are ready.

        Raises WorkersCannotStart, OSError; then no worker is left.
        """
        try:
            await self._crew.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End every worker within some seconds.

        Searches that run or wait are not finished: their callers get SearchFailed.
        """
        self._closing = True
        for job in [*self._queue.items(), *self._crew.jobs()]:
            job.finish(SearchFailed())
        await self._crew.stop()

    @property
    def counts(self) -> Counts:
        """Of workers, since the start."""
        return self._crew.counts

    async def ask(self, request: Head, body: bytes | bytearray, caller: Caller = NOBODY) -> Answer:
        """The answer of a worker to a request: its head (see ``frames``) and its body.

        An error that the handler raised is an answer too. Raises TooBusy when too many searches
        wait, SearchTimedOut when it waited or ran too long, SearchFailed when its worker ended or
        the pool stops, SearchOutOfMemory. A caller that is cancelled while it waits takes no
        worker; a search that has begun may run a moment longer, then its worker is ended, once
        there is another one in its place.
        """
        return await self.answer_to(self.begin(request, body, caller))

    def begin(self, request: Head, body: bytes | bytearray, caller: Caller) -> Search:
        """A search, for one or several that want its answer; without any it goes on for nobody.

        Raises TooBusy, and SearchFailed when the pool stops.
        """
        if self._closing:
            raise SearchFailed
        loop = asyncio.get_running_loop()
        fingerprint = self._fingerprint(request, body, caller)
        expected = self._costs.expected(fingerprint)
        if (refused := self._refusal_of(caller, expected)) is not None:
            raise refused
        job = Search(request, body, loop.create_future(), fingerprint, context=CURRENT.get())
        job.place = self._queue.enter(job, caller, expected, loop.time())
        self._serve_waiting()
        if not job.has_begun:
            job.timer = loop.call_later(self._seconds, self._waited_too_long, job)
        self._refuse(job.place)
        return job

    @property
    def is_overloaded(self) -> bool:
        """Whether searches are refused just now: one was of late."""
        return asyncio.get_running_loop().time() - self._refused_at < OVERLOADED_SECONDS

    def refusal_of(self, request: Head, body: bytes, caller: Caller) -> TooBusy | None:
        """Why ``begin`` would refuse a search; it is counted as refused. None: it may begin."""
        expected = self._costs.expected(self._fingerprint(request, body, caller))
        return self._refusal_of(caller, expected)

    async def answer_to(self, job: Search) -> Answer:
        """The answer, as of ``ask``. The search is given up when all have left who wait for it."""
        job.callers += 1
        try:
            return await asyncio.shield(job.answer)
        except asyncio.CancelledError:
            job.callers -= 1
            if not job.callers:
                self._abandon(job)
            raise

    @property
    def version(self) -> int | None:
        """Of the view that a search is answered from which begins now; None where it is not known.

        Then it is answered from what was committed before it begins.
        """
        view = self._view()
        return None if view is None else view.version

    def has_answered(self, within: float) -> bool:
        """Whether a worker has answered a search within the last seconds, whatever it was."""
        return asyncio.get_running_loop().time() - self._answered_at < within

    def status(self) -> PoolStatus:
        """The workers and searches of this moment."""
        return PoolStatus(
            size=self.size,
            idle=self._crew.idle,
            busy=self._crew.busy,
            waiting=self._queue.waiting,
            waiting_expensive=self._queue.waiting_expensive,
            refused={reason.value: self._refused[reason.value] for reason in Reason},
            counts=self.counts,
            processes=self._crew.processes,
        )

    def _serve_waiting(self) -> None:
        """Give idle workers what may run."""
        if self._closing:
            return
        now = asyncio.get_running_loop().time()
        while self._crew.idle and (place := self._queue.take(now)) is not None:
            self._send(place.item)

    def _fingerprint(self, request: Head, body: bytes | bytearray, caller: Caller) -> Fingerprint:
        return Fingerprint(caller, self._shape(request, body), identity(request, body))

    def _refusal_of(self, caller: Caller, expected: Expected) -> TooBusy | None:
        """Refuse a search before anything is made for it."""
        if self._crew.idle and self._queue.may_run(caller, expected):
            return None
        self._refuse()
        now = asyncio.get_running_loop().time()
        reason = self._queue.turns_away(caller, expected, now)
        return None if reason is None else self._refusal(reason)

    def _refusal(self, reason: Reason) -> TooBusy:
        self._refused[reason.value] += 1
        self._refused_at = asyncio.get_running_loop().time()
        return TooBusy(_REFUSALS[reason], self._queue.seconds_to_wait())

    def _refuse(self, entered: "Place[Search] | None" = None) -> None:
        """Refuse what may not wait any longer."""
        now = asyncio.get_running_loop().time()
        for job, reason in self._queue.refuse(now, entered):
            job.finish(self._refusal(reason))

    def _waited_too_long(self, job: Search) -> None:
        self._leave_queue(job)
        job.finish(SearchTimedOut(self._seconds))

    def _leave_queue(self, job: Search) -> None:
        if job.place is not None:
            self._queue.leave(job.place)
        if job.timer is not None:
            job.timer.cancel()

    def _abandon(self, job: Search) -> None:
        """Nobody waits for the answer any more."""
        if job.worker is None or not self._crew.has(job.worker, job):
            self._leave_queue(job)
            job.answer.cancel()
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(ABANDONED_SECONDS, self._end_if_abandoned, job.worker, job)

    def _end_if_abandoned(self, worker: Worker[Search], job: Search) -> None:
        if self._crew.has(worker, job) and not job.callers and not self._closing:
            self._crew.end_unwanted(worker, job, partial(_give_up, job))

    def _send(self, job: Search) -> None:
        if job.timer is not None:
            job.timer.cancel()
        worker = job.worker = self._crew.give(
            job, (job.context, job.request), job.body, self._view()
        )
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(self._seconds, self._overrun, worker, job)

    def _overrun(self, worker: Worker[Search], job: Search) -> None:
        job.finish(SearchTimedOut(self._seconds))
        self._crew.end_overrun(worker)

    # ── what the crew tells ──────────────────────────────────────────────────────────────────────

    def _on_idle(self) -> None:
        self._serve_waiting()
        self._refuse()

    def _on_answer(self, job: Search, answer: Answer, processor_seconds: float | None) -> None:
        self._answered_at = asyncio.get_running_loop().time()
        self._end_turn(job, processor_seconds if self._by_processor else None)
        if job.place is not None and job.place.started is not None:
            waited = job.place.started - job.place.since
            answer = replace(answer, facts={**answer.facts, QUEUE_SECONDS: waited})
        job.finish(answer)

    def _on_lost(self, job: Search) -> None:
        self._end_turn(job)
        self._serve_waiting()  # what may not take all workers may take one that is idle now

    def _end_turn(self, job: Search, worked: float | None = None) -> None:
        """Its worker has ended it. ``worked``: seconds of a processor; None: all the time."""
        if job.place is None or job.place.started is None:
            return
        seconds = asyncio.get_running_loop().time() - job.place.started
        cost = seconds if worked is None else worked
        self._queue.finish(job.place, seconds, cost)
        if not job.is_given_up:  # it would have taken longer
            self._costs.note(job.fingerprint, cost)


def _give_up(job: Search) -> bool:
    """Whether nobody waits for the answer now: then nobody will have it."""
    return not job.callers and job.answer.cancel()
