"""How many connections there may be, in all and from one address.

When there are too many, one that waits for a request is closed for the new one: whoever keeps many
connections loses its own. Not here: what connections carry, see ``in_flight``.
"""

from collections.abc import Collection, Iterator
from ipaddress import IPv6Network
from typing import Protocol

from search_service.http.access import is_in, parsed
from search_service.http.admission.limits import ConnectionLimits

CONNECTION = "icat_search.connection"  # in the scope of a request: the one that it came by

_OF_ONE = 64  # bits of an IPv6 address that those of one network have in common


class Connection(Protocol):
    """What is known of a connection here."""

    @property
    def address(self) -> str:
        """Of the peer; empty where there is none."""
        ...

    def give_way(self) -> bool:
        """End, for another to take the place; False where it would lose an answer."""
        ...

    def look(self, now: float) -> None:
        """End, if something of it takes too long."""
        ...


class Connections:
    """Those of one server."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._sources: dict[Connection, str] = {}
        self._by_source: dict[str, set[Connection]] = {}
        self._waiting: dict[Connection, None] = {}  # the longest first

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._sources))

    def admit(self, connection: Connection) -> bool:
        """Count a new connection, which waits for its first request, if there is a place."""
        source, most = self._place(connection.address)
        own = self._by_source.get(source, ())
        if len(own) >= most and not self._make_room(own):
            return False
        is_full = len(self) >= self._limits.connections
        if is_full and not self._make_room(self._most_but(source)):
            return False
        self._sources[connection] = source
        self._by_source.setdefault(source, set()).add(connection)
        self._waiting[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """It has ended; it may have left before."""
        source = self._sources.pop(connection, None)
        if source is not None:
            self._waiting.pop(connection, None)
            self._by_source[source].discard(connection)
            if not self._by_source[source]:
                del self._by_source[source]

    def works(self, connection: Connection) -> None:
        """A request of it is answered, so it is not closed for another."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """It waits for a request; one that was counted only."""
        if connection in self._sources:
            self._waiting[connection] = None

    def _place(self, address: str) -> tuple[str, int]:
        """Who is taken to be at an address, and how many connections they may have."""
        found = parsed(address)
        if found is None:
            return address, self._limits.of_address
        if is_in(found, self._limits.proxies):
            return address, self._limits.connections
        if found.version == 6:  # whoever has one address has all of the network
            return str(IPv6Network((found, _OF_ONE), strict=False)), self._limits.of_address
        return address, self._limits.of_address

    def _most_but(self, source: str) -> Collection[Connection]:
        """Those of the source that has most; of another than this one where two have as many."""
        return max(self._by_source.items(), key=lambda item: (len(item[1]), item[0] != source))[1]

    def _make_room(self, among: Collection[Connection]) -> bool:
        """Close the one of these that waits longest; whether there is one."""
        for connection in self._waiting:
            if connection in among and connection.give_way():
                self.leave(connection)
                return True
        return False
