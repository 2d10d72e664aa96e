"""Limits, connections, bytes and refusals of one server together, and the watch over its time.

One watch goes over all connections now and then, instead of a timer for each that is set and
cancelled with every packet. Not here: what a connection may take how long, see
``search_service.http.protocol``.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Protocol

from search_service.http.admission.connections import Connection, Connections
from search_service.http.admission.in_flight import InFlight
from search_service.http.admission.limits import ConnectionLimits
from search_service.http.admission.refusals import Refusals
from search_service.http.headers import Pair
from search_service.workers.answers import Answer

_LOOKS = 8  # in the shortest time that there is
_MOST_SECONDS, _LEAST_SECONDS = 1.0, 0.02  # between two looks


Scope = MutableMapping[str, Any]


class Shedding(Protocol):
    """Refuses whole requests before the application begins to answer them."""

    def is_on(self) -> bool:
        """Whether some are refused just now."""
        ...

    def refusal_of(self, scope: Scope, body: bytes) -> tuple[Answer, list[Pair]] | None:
        """The answer and its headers; None: the application answers."""
        ...


class AdmissionControl:
    """What the connections of one server share."""

    def __init__(self, limits: ConnectionLimits | None = None) -> None:
        self.limits = limits or ConnectionLimits()
        self.connections = Connections(self.limits)
        self.in_flight = InFlight(self.limits.bytes_in_flight)
        self.refusals = Refusals()
        self.shedding: Shedding | None = None
        shortest = min(self.limits.head_seconds, self.limits.stalled_seconds)
        self._period = max(_LEAST_SECONDS, min(_MOST_SECONDS, shortest / _LOOKS))
        self._watch: asyncio.TimerHandle | None = None

    def admit(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether a new connection may stay; then it is looked after."""
        if not self.connections.admit(connection):
            return False
        if self._watch is None:
            self._watch = loop.call_later(self._period, self._look, loop)
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in self.connections:
            connection.look(now)
        self._watch = (
            loop.call_later(self._period, self._look, loop) if len(self.connections) else None
        )
