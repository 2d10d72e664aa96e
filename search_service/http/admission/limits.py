"""What connections may use, in all and each of them."""

from dataclasses import dataclass

from search_service.http.access import Network


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The values of the settings of the same names; the defaults are theirs."""

    connections: int = 512
    of_address: int = 256
    proxies: tuple[Network, ...] = ()  # for which ``of_address`` does not hold
    head_seconds: float = 30.0
    # A catalogue keeps its connections; it should be the one that closes them, or a request may
    # meet a connection that is just being closed.
    idle_seconds: float = 75.0
    stalled_seconds: float = 120.0
    slowest_transfer: int = 1 << 10  # bytes a second
    bytes_in_flight: int = 512 << 20


UNLIMITED = ConnectionLimits(
    connections=1 << 31,
    of_address=1 << 31,
    stalled_seconds=86_400.0,
    bytes_in_flight=1 << 62,
)
"""For the owner of the data directory, who has other ways to do harm, and before another service,
which has limits of its own."""
