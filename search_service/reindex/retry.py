"""Work with a source that may be lost: it is opened again after pauses that grow.

A source that was never reached is not waited for: most likely its address is wrong.
Not here: what is read again; the work itself knows how far it came.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from search_service.errors import SourceLost, SourceUnreachable
from search_service.reindex.worker import OpenSource
from search_service.sources.base import OnRejected, Source

log = logging.getLogger(__name__)

T = TypeVar("T")

_LONG_SECONDS = 60.0  # after so long a time of work a loss is a new one


def with_retries(
    open_source: OpenSource,
    on_rejected: OnRejected,
    work: Callable[[Source], T],
    pauses: Sequence[float],
    *,
    reached: bool = False,
    pause: Callable[[float], object] = time.sleep,
) -> T:
    """The work done, by as many connections as it takes. Raises SourceFailed.

    ``reached``: there was a connection before. ``pause``: waits for so many seconds.
    """
    waiting = list(pauses)
    while True:
        began = time.monotonic()
        try:
            with opened(open_source, on_rejected) as source:
                reached = True
                return work(source)
        except SourceLost as error:
            if isinstance(error, SourceUnreachable) and not reached:
                raise
            if time.monotonic() - began > _LONG_SECONDS:
                waiting = list(pauses)
            if not waiting:
                raise
            seconds = waiting.pop(0)
            log.warning(
                "source lost, it is tried again", extra={"seconds": seconds, "why": str(error)}
            )
            pause(seconds)


@contextmanager
def opened(open_source: OpenSource, on_rejected: OnRejected) -> Iterator[Source]:
    """A connection for a block. That it is lost when it is closed does not matter."""
    source = open_source(on_rejected)
    try:
        yield source
    finally:
        with suppress(SourceLost):
            source.close()
