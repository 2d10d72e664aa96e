"""Serves an application on an address until it is told to stop.

A SIGTERM or Ctrl-C: no new connections, the requests that run are finished, then the end, with
exit status 0. A second Ctrl-C does not wait for them. While it starts or closes what it has open, a
second signal ends it at once: it may wait for a cluster, or for a journal of minutes.
"""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from search_service.errors import EndsCommand
from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.limits import UNLIMITED
from search_service.http.protocol import HttpProtocol
from search_service.http.renewal import Renewable, renewing
from search_service.http.service_manager import NOBODY, ServiceManager
from search_service.http.tls import Certificates
from search_service.http.tls_listener import TlsListener
from search_service.runtime.garbage_collection import leave_old_objects

log = logging.getLogger(__name__)

# How long the event loop keeps the interpreter from the threads that take changes, at most. With
# Python's 5 ms a change waits for that at each of its steps, when searches come by the hundred.
_SWITCH_SECONDS = 0.0005
_SIGNALLED = 128  # and the number of the signal, as shells tell it
FINISH_SECONDS = 5  # for requests that run when the service is told to stop

WhenServing = Callable[[str], Awaitable[None]]


class CannotListen(EndsCommand):
    """The address of the settings is not to be had; says why and what to do."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        match None if isinstance(error, socket.gaierror) else error.errno:
            case errno.EADDRINUSE:
                why = "another process listens there: end that one, or name another port"
            case errno.EADDRNOTAVAIL:
                why = "this machine has no such address; 0.0.0.0 is every one that it has"
            case errno.EACCES:
                why = (
                    "a port below 1024 takes a right: name a higher one, or add "
                    "AmbientCapabilities=CAP_NET_BIND_SERVICE to the unit"
                )
            case _:
                why = error.strerror or str(error)
        super().__init__(f"{address} cannot be listened on: {why}")


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise CannotListen(host, port, error) from error


def url_of(listening: socket.socket, *, tls: bool = False) -> str:
    """How the address is written in a browser."""
    host, port = listening.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def configured(
    app: Any,
    admission: AdmissionControl,
    *,
    adds_date: bool = True,
    finish_seconds: int = FINISH_SECONDS,
) -> uvicorn.Config:
    """How an application is served, whatever it listens on.

    ``adds_date``: its answers have no `Date` of their own. ``finish_seconds``: for requests that
    run when it is told to stop.
    """
    protocol: Any = partial(HttpProtocol, admission=admission)
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,  # an address that a caller writes down is not where it calls from
        server_header=False,
        date_header=adds_date,
        timeout_graceful_shutdown=finish_seconds,
    )


@contextlib.asynccontextmanager
async def serving_beside(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    """Serve on another socket while the block runs; signals are left to others."""
    server = _SecondServer(configured(app, AdmissionControl(UNLIMITED)))
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    beginning = asyncio.ensure_future(server.serving.wait())
    try:
        await asyncio.wait((running, beginning), return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        beginning.cancel()
        server.should_exit = True
        await running


def serve(
    app: FastAPI,
    listening: socket.socket,
    when_serving: WhenServing | None = None,
    *,
    certificates: Certificates | None = None,
    renewed: Sequence[Renewable] = (),
    manager: ServiceManager = NOBODY,
) -> None:
    """Serve until the process is told to stop. Raises what the opening of the service raised.

    ``when_serving`` runs beside, once requests are answered; it is given the address.
    ``certificates``: to speak TLS, renewed as the others that are ``renewed`` meanwhile.
    ``manager`` is told how it is.
    """
    config = configured(app, app.state.admission)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        server = Server(config, certificates, manager)
        all_renewed = renewed if certificates is None else (*renewed, certificates)
        runner.run(_serve(server, app, listening, when_serving, all_renewed))


async def _serve(
    server: "Server",
    app: FastAPI,
    listening: socket.socket,
    when_serving: WhenServing | None,
    renewed: Sequence[Renewable],
) -> None:
    url = url_of(listening, tls=server.certificates is not None)
    manager = server.manager
    # Not left to uvicorn: it would turn an error of the opening into a logged traceback.
    with server.capture_signals():
        async with (
            manager.watching(server.serving),
            app.router.lifespan_context(app),
            renewing(renewed, manager=manager, status=_status(url)),
        ):
            # Every population looked through all objects again and again, as the documents of a
            # request are thousands of them: 3 µs for each.
            leave_old_objects()
            sys.setswitchinterval(_SWITCH_SECONDS)
            beside = asyncio.ensure_future(_when_serving(server, url, when_serving))
            await server.serve(sockets=[listening])
            server.serving.clear()
            beside.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beside
    log.info("stopped")


async def _when_serving(server: "Server", url: str, when_serving: WhenServing | None) -> None:
    await server.serving.wait()
    log.info("serving", extra={"url": url})
    server.manager.tell_ready(_status(url))
    if when_serving is not None:
        try:
            await when_serving(url)
        except BaseException:
            server.should_exit = True
            raise


def _status(url: str) -> str:
    return f"serving {url}"


class _AnnouncingServer(uvicorn.Server):
    """Sets an event when it answers."""

    def __init__(self, config: uvicorn.Config, certificates: Certificates | None = None) -> None:
        super().__init__(config)
        self.certificates = certificates
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        if self.certificates is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            for listening in sockets or ():
                listener: Any = TlsListener(listening, self._make_protocol, self.certificates)
                self.servers.append(listener)
        self.serving.set()

    def _make_protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


class _SecondServer(_AnnouncingServer):
    """Stops when its starter says so."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class Server(_AnnouncingServer):
    """Leaves with status 0 when it is told to stop: uvicorn would raise the signal again."""

    def __init__(
        self,
        config: uvicorn.Config,
        certificates: Certificates | None = None,
        manager: ServiceManager = NOBODY,
    ) -> None:
        super().__init__(config, certificates)
        self.manager = manager

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End when requests that run are answered; called for each signal."""
        is_told_again = self.should_exit
        super().handle_exit(sig, frame)  # at once: the next signal may come amid the line
        if not self.serving.is_set():
            if is_told_again:
                os._exit(_SIGNALLED + sig)  # as by SIGKILL, which loses nothing either
            log.warning("told to end while it starts: it ends then; told once more, at once")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish the requests that run."""
        self.manager.tell_stopping()
        await super().shutdown(sockets)

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
