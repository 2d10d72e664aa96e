"""Requests that go on while nodes are killed, and what became of them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.support.calling import Reply

WAIT_SECONDS = 240


@dataclass
class Figures:
    """What became of requests so far."""

    done: list[int] = field(default_factory=list)  # by number, those that were answered 2xx
    failed: list[str] = field(default_factory=list)  # how the others were answered
    longest_gap: float = 0.0  # seconds between two that were answered
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Until something holds of the figures."""
        with self.changed:
            assert self.changed.wait_for(holds, WAIT_SECONDS), self

    def wait_for_more(self, count: int) -> None:
        """Until so many more requests were answered."""
        there = len(self.done)
        self.wait_for(lambda: len(self.done) >= there + count)

    def __str__(self) -> str:
        return (
            f"{len(self.done)} answered, {len(self.failed)} failed, longest gap "
            f"{self.longest_gap:.1f} s"
        )


@contextmanager
def load(send: Callable[[int], Reply], first: int = 1) -> Iterator[Figures]:
    """Send requests one after another, with numbers that grow, until the end of the context."""
    figures = Figures()
    is_over = threading.Event()

    def work() -> None:
        number, last = first, time.monotonic()
        while not is_over.is_set():
            try:
                reply = send(number)
                why = "" if 200 <= reply.status < 300 else str(reply.content)
            except (OSError, HTTPException) as error:
                why = repr(error)
            with figures.changed:
                if why:
                    figures.failed.append(why)
                else:
                    now = time.monotonic()
                    figures.longest_gap = max(figures.longest_gap, now - last)
                    figures.done.append(number)
                    last = now
                figures.changed.notify_all()
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield figures
    finally:
        is_over.set()
        thread.join(WAIT_SECONDS)
