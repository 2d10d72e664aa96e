"""What the SDK of OpenTelemetry complains of, as lines of our log.

It tells of each attempt to reach a collector that is away, some with a traceback: here each of its
sentences has a line a minute, with how many ``others`` there were. They are warnings at most, as
the service could do all that it was asked for.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from search_service.masking import masked_sentence
from search_service.repeated_lines import RepeatedLines

log = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
SDK = "opentelemetry"
"""The loggers of the SDK are below this one."""


@contextmanager
def problems_logged() -> Iterator[None]:
    """What the SDK complains of while the block runs is logged so."""
    logger, problems = logging.getLogger(SDK), Problems()
    before = logger.propagate
    logger.addHandler(problems)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(problems)
        logger.propagate = before


class Problems(logging.Handler):
    """Takes the lines of a logger away from those around it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        # By sentences of the SDK with places for values: there are not many.
        self._lines = RepeatedLines[str](QUIET_SECONDS, clock)

    def emit(self, record: logging.LogRecord) -> None:
        """Log it, unless its sentence was of late, whatever values that had."""
        others = self._lines.unlogged_since(str(record.msg))
        if others is None:
            return
        why = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            why = f"{why} {type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        values: dict[str, object] = {"why": masked_sentence(why)}
        if others:
            values["others"] = others
        log.log(min(record.levelno, logging.WARNING), "a problem of tracing", extra=values)
