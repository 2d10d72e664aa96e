"""Tells operators of a wait that takes long, where it has no end of its own.

What is waited for may be at work, or stand still; only people can tell. Not here: waits that end by
themselves.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging import Logger

TOLD_SECONDS = 60.0


@contextmanager
def told_when_long(
    log: Logger, line: str, seconds: float = TOLD_SECONDS, **facts: object
) -> Iterator[None]:
    """Log a warning, once, when the block takes longer than so long; ``facts``: what it says."""
    extra = {**facts, "seconds": seconds}
    timer = threading.Timer(seconds, log.warning, (line,), {"extra": extra})
    timer.daemon = True
    with suppress(RuntimeError):  # where the system gives no thread the work goes on, untold
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
