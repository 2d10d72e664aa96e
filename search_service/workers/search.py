"""One search, from when it comes until it has an answer.

Not here: when it runs and when it is ended, see ``pool``.
"""

import asyncio
from dataclasses import dataclass

from search_service.request_context import RequestContext
from search_service.workers.answers import Answer
from search_service.workers.frames import Head
from search_service.workers.queueing.costs import Fingerprint
from search_service.workers.queueing.fair_queue import Place
from search_service.workers.worker import Worker


@dataclass(eq=False, slots=True)
class Search:
    """A request that waits for its worker or runs there, until it has an answer."""

    request: Head
    body: bytes | bytearray
    answer: asyncio.Future[Answer]
    fingerprint: Fingerprint  # for what it will cost
    place: "Place[Search] | None" = None  # in the queue and in a worker
    worker: "Worker[Search] | None" = None  # that was given it
    timer: asyncio.TimerHandle | None = None
    callers: int = 0  # that wait for the answer
    context: RequestContext | None = None  # of the request that it was begun for

    @property
    def has_begun(self) -> bool:
        """Whether a worker has it."""
        return self.place is not None and self.place.started is not None

    @property
    def is_over(self) -> bool:
        """Whether it has an answer, or will never have one."""
        return self.answer.done()

    @property
    def is_given_up(self) -> bool:
        """Whether it was ended because nobody waited for the answer."""
        return self.answer.cancelled()

    def finish(self, outcome: Answer | Exception) -> None:
        """Give the caller its answer or its error, unless the caller has left."""
        if self.timer is not None:
            self.timer.cancel()
        if self.answer.done():
            return
        if isinstance(outcome, Answer):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)
            self.answer.exception()  # all who wait for it may have left: then nobody looks at it
