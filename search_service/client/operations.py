"""Asks a running service, and sends it changes as a catalogue does.

Not here: how calls get there, see ``connection``.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from search_service.catalogue import origin
from search_service.catalogue.origin import Origin
from search_service.client.connection import Client, Reply, Unanswered
from search_service.errors import CannotSync, SearchTimedOut

_BASE = "/icat.lucene"
_ORIGIN = "/control/origin"
_UNANSWERED = 504
_LOCKED = 406
_BUSY = 503
_PAUSES = (1.0,) * 60  # seconds: whoever searches goes first


class Refused(CannotSync):
    """A change of an entity that is being populated."""


class Service:
    """Raises CannotSync for whatever goes wrong."""

    def __init__(self, client: Client, pauses: Sequence[float] = _PAUSES) -> None:
        """``pauses``: how long to wait each time that the service is busy."""
        self._client = client
        self._pauses = pauses

    def ask(self, entity: str, operation: str, query_string: str, body: bytes) -> bytes:
        """The answer to a question about an entity. Raises SearchTimedOut too."""
        return self._call("POST", f"{_BASE}/{entity}/{operation}?{query_string}", body)

    def refresh(self) -> None:
        """It answers with what is committed, always."""

    def modify(self, operations: Sequence[Any]) -> None:
        """Acknowledged, not seen yet. Raises Refused when an entity is locked."""
        self._call("POST", f"{_BASE}/modify", orjson.dumps(operations))

    def commit(self) -> None:
        """What was acknowledged is seen."""
        self._call("POST", f"{_BASE}/commit", b"")

    def locked(self) -> Collection[str]:
        """The entities that are being populated."""
        return frozenset(map(str, self.status().get("locked") or {}))

    def identity(self) -> str:
        """Which data directory it has open; empty when it does not say."""
        return str(self.status().get("identity") or "")

    def origin(self) -> Origin | None:
        """Which catalogue its documents come from; None when it does not say."""
        # Whoever comes by the socket is told of the address too.
        reply = self._reply_to("GET", _ORIGIN, None)
        if reply.done:
            return origin_in(orjson.loads(reply.content)["answer"])
        return origin_in(self.status().get("source"))

    def note_origin(self, content: Origin) -> bool:
        """Have it recorded; False where that is not for whoever calls over the network."""
        return self._reply_to("POST", _ORIGIN, orjson.dumps(content.as_json())).done

    def status(self) -> Mapping[str, Any]:
        """What it says of itself."""
        return status_in(self._call("GET", "/status", None), self._client.name)

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        waiting = list(self._pauses)
        while True:
            reply = self._reply_to(method, path, body)
            if reply.done:
                return reply.content
            if reply.status != _BUSY or not waiting:
                raise self._refusal(reply, path)
            time.sleep(waiting.pop(0))

    def _refusal(self, reply: Reply, path: str) -> Exception:
        if reply.status == _UNANSWERED:
            return SearchTimedOut(_seconds(reply.message))
        kind = Refused if reply.status == _LOCKED else CannotSync
        return kind(f"{self._client.name}, {path}: {reply.message}")

    def _reply_to(self, method: str, path: str, body: bytes | None) -> Reply:
        # A connection may have been ended just now; questions and changes may be sent twice.
        try:
            return self._client.call(method, path, body)
        except Unanswered as error:
            if not error.sent:
                raise CannotSync(str(error)) from error
        try:
            return self._client.call(method, path, body)
        except Unanswered as error:
            raise CannotSync(str(error)) from error


def status_in(content: bytes, name: str) -> Mapping[str, Any]:
    """The status that a service answered with. Raises CannotSync when it is none."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise CannotSync(f"{name} answers, but not as this service does; is the address right?")
    return found


def origin_in(found: object) -> Origin | None:
    """What a status says of where documents come from; None when it says nothing."""
    try:
        return origin.read(found) if isinstance(found, dict) else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # of another version


def _seconds(message: str) -> float:
    numbers = [word for word in message.split() if word.replace(".", "", 1).isdigit()]
    return float(numbers[0]) if numbers else 0.0
