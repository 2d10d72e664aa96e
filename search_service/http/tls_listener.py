"""Accepts connections and speaks TLS on them, before HTTP.

Not left to the event loop: each connection gets the certificate that there is when it comes, a
caller that speaks plain HTTP is told so, and those that say nothing are bounded in time and number.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable

from search_service.errors import PlainHttp, ServiceError
from search_service.http.tls import Certificates
from search_service.workers.answers import refusal

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10.0  # from the connection to the end of the handshake
SHUTDOWN_SECONDS = 5.0
MOST_HANDSHAKES = 256  # at a time; one more ends the one that has taken longest
_TLS = b"\x16"  # how a handshake begins
_PAUSE_SECONDS = 0.5  # where no connection can be accepted, as there are no files left

MakeProtocol = Callable[[], asyncio.Protocol]


class TlsListener:
    """On one socket; it begins at once. To uvicorn it is a server like that of the event loop."""

    def __init__(
        self, listening: socket.socket, make_protocol: MakeProtocol, certificates: Certificates
    ) -> None:
        self._listening = listening
        self._make_protocol = make_protocol
        self._certificates = certificates
        self._handshakes: dict[asyncio.Task[None], None] = {}  # in the order in which they began
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        self._loop.add_reader(listening.fileno(), self._accept)

    def close(self) -> None:
        """No more connections; those that have begun go on, handshakes end."""
        if self._pause is not None:
            self._pause.cancel()
        with contextlib.suppress(ValueError):  # it is closed
            self._loop.remove_reader(self._listening.fileno())
        for task in self._handshakes:
            task.cancel()

    async def wait_closed(self) -> None:
        """Until no handshake is left."""
        await asyncio.gather(*self._handshakes, return_exceptions=True)

    def _accept(self) -> None:
        try:
            connection, (address, *_) = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            log.error("no connection can be accepted", extra={"why": str(error)})
            self._loop.remove_reader(self._listening.fileno())
            self._pause = self._loop.call_later(_PAUSE_SECONDS, self._go_on)
            return
        connection.setblocking(False)
        if len(self._handshakes) >= MOST_HANDSHAKES:
            next(iter(self._handshakes)).cancel()
        task = asyncio.ensure_future(self._begin(connection, str(address)))
        self._handshakes[task] = None
        task.add_done_callback(self._handshakes.pop)

    def _go_on(self) -> None:
        self._loop.add_reader(self._listening.fileno(), self._accept)

    async def _begin(self, connection: socket.socket, address: str) -> None:
        is_ours = True  # to close
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                first = await self._first_byte(connection)
                is_ours = False
                if first == _TLS:
                    await self._loop.connect_accepted_socket(
                        self._make_protocol,
                        connection,
                        ssl=self._certificates.context,
                        ssl_handshake_timeout=HANDSHAKE_SECONDS,
                        ssl_shutdown_timeout=SHUTDOWN_SECONDS,
                    )
                elif first:
                    await self._loop.connect_accepted_socket(_Plain, connection)
                else:
                    connection.close()
        except (OSError, TimeoutError) as error:
            why = str(error) or "it took too long"
            log.info("no TLS connection", extra={"client": address, "why": why})
        finally:
            if is_ours:
                connection.close()

    async def _first_byte(self, connection: socket.socket) -> bytes:
        """What a connection begins with, which is left unread; nothing if it ended."""
        there = self._loop.create_future()
        self._loop.add_reader(connection.fileno(), _settle, there)
        try:
            await there
        finally:
            self._loop.remove_reader(connection.fileno())
        return connection.recv(1, socket.MSG_PEEK)


def _settle(there: "asyncio.Future[None]") -> None:
    if not there.done():
        there.set_result(None)


class _Plain(asyncio.Protocol):
    """Says to whoever speaks plain HTTP that it has to be TLS, whatever was asked."""

    def __init__(self) -> None:
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Answer, and read what still comes: else the caller may see a broken connection."""
        transport.write(_REFUSAL)
        transport.write_eof()
        loop = asyncio.get_running_loop()
        self._end = loop.call_later(SHUTDOWN_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """No timer is left."""
        if self._end is not None:
            self._end.cancel()


def _written(error: ServiceError) -> bytes:
    """The whole answer of a connection that ends with it."""
    answer = refusal(error)
    head = (
        f"HTTP/1.1 {error.status.value} {error.status.phrase}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(answer.body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + bytes(answer.body)


_REFUSAL = _written(PlainHttp())
