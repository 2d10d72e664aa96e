"""Passes requests on to a service, and its answers back, and has them recorded.

What passes is not changed: bodies are streamed, statuses and headers stay, but for those that are
of a connection. Only searches and facets are kept whole for the record, and only up to a size. Not
here: what is written, see ``recorder``.
"""

import asyncio
import contextlib
import logging
import socket
import time
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import httpx
import orjson

from search_service.changeover.exchanges import is_facet, is_search, path_below_base
from search_service.changeover.recorder import RawExchange, Recorder
from search_service.client.connection import reason, verification
from search_service.errors import OriginRefused
from search_service.http.access import Network, is_in, parsed
from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.limits import UNLIMITED
from search_service.http.headers import Headers
from search_service.http.origins import ANY, Origins
from search_service.http.server import Server, configured

log = logging.getLogger(__name__)

LONGEST_BODY = 4 << 20  # bytes, as the setting max_search_body has it
LONGEST_ANSWER = 64 << 20
CONNECT_SECONDS = 10.0
_FINISH_SECONDS = 30
_OF_CONNECTION = frozenset(
    b"connection expect http2-settings keep-alive proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
_DOTS = frozenset({".", ".."})
_NO_PAGES = Origins(hosts=(ANY,))
_OURS = frozenset({b"host", b"x-forwarded-for", b"forwarded"})


class Proxy:
    """An application that answers as the peer does."""

    def __init__(
        self, client: httpx.AsyncClient, recorder: Recorder, allowed: Sequence[Network]
    ) -> None:
        """``client``: of the peer. ``allowed``: who may call, as the peer sees one caller only."""
        self._client, self._recorder, self._allowed = client, recorder, allowed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request of HTTP."""
        if scope["type"] != "http":
            return
        began, begin = time.time(), time.monotonic()
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        below = path_below_base(path)
        is_kept = is_search(method, below) or is_facet(method, below)
        body, content = _Kept(is_kept, LONGEST_BODY), _Kept(is_kept, LONGEST_ANSWER)
        address = scope["client"][0] if scope["client"] else ""
        if not self._may_call(address):
            await _refuse(send, 401, "UNAUTHORIZED", f"{address} may not call this proxy: --allow")
            return
        try:
            # The peer asks none of it, and to it a page of anybody would be this machine.
            _NO_PAGES.check(method, address, Headers(scope["headers"]))
            target = _target(path, scope["query_string"])
        except OriginRefused as error:
            await _refuse(send, error.status, error.code, error.message)
            return
        except httpx.InvalidURL as error:
            await _refuse(send, 400, "BAD_REQUEST", f"The address cannot be passed on: {error}")
            return
        query = scope["query_string"].decode("latin-1")
        request = self._client.build_request(
            method,
            target,
            headers=[*_passed(scope["headers"], _OURS), (b"x-forwarded-for", address.encode())],
            content=_received(receive, body) if _has_body(scope["headers"]) else None,
        )
        try:
            response = await self._client.send(request, stream=True)
        except _HungUp:
            log.info("the caller hung up in its request")
            return
        except httpx.HTTPError as error:
            log.error("the peer does not answer", extra={"why": reason(error)})
            await _refuse(send, 502, "PEER_UNAVAILABLE", "The search service does not answer")
            return
        try:
            await _pass_back(response, send, content, takes_chunks=scope["http_version"] != "1.0")
        except httpx.HTTPError as error:
            # The end of the connection tells the caller that the answer is not whole.
            log.error("the peer broke off its answer", extra={"why": type(error).__name__})
            return
        finally:
            await response.aclose()
        seconds = time.monotonic() - begin
        raw = RawExchange(
            method,
            path,
            query,
            body.whole,
            response.status_code,
            _plain(response, content.whole),
            began,
            seconds,
        )
        self._recorder.offer(raw)

    def _may_call(self, address: str) -> bool:
        found = parsed(address)
        return found is not None and is_in(found, self._allowed)


def _target(path: str, query: bytes) -> httpx.URL:
    """Below the address of the peer. Raises InvalidURL for what would be another address there."""
    if not _DOTS.isdisjoint(path.split("/")):
        raise httpx.InvalidURL("it leads upwards")
    return httpx.URL(path=path, query=query or None)


class _HungUp(Exception):
    """The caller, before its request was whole; the end of the connection tells the peer."""


class _Kept:
    """Parts that pass by, as long as they are together no larger than allowed."""

    def __init__(self, is_kept: bool, most: int) -> None:
        self._parts: list[bytes] | None = [] if is_kept else None
        self._room = most

    def add(self, part: bytes) -> None:
        self._room -= len(part)
        if self._room < 0:
            self._parts = None
        if self._parts is not None:
            self._parts.append(part)

    @property
    def whole(self) -> bytes:
        return b"".join(self._parts or ())


async def _pass_back(
    response: httpx.Response, send: Any, kept: _Kept, *, takes_chunks: bool
) -> None:
    """``takes_chunks``: of a caller that does not, an answer has to say how long it is."""
    headers, parts = list(_passed(response.headers.raw, ())), response.aiter_raw()
    if not takes_chunks and "content-length" not in response.headers:
        whole = b"".join([part async for part in parts])
        headers.append((b"content-length", b"%d" % len(whole)))
        parts = _of(whole)
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    async for part in parts:
        kept.add(part)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _of(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


def _plain(response: httpx.Response, content: bytes) -> bytes:
    """An answer as it was before it was compressed; nothing where that is not known how."""
    match response.headers.get("content-encoding", "identity"):
        case "identity":
            return content
        case "gzip":
            with contextlib.suppress(zlib.error):
                return zlib.decompressobj(31).decompress(content, LONGEST_ANSWER)
    return b""


def _passed(
    headers: Iterable[tuple[bytes, bytes]], others: Iterable[bytes]
) -> Iterable[tuple[bytes, bytes]]:
    left = {*_OF_CONNECTION, *others}
    return [(name, value) for name, value in headers if name.lower() not in left]


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)


async def _received(receive: Any, kept: _Kept) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        kept.add(message.get("body", b""))
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _refuse(send: Any, status: int, code: str, message: str) -> None:
    content = orjson.dumps({"code": code, "message": message})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def serve(
    listening: socket.socket, peer: str, recorder: Recorder, allowed: Sequence[Network]
) -> None:
    """Pass requests on until told to stop (SIGTERM or Ctrl-C); those that run are finished."""
    asyncio.run(_serve(listening, peer, recorder, allowed))


async def _serve(
    listening: socket.socket, peer: str, recorder: Recorder, allowed: Sequence[Network]
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=5.0)
    # A commit and a population take minutes: only who does not accept a connection is given up.
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(
        base_url=peer,
        verify=verification(peer),
        limits=limits,
        timeout=timeout,
        trust_env=False,
        headers={},
    ) as client:
        for name in list(client.headers):
            del client.headers[name]
        # As the service is served: uvicorn by itself takes the body of a request that offers an
        # upgrade, as each of Java's does, for the next request.
        config = configured(
            Proxy(client, recorder, allowed),
            AdmissionControl(UNLIMITED),
            adds_date=False,
            finish_seconds=_FINISH_SECONDS,
        )
        await Server(config).serve(sockets=[listening])
