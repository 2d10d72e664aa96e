"""The queue before the workers: serves callers in turn, and refuses some when too many wait.

Expensive requests together, and one caller whose requests may be expensive, never hold all workers:
one is left for what is cheap, and for one unknown request of a caller who is alone. In order of
arrival, until more wait than may. From then on until that is over, the newest is served first; and
when it goes on, few may wait, and whoever has waited for long is refused: in the order of arrival
everybody would be served late (Maurer, "Fail at Scale", 2015).

Not here: clocks, workers, and the time after which a request is given up, see ``workers.pool``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import takewhile
from math import ceil
from typing import Generic, TypeVar

from search_service.workers.queueing.callers import Caller
from search_service.workers.queueing.costs import Expected
from search_service.workers.queueing.overload import Overload
from search_service.workers.queueing.shares import Share

T = TypeVar("T")

# What a request may wait in an overload: so many seconds, or so many times what those of its kind
# take.
PATIENCE, PATIENCE_IN_MEANS = 0.05, 4
# How many of a kind may wait then for each worker: few, and yet enough that none is ever idle. Who
# is refused when it comes costs a small part of who waits first.
WAITING_PER_WORKER = 1
# A request is expensive from `Bounds.expensive` on, or from so many times the median, up to so many
# times `Bounds.expensive`: beside other programs of the machine everything takes longer.
_TIMES_MEDIAN, _TIMES_EXPENSIVE = 10, 5
_STEP = 1.05  # by which the median goes up or down with each request
_NEWEST = 0.05  # the part that the last request has in the mean of its kind
_BETWEEN_LOOKS = 0.005  # seconds between two searches for those that have waited too long

Kinds = tuple[bool, ...]
"""Cheap requests (False), expensive ones (True), or both."""
_KINDS: Kinds = (False, True)


class Reason(Enum):
    """Why a request is refused."""

    FULL = "full"  # as many wait as may just now, most of them of this caller
    CALLER = "caller"  # as many of this caller wait as may just now
    LATE = "late"  # too many wait, and it has waited for long
    HOPELESS = "hopeless"  # its caller's earlier ones take longer than it may wait


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may wait, and what is expensive."""

    waiting: int  # requests in all
    of_caller: int  # requests of one user at one address
    seconds: float  # that a request may wait
    expensive: float  # seconds in a worker from which on a request is expensive


@dataclass(eq=False, slots=True)
class Place(Generic[T]):
    """The place of one request: in the queue, then in a worker. ``since``: when it came."""

    item: T
    caller: Caller
    expected: Expected
    since: float
    is_expensive: bool
    leaf: Share["Place[T]"]
    number: int  # grows with each that comes
    charged: "list[tuple[Share[Place[T]], float]]" = field(default_factory=list)
    started: float | None = None
    holds: bool = False  # it counts among those that may not take the last worker

    @property
    def user(self) -> Share["Place[T]"]:
        """The share of its caller."""
        assert self.leaf.parent is not None  # noqa: S101 (a leaf has one)
        return self.leaf.parent


