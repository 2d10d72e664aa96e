"""One search for several equal requests: those that come while it waits or runs, and soon after.

Whose rights hold is part of a request, and the view that it is answered from part of what is
compared: two requests that are equal to the byte have one answer, until the next commit. What
everybody may see is kept a while longer, until a commit or the next release; a worker says so of
its answer. Without a view, as in a cluster, the state is that of the moment when a search begins:
then only those that wait together have one answer.

Not here: what a cache between a front end and the service may keep, see ``http.caching``.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from search_service.errors import TooBusy
from search_service.workers.answers import PUBLIC_UNTIL, QUEUE_SECONDS, STEPS, TIMES, Answer
from search_service.workers.frames import Head
from search_service.workers.pool import SearchPool
from search_service.workers.queueing.callers import Caller
from search_service.workers.search import Search

_LARGEST = 1 << 14  # bytes of a request; a front end's has hundreds

# Of one search, which others need not be told of.
_MEASURED = frozenset(("search_seconds", STEPS, TIMES, QUEUE_SECONDS))

Key = tuple[int | None, Head, bytes]


@dataclass(slots=True)
class Counts:
    """Requests that were answered without a search of their own."""

    joined: int = 0  # by one that waited or ran
    kept: int = 0  # by one from before


class SharedAnswers:
    """Asks a pool, as seldom as it can."""

    def __init__(self, pool: SearchPool, largest: int, now: Callable[[], int]) -> None:
        """``largest``: bytes of all answers that are kept. ``now``: in epoch milliseconds."""
        self.counts = Counts()
        self._pool = pool
        self._largest = largest
        self._now = now
        self._searches: dict[Key, Search] = {}
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._kept_version: int | None = None
        self._size = 0

    async def ask(self, head: Head, body: bytes, caller: Caller) -> Answer:
        """The answer to a request. Raises as ``SearchPool.ask``."""
        if len(body) + len(head[-1]) > _LARGEST:
            return await self._pool.ask(head, body, caller)
        key = (self._pool.version, head, body)
        if (kept := self._find_kept(key)) is not None:
            self.counts.kept += 1
            return _repeated(kept)
        search = self._searches.get(key)
        if search is not None and self._may_be_joined(search, key):
            self.counts.joined += 1
            return _repeated(await self._pool.answer_to(search))
        search = self._searches[key] = self._pool.begin(head, body, caller)
        search.answer.add_done_callback(lambda _: self._forget(key, search))
        answer = await self._pool.answer_to(search)
        self._keep(key, answer)
        return answer

    @property
    def is_overloaded(self) -> bool:
        """Whether searches are refused just now."""
        return self._pool.is_overloaded

    def refusal_of(self, head: Head, body: bytes, caller: Caller) -> TooBusy | None:
        """Why a request is refused that comes just now, before anything is made for it."""
        key = (self._pool.version, head, body)
        search = self._searches.get(key)
        if self._find_kept(key) is not None or (search and self._may_be_joined(search, key)):
            return None
        return self._pool.refusal_of(head, body, caller)

    def _forget(self, key: Key, search: Search) -> None:
        if self._searches.get(key) is search:
            del self._searches[key]

    def _may_be_joined(self, search: Search, key: Key) -> bool:
        if search.is_over:
            return False
        version, _, _ = key
        return version is not None or not search.has_begun

    def _find_kept(self, key: Key) -> Answer | None:
        version, _, _ = key
        if version != self._kept_version:
            self._kept.clear()
            self._kept_version, self._size = version, 0
        kept = self._kept.get(key)
        if kept is not None and _holds(kept, self._now()):
            self._kept.move_to_end(key)
            return kept
        return None

    def _keep(self, key: Key, answer: Answer) -> None:
        version, _, _ = key
        is_public = answer.status == HTTPStatus.OK and PUBLIC_UNTIL in answer.facts
        if not is_public or version is None or version != self._pool.version:
            return
        self._find_kept(key)  # of this version
        before = self._kept.pop(key, None)
        self._size -= _size(key, before) if before is not None else 0
        self._kept[key] = answer
        self._size += _size(key, answer)
        while self._size > self._largest:
            self._size -= _size(*self._kept.popitem(last=False))


def _holds(answer: Answer, now: int) -> bool:
    until = answer.facts[PUBLIC_UNTIL]
    return until is None or (isinstance(until, int) and now < until)


def _repeated(answer: Answer) -> Answer:
    """The same, without what was measured of its search."""
    facts = {name: fact for name, fact in answer.facts.items() if name not in _MEASURED}
    return replace(answer, facts={**facts, "shared": True})


def _size(key: Key, answer: Answer) -> int:
    """Bytes of memory, about."""
    _, head, body = key
    return len(head[-1]) + len(body) + len(answer.body) + 1_000
