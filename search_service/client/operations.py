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

    def unlock(self, entity: str) -> None:
        """End a population: what was added is searched."""
        self._change(f"unlock/{entity}", None)

    def abandon(self, entity: str) -> None:
        """End a population: all is as it was before its lock."""
        self._change(f"abandon/{entity}", None)

    def modify(self, operations: Sequence[Any]) -> None:
        """Acknowledged, not seen yet. Raises Refused when an entity is locked."""
        self._change("modify", orjson.dumps(operations))

    def commit(self) -> None:
        """What was acknowledged is seen."""
        self._change("commit", b"")

    def locked(self) -> Collection[str]:
        """The entities that are being populated."""
        return frozenset(map(str, self.status()["locked"]))

    def identity(self) -> str:
        """Which data directory it has open; empty when it does not say."""
        return str(self.status().get("identity") or "")

    def origin(self) -> Origin | None:
        """Which catalogue its documents come from; None when it does not say."""
        # Whoever comes by the socket is told of the address too.
        reply = self._reply_to("GET", _ORIGIN, None)
        if reply.done:
            found = _object_in(reply.content, self._client.name)
            if "answer" not in found:
                raise another_program(self._client.name)
            return origin_in(found["answer"])
        return origin_in(self.status().get("source"))

    def note_origin(self, content: Origin) -> bool:
        """Have it recorded; False where that is not for whoever calls over the network."""
        return self._reply_to("POST", _ORIGIN, orjson.dumps(content.as_json())).done

    def status(self) -> Mapping[str, Any]:
        """What it says of itself."""
        return status_in(self._call("GET", "/status", None), self._client.name)

    def _change(self, operation: str, body: bytes | None) -> None:
        if not self._reply("POST", f"{_BASE}/{operation}", body).acknowledged:
            raise another_program(self._client.name)

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        return self._reply(method, path, body).content

    def _reply(self, method: str, path: str, body: bytes | None) -> Reply:
        waiting = list(self._pauses)
        while True:
            reply = self._reply_to(method, path, body)
            if reply.done:
                return reply
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
            if error.late or not error.sent:
                raise CannotSync(str(error)) from error
        try:
            return self._client.call(method, path, body)
        except Unanswered as error:
            raise CannotSync(str(error)) from error


def status_in(content: bytes, name: str) -> Mapping[str, Any]:
    """The status that a service answered with. Raises CannotSync when it is none."""
    found = _object_in(content, name)
    if not all(isinstance(found.get(key), dict) for key in ("documents", "locked")):
        raise another_program(name)
    return found


def another_program(name: str) -> CannotSync:
    """What is raised when an answer is none that this service gives."""
    return CannotSync(f"{name} answers, but not as this service does; is the address right?")


def _object_in(content: bytes, name: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise another_program(name)
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
