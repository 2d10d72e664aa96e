"""A right that one holder has at a time, kept in a document of the control index.

The document has a token, which is higher by one with each holder, its owner, and a beat, which the
owner raises by a thread while it holds the lease. Whoever waits takes over when neither has changed
for as long as a lease lasts by its own clock, so no clocks are compared. What the lease is for may
stand in the same document: ``change`` then is refused as soon as another has it.
"""

import logging
import math
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from search_service.engines.opensearch.cluster.client import Stored
from search_service.engines.opensearch.control.documents import Documents
from search_service.errors import DirectoryRefused, ServiceError, TurnLost
from search_service.long_waits import TOLD_SECONDS

log = logging.getLogger(__name__)

Json = dict[str, Any]

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.25  # seconds between two looks of who waits
_BEATS = 3  # in the seconds of a lease


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease on the document with this id. ``seconds``: how long it lasts without a beat.

    ``is_made``: where there is no such document. ``told_seconds``: after which an operator is told
    who is waited for.
    """

    documents: Documents
    id: str
    seconds: float
    is_made: bool = True
    told_seconds: float = TOLD_SECONDS

    def take(
        self, wait_seconds: float | None = None, *, gives_up: bool = False
    ) -> "HeldLease | None":
        """Wait for it; None when it is not to be had in time. None waits as long as it takes.

        ``gives_up``: as soon as it is known that the holder lives. Raises DirectoryRefused where
        there is no document, and none is made.
        """
        until = None if wait_seconds is None else time.monotonic() + wait_seconds
        pause = _SHORTEST_PAUSE
        told_at = time.monotonic() + self.told_seconds
        watched = Watched(self.seconds)
        while True:
            stored = self.documents.read(self.id)
            if stored is None:
                if not self.is_made:
                    raise DirectoryRefused(f"{self.documents.index} has no document {self.id}")
                stored = self.documents.create(self.id, {"lease": {"token": 0, "owner": None}})
            if stored is not None and watched.is_free(stored.document["lease"]):
                held = self._taken(stored)
                if held is not None:
                    return held
            elif (stored is not None and until is not None and time.monotonic() >= until) or (
                gives_up and watched.is_alive
            ):
                return None
            if time.monotonic() >= told_at:
                told_at = math.inf
                owner = stored and stored.document["lease"]["owner"]
                log.warning("waits for who has it", extra={"what": self.id, "owner": owner})
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE, self.seconds / 10)

    def is_held(self, watched: "Watched") -> bool:
        """Whether somebody has it. It may take as long as a lease to know that the holder died.

        ``watched``: what was seen of it before.
        """
        while True:
            stored = self.documents.read(self.id)
            if stored is None or watched.is_free(stored.document["lease"]):
                return False
            if watched.is_alive:
                return True
            time.sleep(min(_LONGEST_PAUSE, self.seconds / 10))

    def _taken(self, stored: Stored) -> "HeldLease | None":
        before = stored.document["lease"]
        lease = {"token": before["token"] + 1, "owner": _owner(), "beat": 0}
        started = time.monotonic()
        taken = self.documents.replace(self.id, {**stored.document, "lease": lease}, stored)
        if taken is None:
            return None
        if before["owner"] is not None:
            log.warning("took over", extra={"what": self.id, "owner": before["owner"]})
        return HeldLease(self, taken, started, took_over=before["owner"] is not None)


class Watched:
    """A lease as one sees it who does not have it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: Json | None = None
        self._since = 0.0
        self.is_alive = False  # has shown a sign of life since it was seen first

    def is_free(self, lease: Json) -> bool:
        """Whether it has no owner, or one that shows no sign of life any more."""
        if lease["owner"] is None:
            return True
        if lease != self._seen:
            self.is_alive = self._seen is not None
            self._seen, self._since = lease, time.monotonic()
        return time.monotonic() - self._since >= self._seconds


class HeldLease:
    """A lease that this process has until it gives it back, or loses it. For several threads."""

    def __init__(
        self, lease: Lease, stored: Stored, started: float, *, took_over: bool = False
    ) -> None:
        """``took_over``: from a holder that has not given it back."""
        self.took_over = took_over
        self._lease = lease
        self._stored = stored
        self._ours: Json = stored.document["lease"]
        self._confirmed = started  # a moment at which we had it, as all know
        self._lost = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()

    @property
    def token(self) -> int:
        """Higher than that of any holder before."""
        return int(self._ours["token"])

    @property
    def content(self) -> Json:
        """The document as this holder knows it; nobody else changes it."""
        return self._stored.document

    def check(self) -> None:
        """Raises TurnLost when another may have taken over.

        Where it is not sure, as beats take long, a beat is waited for: it tells.
        """
        for _ in range(_BEATS):
            if self._lost:
                break
            if time.monotonic() - self._confirmed < self._lease.seconds:
                return
            with self._lock:
                self._write(_same, self._next())
        raise TurnLost()

    def change(self, changed: Callable[[Json], Json]) -> None:
        """Write the document anew. Raises TurnLost when another has taken over."""
        with self._lock:
            self._write(changed, self._ours)

    def _next(self) -> Json:
        return {**self._ours, "beat": self._ours["beat"] + 1}

    def _write(self, changed: Callable[[Json], Json], lease: Json) -> None:
        while not self._lost:
            started = time.monotonic()
            content = {**changed(self._stored.document), "lease": lease}
            stored = self._lease.documents.replace(self._lease.id, content, self._stored)
            if stored is not None:
                self._stored, self._ours, self._confirmed = stored, lease, started
                return
            # Either another has it, or an answer to what we wrote before was lost.
            found = self._lease.documents.read(self._lease.id)
            self._lost = found is None or not self._is_ours(found)
            self._stored = found or self._stored
        raise TurnLost()

    def _is_ours(self, stored: Stored) -> bool:
        lease = stored.document["lease"]
        return bool(lease["owner"] == self._ours["owner"] and lease["token"] == self.token)

    def _beat(self) -> None:
        while not self._ended.wait(self._lease.seconds / _BEATS):
            try:
                with self._lock:
                    if self._ended.is_set():
                        return
                    self._write(_same, self._next())
            except TurnLost:
                log.warning("another took over", extra={"what": self._lease.id})
                return
            except ServiceError as error:  # the next beat may do better
                log.warning("no beat", extra={"what": self._lease.id, "why": str(error)})

    def give_back(self, changed: Callable[[Json], Json] | None = None) -> None:
        """Let others have it at once. They get it a while later where that cannot be written.

        ``changed``: as in ``change``, in the same request.
        """
        self._ended.set()
        with self._lock:
            try:
                self._write(changed or _same, {"token": self.token, "owner": None})
            except TurnLost:
                pass
            except ServiceError as error:
                log.warning("not given back", extra={"what": self._lease.id, "why": str(error)})
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()


def _same(content: Json) -> Json:
    return content


def _owner() -> str:
    """Who has a lease: for people, but for a part by chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
