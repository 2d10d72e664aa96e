"""A program that takes connections and never says anything."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.support.serving import END_SECONDS


@contextmanager
def silent_server() -> Iterator[tuple[socket.socket, int]]:
    """Its socket and its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(END_SECONDS)
        yield server, server.getsockname()[1]
