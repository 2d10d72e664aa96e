"""Calls a service over HTTP: at its address, or by the socket in the data directory it has open.

The socket leads to the service of that directory and to no other, whatever its address is. It is
for the owner of the directory alone, so there nobody asks from which address a call comes. Not
here: what is asked, see ``client.generations`` and ``client.operations``.
"""

import logging
import os
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from search_service.errors import EndsCommand
from search_service.long_waits import told_when_long
from search_service.masking import masked

log = logging.getLogger(__name__)

SOCKET = "control.sock"
# A service, or what stands before it, ends connections that are idle; a younger one is not used.
_IDLE_SECONDS = 5.0
_LONGEST_SENTENCE = 200
_CREDENTIALS = "3i"  # process, user, group
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (listened on, not called)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a service may take, in seconds."""

    connect: float = 10.0
    question: float = 120.0  # in a cluster several requests are made for one
    change: float = 600.0  # a commit, and the end of a population
    told: float = 30.0  # then the log says that it is waited for


class Unanswered(EndsCommand):
    """No answer came. ``sent``: the service may have done what it was asked all the same.

    ``late``: the service is there, and did not answer in time.
    """

    def __init__(self, message: str, *, sent: bool, late: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.late = late


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
    def acknowledged(self) -> bool:
        """Whether it made a change: it answers with nothing, other programs with a page."""
        return self.done and not self.content

    @property
    def message(self) -> str:
        """The sentence of an error."""
        page = " with a page, so is the address right?" if self.content else ""
        return sentence_of(self.content) or f"status {self.status}{page}"


def sentence_of(content: bytes) -> str:
    """What an answer tells a person; empty for nothing, or a page of an application server."""
    with suppress(ValueError):
        found = orjson.loads(content)
        if isinstance(found, dict) and found.get("message"):
            return str(found["message"])
    text = content[:_LONGEST_SENTENCE].decode(errors="replace").strip()
    return "" if text.startswith("<") else text


class Client:
    """For one thread. Connections are made when they are needed."""

    def __init__(
        self,
        where: str,
        url: str,
        transport: httpx.BaseTransport | None = None,
        token: str = "",
        patience: Patience | None = None,
    ) -> None:
        """``where``: how the service is told from others in sentences."""
        self._patience = patience or Patience()
        self._where = where
        self.name = f"the service {where}"
        self._client = httpx.Client(
            base_url=url,
            transport=transport,
            limits=_LIMITS,
            verify=verification(url),
            headers={"authorization": f"Bearer {token}"} if token else None,
            trust_env=False,  # a proxy for the world outside is none for this service
        )

    @classmethod
    def at(cls, url: str, token: str = "", patience: Patience | None = None) -> "Client":
        """The service at an address; ``token``: what is sent with each call, if any.

        Raises Unanswered for what is no address, and no token.
        """
        try:
            parsed = httpx.URL(url)
            is_one = parsed.scheme in ("http", "https") and parsed.host != ""
        except (httpx.InvalidURL, UnicodeError):
            is_one = False
        if not is_one:
            raise Unanswered(
                f"{masked(url)} is no address of a service; it should be as http://host:8080",
                sent=False,
            )
        if not (token.isascii() and token.isprintable()):
            raise Unanswered(
                f"the token for {masked(url)} has a sign that none has; is it all of its file, and "
                "nothing else?",
                sent=False,
            )
        return cls(f"at {masked(url)}", url.rstrip("/"), token=token, patience=patience)

    def call(
        self, method: str, path: str, body: bytes | None = None, *, seconds: float | None = None
    ) -> Reply:
        """The answer, whatever it says. Raises Unanswered.

        ``body``: JSON. ``seconds``: how long to wait for the answer, 0 is without limit; otherwise
        it is as long as a question or a change may take, by the method.
        """
        patience = self._patience
        if seconds is None:
            seconds = patience.question if method == "GET" else patience.change
        connect = min(patience.connect, seconds or patience.connect)
        options: dict[str, Any] = {"timeout": httpx.Timeout(seconds or None, connect=connect)}
        if body is not None:
            options["headers"] = _JSON
        try:
            with self._told_when_long(seconds):
                response = self._client.request(method, path, content=body, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout, UnicodeError) as error:
            # The last: of a name of a host that cannot be one.
            raise Unanswered(self._silent(error), sent=False) from error
        except httpx.TimeoutException as error:
            raise Unanswered(self._silent(error), sent=True, late=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(self._silent(error), sent=True) from error
        return Reply(response.status_code, response.content)

    def _told_when_long(self, seconds: float) -> AbstractContextManager[None]:
        told = self._patience.told
        if 0 < seconds <= told:
            return nullcontext()
        line = f"{self.name} has not answered yet, it is waited for"
        return told_when_long(log, line, told)

    def _silent(self, error: Exception) -> str:
        return f"no service answers {self._where}: {reason(error)}"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


_JSON = {"content-type": "application/json"}
_LIMITS = httpx.Limits(keepalive_expiry=_IDLE_SECONDS)


def verification(url: str) -> ssl.SSLContext | bool:
    """What the certificate at an address is compared with: what the system and SSL_CERT_FILE trust.

    By itself httpx would trust a list of its own, in which no facility's authority is.
    """
    return ssl.create_default_context() if url.startswith("https:") else True


def reason(error: Exception) -> str:
    """Why a call failed, and what helps where a certificate is not trusted."""
    said = str(error) or type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in _NOT_TRUSTED:
            return f"{said}; {_TRUST}"
        cause = cause.__cause__ or cause.__context__
    return said


# OpenSSL's X509_V_ERR_…: self-signed, alone or in the chain; no issuer; only the first is there.
_NOT_TRUSTED = frozenset({18, 19, 20, 21})
_TRUST = (
    "have the system trust its authority, or name the authority's certificate by the environment "
    "variable SSL_CERT_FILE"
)


def url_of(host: str, port: int, *, tls: bool = False) -> str:
    """Where a service that listens on this address is called from the same machine."""
    host = _EVERY_ADDRESS.get(host, host)
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


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
