"""A search worker: a process that answers one request after the other until its service is gone.

What it answers with is made once, in the process, by a function that it is given. It has a limit of
memory, and says when it should be followed by a new process. Not here: the time limit, which is the
pool's, and everything about searching.
"""

import gc
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from socket import socket
from typing import Any, Protocol

from search_service.errors import EngineFailed, SearchOutOfMemory, ServiceError, Unexpected
from search_service.memory import MemoryLimit
from search_service.processes import end_with_parent
from search_service.request_context import CURRENT
from search_service.steps import MEASURED, Steps
from search_service.workers import frames
from search_service.workers.answers import PROCESSOR_SECONDS, STEPS, TIMES, Answer, refusal
from search_service.workers.frames import Head

log = logging.getLogger(__name__)

_OBJECTS_BETWEEN_COLLECTIONS = 100_000


class Handler(Protocol):
    """Answers requests. Made once in each worker; its methods are called from one thread."""

    def see(self, view: Any) -> None:
        """Read from this view from now on; called before the first request and when it changes."""
        ...

    def answer(self, request_head: Head, body: bytearray) -> Answer:
        """The answer to the head and the body of a request.

        Raises ServiceError, which is sent to the caller; any other exception is a defect.
        """
        ...

    def close(self) -> None:
        """Give back what it holds; called at the end, unless the process is killed."""
        ...


MakeHandler = Callable[[], Handler]


def main(connection: socket, make: MakeHandler, memory: int = 0, niceness: int = 0) -> None:
    """Run the process: ready, then an answer for each request, until the connection ends.

    ``memory``: bytes that it may have of its own; 0: as many as it wants. ``niceness``:
    how far it stands back behind others of the machine, from 0 to 19.
    """
    end_with_parent("search-worker")
    os.nice(niceness)
    limit = MemoryLimit(memory)
    limit.begin()
    with suppress(ConnectionError):  # the service has gone
        _serve(connection, make, limit)


def _serve(connection: socket, make: MakeHandler, limit: MemoryLimit) -> None:
    try:
        handler = make()
    except Exception as error:  # noqa: BLE001 (sent to the service, which refuses to start)
        frames.send(connection, ("failed", f"{type(error).__name__}: {error}"))
        return
    # What was made so far stays: no need to look through it again and again. A page of 1,000 hits
    # makes thousands of objects without cycles, a fifth of its time went into looking for some.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    frames.send(connection, ("ready",))
    try:
        while (request := frames.receive(connection)) is not None:
            (new_view, (context, request_head)), body = request
            CURRENT.set(context)
            answer = _answer(handler, new_view, request_head, body, limit)
            head = (answer.status, answer.headers, answer.facts, limit.is_outgrown())
            frames.send(connection, head, answer.body)
            del request, body, answer  # not kept while it waits for the next one
    finally:
        handler.close()


def _answer(
    handler: Handler, new_view: object, request_head: Head, body: bytearray, limit: MemoryLimit
) -> Answer:
    started, worked = time.perf_counter(), time.process_time()
    steps = Steps()
    MEASURED.set(steps)
    try:
        if new_view is not None:
            handler.see(new_view)
        answer = handler.answer(request_head, body)
    except EngineFailed as error:
        log.exception("search failed", extra=_logged_query(body))
        answer = refusal(error)
    except ServiceError as error:
        answer = refusal(error)
    except MemoryError:
        answer = refusal(SearchOutOfMemory(limit.limit))
    except Exception:
        log.exception("search failed", extra=_logged_query(body))
        answer = refusal(Unexpected())
    ended = time.perf_counter()
    facts = {
        **answer.facts,
        "search_seconds": ended - started,
        STEPS: steps.seconds,
        TIMES: (("search", started, ended), *steps.times),
        PROCESSOR_SECONDS: time.process_time() - worked,
    }
    return Answer(answer.status, answer.body, headers=answer.headers, facts=facts)


def _logged_query(body: bytearray) -> dict[str, str]:
    return {"query": bytes(body[:10_000]).decode(errors="replace")}
