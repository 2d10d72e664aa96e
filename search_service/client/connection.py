"""Calls a service over HTTP: at its address, or by the socket in the data directory it has open.

The socket leads to the service of that directory and to no other, whatever its address is. It is
for the owner of the directory alone, so there nobody asks from which address a call comes. Not
here: what is asked, see ``client.generations`` and ``client.operations``.
"""

import os
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from search_service.errors import EndsCommand
from search_service.masking import masked

SOCKET = "control.sock"
TIMEOUT_SECONDS = 600.0  # of a commit
_CONNECT_SECONDS = 10.0
# A service, or what stands before it, ends connections that are idle; a younger one is not used.
_IDLE_SECONDS = 5.0
_CREDENTIALS = "3i"  # process, user, group
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (listened on, not called)


class Unanswered(EndsCommand):
    """No answer came. ``sent``: the service may have done what it was asked all the same."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered."""

    status: int
    content: bytes

    @property
    def done(self) -> bool:
        """Whether it did what it was asked."""
        return self.status < 300

    @property
    def message(self) -> str:
        """The sentence of an error."""
        with suppress(ValueError):
            found = orjson.loads(self.content)
            if isinstance(found, dict) and found.get("message"):
                return str(found["message"])
        return self.content[:200].decode(errors="replace").strip() or f"status {self.status}"


class Client:
    """For one thread. Connections are made when they are needed."""

    def __init__(self, where: str, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """``where``: how the service is told from others in sentences."""
        self._where = where
        self.name = f"the service {where}"
        self._client = httpx.Client(
            base_url=url,
            transport=transport,
            timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=_CONNECT_SECONDS),
            limits=_LIMITS,
            verify=ssl.create_default_context() if url.startswith("https:") else True,
            trust_env=False,  # a proxy for the world outside is none for this service
        )

    @classmethod
    def at(cls, url: str) -> "Client":
        """The service at an address. Raises Unanswered for what is none."""
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            parsed = httpx.URL()
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise Unanswered(
                f"{masked(url)} is no address of a service; it should be as http://host:8080",
                sent=False,
            )
        return cls(f"at {masked(url)}", url.rstrip("/"))

    def call(
        self, method: str, path: str, body: bytes | None = None, *, seconds: float | None = None
    ) -> Reply:
        """The answer, whatever it says. Raises Unanswered.

        ``body``: JSON. ``seconds``: how long to wait for the answer, 0 is without limit.
        """
        options: dict[str, Any] = {} if seconds is None else {"timeout": seconds or None}
        if body is not None:
            options["headers"] = _JSON
        try:
            response = self._client.request(method, path, content=body, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unanswered(self._silent(error), sent=False) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(self._silent(error), sent=True) from error
        return Reply(response.status_code, response.content)

    def _silent(self, error: Exception) -> str:
        return f"no service answers {self._where}: {_said(error)}"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


_JSON = {"content-type": "application/json"}
_LIMITS = httpx.Limits(keepalive_expiry=_IDLE_SECONDS)


def url_of(host: str, port: int) -> str:
    """Where a service that listens on this address is called from the same machine."""
    host = _EVERY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


# ── by the socket of a data directory ────────────────────────────────────────────────────────────


@contextmanager
def client_of(root: Path) -> Iterator[Client | None]:
    """The service that has a data directory open; None when none has. Raises OSError."""
    if owner(root) is None:
        yield None
        return
    with reachable(root) as path:
        transport = httpx.HTTPTransport(uds=path, limits=_LIMITS)
        client = Client(f"of {root}", "http://socket", transport)
        try:
            yield client
        finally:
            client.close()


def owner(root: Path) -> int | None:
    """The user that the service of a data directory runs as; None: none runs. Raises OSError."""
    with suppress(FileNotFoundError, ConnectionRefusedError), socket.socket(socket.AF_UNIX) as ours:
        with reachable(root) as path:
            ours.connect(path)
        return _peer(ours)
    return None


@contextmanager
def reachable(root: Path) -> Iterator[str]:
    """A path of the socket that is short: the system takes no more than some hundred bytes."""
    directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{SOCKET}"
    finally:
        os.close(directory)


def _peer(connection: socket.socket) -> int:
    """The user on the other end."""
    size = struct.calcsize(_CREDENTIALS)
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    user: int = struct.unpack(_CREDENTIALS, found)[1]
    return user


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
