"""Sends a request to the nodes of a cluster: to another one when one is gone.

The library ``opensearchpy`` keeps connections and remembers which nodes do not answer; what is
repeated, and when that is given up, is decided here. Not here: what an answer means.
"""

import os
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
import urllib3
from opensearchpy import ConnectionError as NotReached
from opensearchpy import ConnectionTimeout, SSLError, Urllib3HttpConnection
from opensearchpy.connection_pool import ConnectionPool

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.answers import Answer
from search_service.engines.opensearch.cluster.failures import Failures

DEFAULT_PORT = 9200
CONNECT_SECONDS = 2.0
PROOF_SECONDS = 2.0
"""How long a node may take to say that it is there, before it gets the first request."""

PAUSES = (0.0, 0.1, 0.3, 0.6, 1.0, 2.0)
"""Seconds between two sendings, once every node had one: an election takes one to three."""

_EVERY_STATUS = range(600)  # no status is an exception: what it means is the caller's to say
_OTHER_NODE = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_RETIRED_SECONDS = 5  # a node that was not reached, at first; twice as long each time
_RETIRED_TIMES = 3
_CONNECTIONS = 32  # that are kept open to a node by one process
_NOT_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


class NoAnswerInTime(Exception):
    """A node took the request and has not answered; what was asked for may be done."""


class Nodes:
    """The nodes of a cluster, for several threads. It can be sent to other processes."""

    def __init__(self, options: ClusterOptions, pauses: Sequence[float] = PAUSES) -> None:
        self.options = options
        self.failures = Failures(", ".join(options.addresses), options.user)
        self._pauses = pauses
        self._lock = threading.Lock()
        self._pool: ConnectionPool | None = None
        self._nodes: Sequence[_Node] = ()
        self._process = 0

    def __reduce__(self) -> tuple[type["Nodes"], tuple[ClusterOptions, Sequence[float]]]:
        return Nodes, (self.options, self._pauses)

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: bytes | None,
        *,
        seconds: float,
        can_repeat: bool,
        other_after: float | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """The answer of some node, whatever its status.

        ``can_repeat``: doing it twice is as good as once. Otherwise it is sent once more only if it
        is known that no node got it. Raises EngineUnavailable when no node can be reached, and
        NoAnswerInTime when one has the request and does not answer for ``seconds``.
        ``other_after``: seconds after which another node is asked, of what is answered at once.
        """
        pauses = (0.0,) * (len(self.options.addresses) - 1) + tuple(self._pauses)
        ends = time.monotonic() + seconds
        may_be_done = False
        for pause in (*pauses, None):
            pool = self._connections()
            node = pool.get_connection()
            is_last = pause is None or time.monotonic() + pause > ends
            has_others = len(self.options.addresses) > 1 and not is_last
            read = min(seconds, other_after) if other_after and has_others else seconds
            timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=read)
            is_proven = False
            try:
                if has_others:
                    node.prove()
                is_proven = True
                status, _, text = node.perform_request(
                    method,
                    path,
                    params,
                    body,
                    timeout=timeout,
                    ignore=_EVERY_STATUS,
                    headers={"content-type": content_type},
                )
            except ConnectionTimeout as error:
                _retire(node, pool)
                if is_proven and read == seconds:
                    raise NoAnswerInTime(str(error.info)) from error
            except SSLError as error:
                raise self.failures.not_trusted(_reason(error)) from error
            except NotReached as error:
                _retire(node, pool)
                is_sent = is_proven and not isinstance(error.info, _NOT_SENT)
                if is_last or (is_sent and not can_repeat):
                    raise self.failures.unreachable(_reason(error)) from error
                may_be_done = may_be_done or is_sent
            else:
                pool.mark_live(node)
                if is_last or not can_repeat or status not in _OTHER_NODE:
                    return Answer(status, _content(text), may_be_second=may_be_done)
                may_be_done = True
            time.sleep(pause or 0.0)
        raise AssertionError("the last sending returns or raises")

    def close(self) -> None:
        """Give back all connections."""
        with self._lock:
            nodes, self._nodes, self._pool = self._nodes, (), None
        for node in nodes:
            node.close()

    def _connections(self) -> ConnectionPool:
        """Those of this process: a fork would read the answers that its parent waits for."""
        pool = self._pool
        if pool is None or self._process != os.getpid():
            with self._lock:
                if self._pool is None or self._process != os.getpid():
                    self._nodes, self._process = _nodes(self.options), os.getpid()
                    self._pool = ConnectionPool(
                        [(node, {}) for node in self._nodes],
                        dead_timeout=_RETIRED_SECONDS,
                        timeout_cutoff=_RETIRED_TIMES,
                    )
                pool = self._pool
        return pool


class _Node(Urllib3HttpConnection):
    """Connections to one node, without a log line for each request."""

    is_proven = False

    def prove(self) -> None:
        """Ask a node that is new, or that did not answer, whether it is there.

        One that hangs takes connections and requests, and a search sent to it would be lost.
        Raises ConnectionTimeout, and other errors of the library.
        """
        if not self.is_proven:
            self.perform_request("HEAD", "/", timeout=PROOF_SECONDS, ignore=_EVERY_STATUS)
            self.is_proven = True

    def log_request_success(self, *args: object, **kwargs: object) -> None:
        """Nothing: the service has lines of its own."""

    def log_request_fail(self, *args: object, **kwargs: object) -> None:
        """Nothing: it is repeated, or an error says it."""

    def _raise_warnings(self, warning_headers: Any) -> None:
        """Nothing: they are of use to who writes requests, not to who runs them."""


def _retire(node: _Node, pool: ConnectionPool) -> None:
    """Leave a node out for a while, and prove it when it is back."""
    node.is_proven = False
    pool.mark_dead(node)


def _nodes(options: ClusterOptions) -> list[_Node]:
    context = _tls(options)
    return [_node(address, options, context) for address in options.addresses]


def _node(address: str, options: ClusterOptions, context: ssl.SSLContext | None) -> _Node:
    parts = urlsplit(address)
    is_encrypted = parts.scheme == "https"
    return _Node(
        host=parts.hostname or "localhost",
        port=parts.port or DEFAULT_PORT,
        url_prefix=parts.path.strip("/"),
        use_ssl=is_encrypted,
        ssl_context=context if is_encrypted else None,
        http_auth=(options.user, options.password) if options.user else None,
        pool_maxsize=_CONNECTIONS,
    )


def _tls(options: ClusterOptions) -> ssl.SSLContext | None:
    if not any(address.startswith("https:") for address in options.addresses):
        return None
    context = ssl.create_default_context()
    if options.certificates is not None:
        context.load_verify_locations(options.certificates)
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return context


def _content(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _reason(error: NotReached) -> str:
    """What the system says, without objects of the library."""
    cause = error.info
    while isinstance(cause, BaseException) and cause.__context__ is not None:
        cause = cause.__context__
    return str(cause)
