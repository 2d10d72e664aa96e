"""Ends what waits for a database that says nothing, where its driver would wait for ever.

A server that stands still, or a program that is no database, keeps a connection open: nothing tells
that there will be no answer. Not here: how long a driver waits by itself, see ``drivers``.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from typing import Protocol, TypeVar

log = logging.getLogger(__name__)


class Closeable(Protocol):
    """A connection."""

    def close(self) -> object:
        """Let go of it."""
        ...


C = TypeVar("C", bound=Closeable)


def opened_within(seconds: float, connect: Callable[[], C]) -> C:
    """What ``connect`` returns or raises. Raises TimeoutError when it does neither in time.

    Drivers bound the greeting of a server by the time that an answer may take, or not at all, and
    do not give their socket away. So it is done in a thread, which closes what comes too late.
    """
    connection: Future[C] = Future()
    threading.Thread(
        target=_connect, args=(connect, connection), name="connect", daemon=True
    ).start()
    try:
        connection.exception(seconds)
    except BaseException as error:  # it took too long, or Ctrl-C
        is_left = connection.cancel()
        if not isinstance(error, TimeoutError):
            raise
        if is_left:
            raise TimeoutError(
                f"timed out: nothing there has opened a session within {seconds:g} seconds; is "
                "that the address of the database, and does it run?"
            ) from None
    return connection.result()


def _connect(connect: Callable[[], C], connection: "Future[C]") -> None:
    try:
        opened = connect()
    except BaseException as error:  # noqa: BLE001 (raised by who waits)
        with suppress(InvalidStateError):
            connection.set_exception(error)
        return
    try:
        connection.set_result(opened)
    except InvalidStateError:
        opened.close()


@contextmanager
def ended_after(seconds: float, descriptor: int) -> Iterator[None]:
    """End a connection when the block takes longer: who waits there for an answer gets an error.

    ``descriptor``: of its socket.
    """
    with socket.socket(fileno=os.dup(descriptor)) as connected:
        timer = threading.Timer(seconds, _end, (connected, seconds))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _end(connected: socket.socket, seconds: float) -> None:
    log.warning("database does not answer, its connection is ended", extra={"seconds": seconds})
    with suppress(OSError):  # it has ended
        connected.shutdown(socket.SHUT_RDWR)
