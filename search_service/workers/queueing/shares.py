"""Worker time divided by start-time fair queueing: between addresses, users, cheap and expensive.

Each share has a place in virtual time, which moves on by the worker time that it was given, divided
by its weight; who is furthest behind is next. A share that comes back starts where the others are:
it neither saves up time nor is it forgiven what it took. (Goyal, Vin, Cheng 1996.)

An address counts for as many as it has users just now: a catalogue asks for all of its users from
one address. Requests that name no user count for as many as there are named ones beside them.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from search_service.workers.queueing.overload import Overload

T = TypeVar("T")

# What an address can count for at most, whatever users it names.
MOST_PEOPLE = 16
_IDLE_KEPT = 256  # shares of one parent that owe time and ask for nothing


@dataclass(eq=False, slots=True)
class Share(Generic[T]):
    """A node of the tree: all, an address, a user or, as a leaf, the cheap or expensive of one."""

    parent: "Share[T] | None" = None
    key: Hashable = None
    number: int = 0  # among those of its parent: of two that are equally far behind, who came first
    place: float = 0.0  # in the virtual time of its parent
    now: float = 0.0  # the virtual time of its children
    waiting: int = 0
    running: int = 0
    expected: float = 0.0  # seconds of those that wait
    holding: int = 0  # workers, by requests that are expensive or may be
    overload: Overload = field(default_factory=Overload)
    children: "dict[Hashable, Share[T]]" = field(default_factory=dict)
    # Those of them of which something waits. Others may be many, and this is asked all the time.
    backlogged: "dict[Hashable, Share[T]]" = field(default_factory=dict)
    made: int = 0  # children
    items: deque[T] = field(default_factory=deque)  # of a leaf

    @property
    def is_active(self) -> bool:
        """Whether anything of it waits or runs."""
        return self.waiting > 0 or self.running > 0

    def child(self, key: Hashable) -> "Share[T]":
        """The share with this key, made when it is not there."""
        found = self.children.get(key)
        if found is None:
            if len(self.children) >= _IDLE_KEPT:
                self._forget_idle()
            self.made += 1
            found = self.children[key] = Share(self, key, self.made)
        return found

    def by_turn(self) -> "list[Share[T]]":
        """The children with something that waits; the one whose turn it is comes first."""
        backlogged = list(self.backlogged.values())
        if len(backlogged) > 1:
            backlogged.sort(key=_turn)
        return backlogged

    def path(self) -> "Iterator[Share[T]]":
        """From this one up to all."""
        share: Share[T] | None = self
        while share is not None:
            yield share
            share = share.parent

    def begin_to_wait(self, seconds: float, now: float) -> None:
        """One more waits from the time ``now`` on, of so many expected seconds."""
        for share in self.path():
            if share.waiting == 0:
                share.overload.end_if_calm(now)
                if share.parent is not None:
                    share.place = max(share.place, share.parent.now)
                    share.parent.backlogged[share.key] = share
            share.waiting += 1
            share.expected += seconds

    def end_waiting(self, seconds: float) -> None:
        """One less waits."""
        for share in self.path():
            share.waiting -= 1
            share.expected -= seconds
            if share.waiting == 0:
                share.expected = 0.0
                if share.parent is not None:
                    del share.parent.backlogged[share.key]

    def begin_to_run(self, seconds: float) -> "list[tuple[Share[T], float]]":
        """One runs and is charged what is expected; by which weight, for ``end_running``."""
        charged = []
        for share in self.path():
            share.running += 1
            if share.parent is not None:
                weight = share._weight()
                share.parent.now = max(share.parent.now, share.place)
                share.place += seconds / weight
                charged.append((share, weight))
        return charged

    def end_running(self, charged: "list[tuple[Share[T], float]]", difference: float) -> None:
        """One has ended, after so many seconds more than were charged."""
        for share, weight in charged:
            share.place += difference / weight
        for share in self.path():
            share.running -= 1
            if share.parent is None:
                if not share.is_active:
                    share.children.clear()  # nobody asks: nobody is owed anything
                    share.now = 0.0
            elif not share.is_active and share.place <= share.parent.now:
                share.parent.children.pop(share.key, None)

    def _weight(self) -> float:
        """How many people it stands for."""
        if self.parent is None or not self.children:
            return 1.0
        siblings_are_users = self.parent.parent is not None
        if not siblings_are_users:  # an address
            return _people(sum(child.is_active for child in self.children.values()))
        if self.key == "":  # the user of requests that name none
            others = self.parent.children.values()
            return _people(sum(other.is_active for other in others if other is not self))
        return 1.0

    def _forget_idle(self) -> None:
        idle = sorted((one for one in self.children.values() if not one.is_active), key=_place)
        for one in idle[: max(1, len(idle) // 2)]:
            self.children.pop(one.key, None)


def _place(share: "Share[T]") -> float:
    return share.place


def _turn(share: "Share[T]") -> tuple[float, int]:
    return share.place, share.number


def _people(count: int) -> float:
    return float(min(max(count, 1), MOST_PEOPLE))
