"""Serves an application on an address until it is told to stop.

A SIGTERM or Ctrl-C: no new connections, the requests that run are finished, then the end, with
exit status 0. A second Ctrl-C does not wait for them.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI

from search_service.http.protocol import IDLE_SECONDS, HttpProtocol

log = logging.getLogger(__name__)

FINISH_SECONDS = 5  # for requests that run when the service is told to stop

WhenServing = Callable[[str], Awaitable[None]]


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def url_of(listening: socket.socket) -> str:
    """How the address is written in a browser."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configured(app: Any) -> uvicorn.Config:
    """How an application is served, whatever it listens on."""
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,  # an address that a caller writes down is not where it calls from
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


@contextlib.asynccontextmanager
async def serving_beside(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    """Serve on another socket while the block runs; signals are left to others."""
    server = _SecondServer(configured(app))
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    beginning = asyncio.ensure_future(server.serving.wait())
    try:
        await asyncio.wait((running, beginning), return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        beginning.cancel()
        server.should_exit = True
        await running


def serve(app: FastAPI, listening: socket.socket, when_serving: WhenServing | None = None) -> None:
    """Serve until the process is told to stop. Raises what the opening of the service raised.

    ``when_serving`` runs beside, once requests are answered; it is given the address.
    """
    config = configured(app)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(_Server(config), app, listening, when_serving))


async def _serve(
    server: "_Server",
    app: FastAPI,
    listening: socket.socket,
    when_serving: WhenServing | None,
) -> None:
    # Not left to uvicorn: it would turn an error of the opening into a logged traceback.
    with server.capture_signals():
        async with app.router.lifespan_context(app):
            # What was made so far stays. Without this every population looked through it again and
            # again, as the documents of a request are thousands of objects: 3 µs for each of them.
            gc.freeze()
            beside = asyncio.ensure_future(_when_serving(server, listening, when_serving))
            await server.serve(sockets=[listening])
            beside.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beside
    log.info("stopped")


async def _when_serving(
    server: "_Server", listening: socket.socket, when_serving: WhenServing | None
) -> None:
    await server.serving.wait()
    log.info("serving", extra={"url": url_of(listening)})
    if when_serving is not None:
        try:
            await when_serving(url_of(listening))
        except BaseException:
            server.should_exit = True
            raise


class _AnnouncingServer(uvicorn.Server):
    """Sets an event when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.serving.set()


class _SecondServer(_AnnouncingServer):
    """Stops when its starter says so."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class _Server(_AnnouncingServer):
    """Leaves with status 0 when it is told to stop: uvicorn would raise the signal again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals while serving."""
        before: dict[int, Any] = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
