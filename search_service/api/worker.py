"""A search worker: a process that answers one request after the other until its service is gone.

What it answers with is made once, in the process, by a function that it is given. Not here: the
time limit, which is the pool's, and everything about searching.
"""

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import connection as multiprocessing_connection
from multiprocessing import parent_process
from socket import socket
from typing import Any, Protocol

from search_service.api import frames
from search_service.api.answers import Answer, refusal
from search_service.api.frames import Head
from search_service.errors import ServiceError, Unexpected

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # Linux: the kernel sends this signal when our parent ends


class Handler(Protocol):
    """Answers requests. Made once in each worker, then asked from one thread."""

    def see(self, view: Any) -> None:
        """From now on, read from this view."""
        ...

    def answer(self, question: Head, body: bytearray) -> Answer:
        """The answer. A ServiceError that it raises is told to the caller."""
        ...


Make = Callable[[], Handler]


def main(connection: socket, make: Make) -> None:
    """Run the process: ready, then an answer for each request, until the connection ends."""
    _end_with_the_service()
    # A service that stops closes the connection, also while a worker is on its way.
    with contextlib.suppress(ConnectionError):
        _serve(connection, make)


def _serve(connection: socket, make: Make) -> None:
    try:
        handler = make()
    except Exception as error:  # noqa: BLE001 (told to the service, which refuses to start)
        frames.send(connection, ("failed", f"{type(error).__name__}: {error}"))
        return
    frames.send(connection, ("ready",))
    while (request := frames.receive(connection)) is not None:
        (news, question), body = request
        answer = _answer(handler, news, question, body)
        frames.send(connection, (answer.status, answer.headers, answer.facts), answer.body)


def _answer(handler: Handler, news: object, question: Head, body: bytearray) -> Answer:
    started = time.perf_counter()
    try:
        if news is not None:
            handler.see(news)
        answer = handler.answer(question, body)
    except ServiceError as error:
        answer = refusal(error)
    except Exception:
        log.exception(
            "search failed", extra={"query": bytes(body[:10_000]).decode(errors="replace")}
        )
        answer = refusal(Unexpected())
    facts = {**answer.facts, "search_seconds": time.perf_counter() - started}
    return Answer(answer.status, answer.body, headers=answer.headers, facts=facts)


def _end_with_the_service() -> None:
    """See to it that this process does not outlive its service, however that one ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the service's to handle
    if sys.platform == "linux":
        # Ends us also while C code holds Python's lock. The parent is the process that forked us,
        # which leaves as soon as the service has gone.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    service = parent_process()
    if service is not None:
        threading.Thread(target=_watch, args=(service.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    multiprocessing_connection.wait([sentinel])
    os._exit(1)
