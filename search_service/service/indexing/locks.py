"""The locks of populated entities: changes are refused, additions go straight to the engine.

A lock is taken in steps, because beginning and ending a population takes time: additions that come
while one begins or ends wait for it. Locks are in memory, as a crash undoes populations.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from search_service.catalogue import lookup
from search_service.catalogue.documents import Operation
from search_service.errors import AlreadyLocked, EntityLocked, NotLocked


def changed_by(operations: Iterable[Operation]) -> Iterator[str]:
    """The entities that operations may change, those that repeat fields of theirs too.

    Named as they were written, or else by their own names.
    """
    for written in dict.fromkeys(operation.entity for operation in operations):
        yield written
        for propagation in lookup.propagations(lookup.find_related(written) or ""):
            yield propagation.entity


@dataclass
class _Lock:
    name: str
    since: float  # seconds since 1970
    adding: int = 0  # additions that are being made
    is_open: bool = False  # the population has begun, and does not end yet


class Locks:
    """Safe for several threads. ``state`` guards the locks, and all that must agree with them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.state = threading.Condition(threading.RLock())
        self._locks: dict[str, _Lock] = {}
        self._clock = clock

    def since(self) -> Mapping[str, float]:
        """The locked entities, each with the time of its lock in seconds since 1970."""
        with self.state:
            return {lock.name: lock.since for lock in self._locks.values()}

    def refuse_locked(self, entity: str, written: str) -> None:
        """Raises EntityLocked, which names the entity as it was ``written``."""
        if entity.lower() in self._locks:
            raise EntityLocked(written)

    def refuse_second(self, entity: str, written: str) -> None:
        """Raises AlreadyLocked, which names the entity as it was ``written``."""
        if entity.lower() in self._locks:
            raise AlreadyLocked(written)

    def take(self, entity: str) -> None:
        """Lock an entity: from now on changes are refused, and additions wait for ``open``."""
        self._locks[entity.lower()] = _Lock(entity, self._clock())

    def open(self, entity: str) -> None:
        """Let additions into the population."""
        with self.state:
            self._locks[entity.lower()].is_open = True
            self.state.notify_all()

    def end(self, entity: str, written: str) -> None:
        """Wait until additions are made; later ones wait for ``free``. Raises NotLocked."""
        with self.state:
            lock = self._locks.get(entity.lower())
            if lock is None:
                raise NotLocked(written)
            self._end(lock)

    def end_all(self) -> None:
        """Wait until the additions to all locked entities are made."""
        with self.state:
            for lock in list(self._locks.values()):
                self._end(lock)

    def free(self, entity: str) -> None:
        """Unlock an entity."""
        with self.state:
            self._locks.pop(entity.lower(), None)
            self.state.notify_all()

    def free_all(self) -> None:
        """Unlock all entities."""
        with self.state:
            self._locks.clear()
            self.state.notify_all()

    @contextmanager
    def adding(self, entity: str) -> Iterator[bool]:
        """Whether the entity has a population, which does not end within the context."""
        with self.state:
            while (lock := self._locks.get(entity.lower())) and not lock.is_open:
                self.state.wait()
            if lock is not None:
                lock.adding += 1
        try:
            yield lock is not None
        finally:
            if lock is not None:
                with self.state:
                    lock.adding -= 1
                    self.state.notify_all()

    def _end(self, lock: _Lock) -> None:
        lock.is_open = False
        while lock.adding:
            self.state.wait()
