"""Calls a running service over HTTP: questions, changes as a catalogue sends them, its status."""

import http.client
import json
import ssl
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import orjson

from search_service.errors import CannotSync, SearchTimedOut

_BASE = "/icat.lucene"
_TIMEOUT_SECONDS = 600  # of a commit
_UNANSWERED = 504
_LOCKED = 406
_BUSY = 503
_PAUSES = (1.0,) * 60  # seconds: whoever searches goes first


class Refused(CannotSync):
    """A change of an entity that is being populated."""


class Service:
    """One connection, made when it is needed. Raises CannotSync for whatever goes wrong."""

    def __init__(self, url: str, pauses: Sequence[float] = _PAUSES) -> None:
        """``pauses``: how long to wait each time that the service is busy."""
        self._url = url.rstrip("/")
        self._pauses = pauses
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, entity: str, operation: str, query_string: str, body: bytes) -> bytes:
        """The answer to a question about an entity. Raises SearchTimedOut too."""
        return self._called("POST", f"{_BASE}/{entity}/{operation}?{query_string}", body)

    def refresh(self) -> None:
        """It answers with what is committed, always."""

    def modify(self, operations: Sequence[Any]) -> None:
        """Acknowledged, not seen yet. Raises Refused when an entity is locked."""
        self._called("POST", f"{_BASE}/modify", orjson.dumps(operations))

    def commit(self) -> None:
        """What was acknowledged is seen."""
        self._called("POST", f"{_BASE}/commit", b"")

    def locked(self) -> Collection[str]:
        """The entities that are being populated."""
        found = orjson.loads(self._called("GET", "/status", None)).get("locked") or {}
        return frozenset(map(str, found))

    def close(self) -> None:
        """Leave the service."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _called(self, method: str, path: str, body: bytes | None) -> bytes:
        waiting = list(self._pauses)
        while True:
            status, content = self._answered(method, path, body)
            if status < 300:
                return content
            if status != _BUSY or not waiting:
                raise self._refusal(status, path, _message(content))
            time.sleep(waiting.pop(0))

    def _refusal(self, status: int, path: str, message: str) -> Exception:
        if status == _UNANSWERED:
            return SearchTimedOut(_seconds(message))
        kind = Refused if status == _LOCKED else CannotSync
        return kind(f"{self._url}{path}: {message or status}")

    def _answered(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        # A connection that was idle may have been ended; questions and changes may be sent twice.
        tries = 2 if self._connection is not None else 1
        for left in reversed(range(tries)):
            try:
                self._connection = self._connection or _connected(self._url)
                self._connection.request(method, path, body)
                response = self._connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if not left:
                    said = str(error) or type(error).__name__
                    raise CannotSync(f"no service answers at {self._url}: {said}") from error
            else:
                return response.status, content
        raise AssertionError("a call is answered or fails")


def _connected(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotSync(f"{url} is no address of a service; it should be as http://host:8080")
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS, context=context
        )
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)


def _message(content: bytes) -> str:
    with suppress(ValueError):
        found = json.loads(content)
        if isinstance(found, dict):
            return str(found.get("message", ""))
    return content[:200].decode(errors="replace")


def _seconds(message: str) -> float:
    numbers = [word for word in message.split() if word.replace(".", "", 1).isdigit()]
    return float(numbers[0]) if numbers else 0.0
