"""What the command tells the load generator, and what that answers when callers may begin.

Apart from ``generator``: importing that makes all sockets of a process green.
"""

from dataclasses import dataclass

READY = "callers are there"
"""The line on standard error from which on time counts."""


@dataclass(frozen=True)
class Order:
    """What to do: a scenario by its name, with what differs from it."""

    scenario: str
    seconds: float
    users: int
    files: int
    url: str
    released: bool
    own_addresses: bool
    result: str