class FairQueue(Generic[T]):
    """Requests that wait, and those that run."""

    def __init__(
        self,
        workers: int,
        bounds: Bounds,
        expected_now: Callable[[T], Expected] | None = None,
    ) -> None:
        """``expected_now``: what is known of a request by the time that it is its turn."""
        self._expected_now = expected_now
        self._workers = workers
        self._bounds = bounds
        self._all: Share[Place[T]] = Share()
        self._running: set[Place[T]] = set()
        self._waiting = {False: 0, True: 0}  # that are cheap, and expensive
        self._entered = 0
        self._looked = float("-inf")
        self._median = bounds.expensive / _TIMES_MEDIAN
        self._means = {False: 0.0, True: 0.0}  # seconds of those that are cheap, and expensive

    @property
    def waiting(self) -> int:
        """Requests without a worker."""
        return self._all.waiting

    @property
    def waiting_expensive(self) -> int:
        """The expensive ones of them."""
        return self._waiting[True]

    def items(self) -> list[T]:
        """All that wait."""
        return [place.item for leaf in self._leaves() for place in leaf.items]

    def enter(self, item: T, caller: Caller, expected: Expected, now: float) -> Place[T]:
        """A request waits. ``take`` what can run, then ``refuse`` what may not wait."""
        is_expensive = expected.seconds > self._expensive
        leaf = self._all.child(caller.address).child(caller.user).child(is_expensive)
        self._entered += 1
        place = Place(item, caller, expected, now, is_expensive, leaf, self._entered)
        self._add(place, now)
        return place

    def turns_away(self, caller: Caller, expected: Expected, now: float) -> Reason | None:
        """Why a request would be refused as soon as it came; None: it would not be.

        For one that no worker is free for, after ``refuse`` at the same time. It says the same as
        ``enter`` and ``refuse`` would do, and costs a small part of it.
        """
        is_expensive = expected.seconds > self._expensive
        address = self._all.children.get(caller.address)
        user = None if address is None else address.children.get(caller.user)
        if user is None:
            if not self._bounds.of_caller:
                return Reason.CALLER
        else:
            leaf = user.children.get(is_expensive)
            if leaf is not None and self._is_hopeless(is_expensive, leaf.expected):
                return Reason.HOPELESS
            if user.waiting >= self._most_of_caller(user.overload, now):
                user.overload.note(now)
                return Reason.CALLER
        if self.waiting >= self._bounds.waiting:
            kinds = _KINDS
        elif self._waiting[is_expensive] >= self._most_of_kind and self._all.overload.lasts(now):
            kinds = (is_expensive,)
        else:
            return None
        own = 0 if user is None else _count_waiting(user, kinds)
        of_address = 0 if address is None else address.waiting
        most = max((_rank(user, kinds) for user in self._users()), default=(0, 0))
        if (own + 1, of_address + 1) < most:
            return None  # somebody else is refused
        self._all.overload.note(now)
        return Reason.FULL

    def may_run(self, caller: Caller, expected: Expected) -> bool:
        """Whether a request that comes now may take a worker that is idle."""
        address = self._all.children.get(caller.address)
        user = None if address is None else address.children.get(caller.user)
        return self._may_hold(caller, user, expected, expected.seconds > self._expensive)

    def take(self, now: float) -> Place[T] | None:
        """The request that is to run next, which runs from now on; None: none may.

        For a worker that is free.
        """
        self._note_long_ones(now)
        place = self._next(self._all)
        while place is not None and self._turns_out_expensive(place, now):
            place = self._next(self._all)
        if place is None:
            return None
        self._remove(place)
        place.charged = place.leaf.begin_to_run(place.expected.seconds)
        place.started = now
        self._running.add(place)
        if place.is_expensive or not place.expected.is_proven:
            self._hold(place)
        return place

    def leave(self, place: Place[T]) -> None:
        """A request waits no longer, and does not run. Nothing happens if it does not wait."""
        if place.started is None and place in place.leaf.items:
            self._remove(place)

    def finish(self, place: Place[T], seconds: float, cost: float) -> None:
        """A request has run for so long, which has cost so many seconds.

        That is the same, or less where its worker had to wait for a processor.
        """
        self._running.discard(place)
        if place.holds:
            self._all.holding -= place.is_expensive
            place.user.holding -= 1
        if place.leaf.key is False and cost > self._expensive:
            self._charge_expensive(place)
        place.leaf.end_running(place.charged, seconds - place.expected.seconds)
        self._median *= _STEP if cost > self._median else 1 / _STEP
        was_expensive = place.leaf.key is True
        mean = self._means[was_expensive] or seconds
        self._means[was_expensive] = mean + _NEWEST * (seconds - mean)

    def refuse(self, now: float, entered: Place[T] | None = None) -> list[tuple[T, Reason]]:
        """Requests that may not wait any longer, out of the queue; ``entered`` came just now."""
        refused = [(late, Reason.LATE) for late in self._late(now)]
        for place, _ in refused:
            self.leave(place)
        if entered is not None and entered.started is None:
            before = entered.leaf.expected - entered.expected.seconds
            of_kind = self._waiting[entered.is_expensive]
            if self._is_hopeless(entered.is_expensive, before):
                refused.append((entered, Reason.HOPELESS))
            elif entered.user.waiting > self._most_of_caller(entered.user.overload, now):
                entered.user.overload.note(now)
                refused.append((entered, Reason.CALLER))
            elif self.waiting > self._bounds.waiting:
                self._all.overload.note(now)
                refused.append((self._newest_of_most(_KINDS), Reason.FULL))
            elif of_kind > self._most_of_kind and self._all.overload.lasts(now):
                self._all.overload.note(now)
                refused.append((self._newest_of_most((entered.is_expensive,)), Reason.FULL))
        for place, _ in refused:
            self.leave(place)
        return [(place.item, reason) for place, reason in refused]

    def seconds_to_wait(self) -> int:
        """After how many seconds those that wait now will have been served, at least 1."""
        return max(1, ceil(self._all.expected / self._workers))

    @property
    def _most_of_kind(self) -> int:
        """How many of a kind may wait in an overload."""
        return WAITING_PER_WORKER * self._workers

    def _most_of_caller(self, overload: Overload, now: float) -> int:
        """How many of one caller may wait."""
        most = self._most_of_kind if overload.lasts(now) else self._bounds.of_caller
        return min(most, self._bounds.of_caller)

    @property
    def _expensive(self) -> float:
        """From how many seconds on a request is expensive."""
        least = self._bounds.expensive
        return min(max(least, _TIMES_MEDIAN * self._median), _TIMES_EXPENSIVE * least)

    def _charge_expensive(self, place: Place[T]) -> None:
        """What was taken for cheap and was not is no debt of its caller's cheap ones."""
        user, seconds = place.user, place.expected.seconds
        place.leaf.place -= seconds
        expensive = user.child(True)
        expensive.place = max(expensive.place, user.now) + seconds
        place.charged[0] = expensive, 1.0

    # ── whose turn it is ─────────────────────────────────────────────────────────────────────────

    def _next(self, share: Share[Place[T]]) -> Place[T] | None:
        if share.items:
            place = share.items[0 if self._overload_of(share) is None else -1]
            return place if self._may_run(place) else None
        for child in share.by_turn():
            if (found := self._next(child)) is not None:
                return found
        return None

    def _turns_out_expensive(self, place: Place[T], now: float) -> bool:
        """Whether that became known since it came; then it waits among the expensive ones."""
        if place.is_expensive or place.expected.is_proven or self._expected_now is None:
            return False
        expected = self._expected_now(place.item)
        if expected.seconds <= self._expensive:
            return False
        user = place.user
        self._remove(place)
        place.expected, place.is_expensive, place.leaf = expected, True, user.child(True)
        self._add(place, now)
        return True

    def _may_run(self, place: Place[T]) -> bool:
        return self._may_hold(place.caller, place.user, place.expected, place.is_expensive)

    def _may_hold(
        self,
        caller: Caller,
        user: Share[Place[T]] | None,
        expected: Expected,
        is_expensive: bool,
    ) -> bool:
        """``user``: the share of the caller, which has none before its first request."""
        most = self._workers - 1
        if most == 0:
            return True
        if is_expensive and self._all.holding >= most:
            return False
        is_ours = not caller.address  # asked by the service itself, or by its owner
        if is_ours or (expected.is_proven and not is_expensive):
            return True
        if user is None or user.holding < most:
            return True
        return not is_expensive and self._is_alone_with_expensive_ones(user)

    def _is_alone_with_expensive_ones(self, user: Share[Place[T]]) -> bool:
        """Whether nobody else asks, and all that runs for the user is known to be expensive."""
        if self._all.waiting > user.waiting or self._all.running > user.running:
            return False
        return all(place.is_expensive for place in self._running)

    def _hold(self, place: Place[T]) -> None:
        place.holds = True
        self._all.holding += place.is_expensive
        place.user.holding += 1

    def _note_long_ones(self, now: float) -> None:
        """What was thought to be cheap, and runs for long, is expensive."""
        long = _TIMES_EXPENSIVE * self._bounds.expensive
        for place in self._running:
            assert place.started is not None  # noqa: S101 (it runs)
            if not place.is_expensive and now - place.started > long:
                place.is_expensive = True
                if place.holds:
                    self._all.holding += 1
                else:
                    self._hold(place)

    # ── who is refused ───────────────────────────────────────────────────────────────────────────

    def _late(self, now: float) -> list[Place[T]]:
        if now < self._looked + _BETWEEN_LOOKS:
            return []
        self._looked = now
        late: list[Place[T]] = []
        for leaf in self._leaves():
            overload = self._overload_of(leaf)
            if overload is None or not overload.lasts(now):
                continue
            patience = max(PATIENCE, PATIENCE_IN_MEANS * self._means[leaf.key is True])
            before = len(late)
            late += takewhile(lambda place: now - place.since > patience, leaf.items)  # noqa: B023
            if len(late) > before:
                overload.note(now)
        return late

    def _overload_of(self, leaf: Share[Place[T]]) -> Overload | None:
        """Of all, or of its caller, or none."""
        if self._all.overload.since is not None:
            return self._all.overload
        user = leaf.parent
        return user.overload if user is not None and user.overload.since is not None else None

    def _is_hopeless(self, is_expensive: bool, before: float) -> bool:
        """Whether a caller's requests of a kind take longer than one more of them may wait.

        ``before``: seconds that those take.
        """
        workers = max(1, self._workers - 1) if is_expensive else self._workers
        return before / workers > self._bounds.seconds

    def _newest_of_most(self, kinds: Kinds) -> Place[T]:
        """The newest request of the user with most, at the address with most, that wait."""
        most = max(self._users(), key=lambda user: (_rank(user, kinds), _newest(user, kinds)))
        return max(_newest_by_kind(most, kinds), key=_number)

    def _add(self, place: Place[T], now: float) -> None:
        place.leaf.items.append(place)
        place.leaf.begin_to_wait(place.expected.seconds, now)
        self._waiting[place.is_expensive] += 1

    def _remove(self, place: Place[T]) -> None:
        items = place.leaf.items
        if items[0] is place:
            items.popleft()
        elif items[-1] is place:
            items.pop()
        else:
            items.remove(place)
        place.leaf.end_waiting(place.expected.seconds)
        self._waiting[place.is_expensive] -= 1

    def _leaves(self) -> "Iterator[Share[Place[T]]]":
        for user in self._users():
            yield from user.by_turn()

    def _users(self) -> "Iterator[Share[Place[T]]]":
        for address in self._all.by_turn():
            yield from address.by_turn()


def _count_waiting(user: Share[Place[T]], kinds: Kinds) -> int:
    """Of the kinds, that wait."""
    return sum(leaf.waiting for leaf in user.backlogged.values() if leaf.key in kinds)


def _rank(user: Share[Place[T]], kinds: Kinds) -> tuple[int, int]:
    """Who has the greatest has most; where the user has as many as others, the address decides."""
    of_address = user.parent.waiting if user.parent is not None else 0
    return _count_waiting(user, kinds), of_address


def _newest_by_kind(user: Share[Place[T]], kinds: Kinds) -> list[Place[T]]:
    return [leaf.items[-1] for leaf in user.backlogged.values() if leaf.key in kinds]


def _newest(user: Share[Place[T]], kinds: Kinds) -> int:
    return max((place.number for place in _newest_by_kind(user, kinds)), default=0)


def _number(place: Place[T]) -> int:
    return place.number
