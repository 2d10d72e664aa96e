"""Which request is worked on: its id and its trace, in every log line of it in any process.

A caller may give an id by ``X-Request-Id``, and a trace by ``traceparent`` (W3C Trace Context);
what is no sane id is not taken up, as it is written into the log and into an answer. Not here: the
spans of a trace, see ``http.tracing``.
"""

import os
import re
from contextvars import ContextVar
from dataclasses import dataclass

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+=/-]{0,127}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_NO_TRACE = "0" * 32


@dataclass(frozen=True, slots=True)
class RequestContext:
    """``trace_id`` is empty where neither the caller nor the service traces it."""

    request_id: str
    trace_id: str = ""

    def values(self) -> dict[str, str]:
        """For a log line."""
        if self.trace_id:
            return {"request_id": self.request_id, "trace_id": self.trace_id}
        return {"request_id": self.request_id}


CURRENT: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)
"""Of the request that this task or thread works on; None: it works on none."""


def request_context(given: str, traceparent: str, *, begins_traces: bool = False) -> RequestContext:
    """By the headers of a request, each empty where it was not sent; an id is made without one.

    ``begins_traces``: a request without a trace begins one.
    """
    request_id = given if given and _ID.fullmatch(given) else os.urandom(8).hex()
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace_id = "" if found is None or found[1] == _NO_TRACE else found[1]
    if not trace_id and begins_traces:
        trace_id = os.urandom(16).hex()
    return RequestContext(request_id, trace_id)
