"""Counts what was refused before it was a request, and logs it: a line in a while for each reason.

Whoever attacks decides how often something is refused, so a line for each would fill the disk.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum

from search_service.repeated_lines import RepeatedLines

log = logging.getLogger(__name__)

QUIET_SECONDS = 10.0


class Reason(Enum):
    """Why a connection or request was ended or refused; the label of the metric."""

    CONNECTIONS = "connections"  # as many as there may be, and all are in use
    REPLACED = "replaced"  # it waited, and another needed its place
    HEAD_SIZE = "head_size"
    HEAD_TIME = "head_time"
    SYNTAX = "syntax"
    BODY_TIME = "body_time"
    BODY_FRAMING = "body_framing"
    PIPELINING = "pipelining"
    AFTER_ANSWER = "after_answer"
    UNREAD_ANSWER = "unread_answer"
    BYTES_IN_FLIGHT = "bytes_in_flight"
    NOT_FOR_CALLER = "not_for_caller"  # counted by status, too
    CALLER_LEFT = "caller_left"
    TOO_BUSY = "too_busy"  # counted by status, and by why in `searches_refused_total`


# Requests that anybody may send, each with a line of its own as long as there are few.
_LINES = {Reason.NOT_FOR_CALLER: 100, Reason.CALLER_LEFT: 100}


class Refusals:
    """Of one server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.counts: Counter[Reason] = Counter()
        self._lines = RepeatedLines(QUIET_SECONDS, clock, _LINES)

    def note(self, reason: Reason, address: str) -> None:
        """Something of the address was refused."""
        self.counts[reason] += 1
        if (others := self.unlogged_since(reason)) is not None:
            log.info(
                "connection refused or ended",
                extra={"why": reason.value, "client": address or "unknown", "others": others},
            )

    def unlogged_since(self, reason: Reason) -> int | None:
        """How many of the kind have had no log line since the last that had; None: nor has this."""
        return self._lines.unlogged_since(reason)
