"""HTTP as bytes over a socket, for what no client would send."""

import fcntl
import json
import socket
import struct
import termios
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 20


def sent(url: str, packets: Sequence[bytes], answers: int = 1) -> list[tuple[int, Any]]:
    """Statuses and contents of so many answers, or of fewer when the connection ends before."""
    address = urlsplit(url)
    with closing(socket.create_connection((address.hostname, address.port or 80))) as connection:
        connection.settimeout(TIMEOUT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for packet in packets[:-1]:
            connection.sendall(packet)
            _wait_until_read(connection)
        connection.sendall(packets[-1])
        # A reader that is left open keeps the socket open, and a failed test keeps the reader.
        with connection.makefile("rb") as reader:
            found = [_answer(reader) for _ in range(answers)]
        return [each for each in found if each is not None]


def _wait_until_read(connection: socket.socket) -> None:
    """The peer has acknowledged everything: what follows is another packet, mostly."""
    while struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0]:
        pass


def _answer(reader: Any) -> tuple[int, Any] | None:
    line = reader.readline()
    if not line:
        return None
    headers = {}
    while (header := reader.readline().strip()) != b"":
        name, _, value = header.partition(b":")
        headers[name.lower()] = value.strip()
    content = reader.read(int(headers.get(b"content-length", 0)))
    return int(line.split()[1]), json.loads(content) if content else None
