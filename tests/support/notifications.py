"""The socket of a service manager: what is written to it, as systemd reads it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

PATIENCE = 60.0  # seconds that a line may take to come


@dataclass(frozen=True)
class Notifications:
    """What comes. ``address``: as ``NOTIFY_SOCKET`` has it."""

    address: str
    _receiving: socket.socket

    def next(self) -> dict[str, str]:
        """The next message, by name; fails when none comes."""
        return _read(self._receiving.recv(4096))

    def next_but_signs_of_life(self) -> dict[str, str]:
        """The next message that tells more than that the service lives."""
        while (message := self.next()) == {"WATCHDOG": "1"}:
            pass
        return message

    def fill(self) -> None:
        """Signs of life, until no message can be taken before one is read."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out, suppress(BlockingIOError):
            out.setblocking(False)
            while True:
                out.sendto(b"WATCHDOG=1", _bound(self.address))


@contextmanager
def notified(address: str) -> Iterator[Notifications]:
    """Listen at an address while the block runs; one with "@" has no file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind(_bound(address))
        receiving.settimeout(PATIENCE)
        yield Notifications(address, receiving)


def _bound(address: str) -> str:
    return "\0" + address[1:] if address.startswith("@") else address


def _read(message: bytes) -> dict[str, str]:
    return dict(line.split("=", 1) for line in message.decode().splitlines())
