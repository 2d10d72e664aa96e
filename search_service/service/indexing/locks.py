"""Which entities are being populated: changes are refused, additions go straight to the engine.

A lock is taken in steps, because beginning and ending a population takes time: additions that come
while one begins or ends wait for it. Locks are in memory, as a crash undoes populations.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from search_service.errors import AlreadyLocked, EntityLocked, NotLocked


@dataclass
class _Lock:
    name: str
    since: float
    adding: int = 0  # additions on their way
    settled: bool = False  # neither beginning nor ending


class Locks:
    """``state`` guards the locks, and whatever has to agree with them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.state = threading.Condition(threading.RLock())
        self._locks: dict[str, _Lock] = {}
        self._clock = clock

    def since(self) -> Mapping[str, float]:
        """When each locked entity was locked."""
        with self.state:
            return {lock.name: lock.since for lock in self._locks.values()}

    def refuse_locked(self, entity: str, written: str) -> None:
        """Raises EntityLocked, which names the entity as it was ``written``."""
        if entity.lower() in self._locks:
            raise EntityLocked(written)

    def refuse_second(self, entity: str, written: str) -> None:
        """Raises AlreadyLocked."""
        if entity.lower() in self._locks:
            raise AlreadyLocked(written)

    def take(self, entity: str) -> None:
        """From now on changes are refused, and additions wait for ``open``."""
        self._locks[entity.lower()] = _Lock(entity, self._clock())

    def open(self, entity: str) -> None:
        """From now on additions go to the population."""
        with self.state:
            self._locks[entity.lower()].settled = True
            self.state.notify_all()

    def end(self, entity: str, written: str) -> None:
        """Wait for additions on their way; later ones wait for ``free``. Raises NotLocked."""
        with self.state:
            lock = self._locks.get(entity.lower())
            if lock is None:
                raise NotLocked(written)
            self._end(lock)

    def end_all(self) -> None:
        """Likewise for every lock."""
        with self.state:
            for lock in list(self._locks.values()):
                self._end(lock)

    def free(self, entity: str) -> None:
        """The entity is not locked any more."""
        with self.state:
            self._locks.pop(entity.lower(), None)
            self.state.notify_all()

    def free_all(self) -> None:
        """No entity is."""
        with self.state:
            self._locks.clear()
            self.state.notify_all()

    @contextmanager
    def adding(self, entity: str) -> Iterator[bool]:
        """Whether to add to a population, which does not end meanwhile."""
        with self.state:
            while (lock := self._locks.get(entity.lower())) and not lock.settled:
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
        lock.settled = False
        while lock.adding:
            self.state.wait()
