"""What is counted, logged and traced of a request that was answered.

Of what callers may cause at will there are few log lines, whoever answered it. Not here: what is
kept of a search beside that, see ``search_records``; how a request becomes spans, see ``tracing``.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from search_service import metrics
from search_service.errors import TooBusy
from search_service.http.access import AccessGroup
from search_service.http.admission.refusals import Reason, Refusals
from search_service.http.routes import BASE, V1, Operation
from search_service.http.search_records import (
    Answered,
    count_error,
    entity_of,
    logged,
    record_search,
)
from search_service.runtime.service import Service
from search_service.workers.answers import Answer

log = logging.getLogger(__name__)

# What the service could not do is an error of it, what it had no time for a warning.
_LEVELS: Mapping[int, int] = {
    HTTPStatus.INTERNAL_SERVER_ERROR: logging.ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE: logging.WARNING,
    HTTPStatus.GATEWAY_TIMEOUT: logging.WARNING,
}
# What anybody may have answered, as often as they like.
_FOR_ANYBODY = frozenset(
    (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.MISDIRECTED_REQUEST,
        HTTPStatus.NOT_IMPLEMENTED,
    )
)


class Tracing(Protocol):
    """Takes what a trace tells of requests."""

    def add(
        self,
        answered: Answered,
        operation: Operation | None,
        answer: Answer | None,
        seconds: float,
    ) -> None:
        """A request that ends now, and took so long; ``answer``: None where its caller left."""
        ...


class Records:
    """Of one server. What it refuses beyond a few lines is only counted."""

    def __init__(self, refusals: Refusals, tracing: Tracing | None = None) -> None:
        """``tracing``: None where requests are not traced."""
        self._refusals = refusals
        self._tracing = tracing

    def add(
        self,
        service: Service,
        answered: Answered,
        operation: Operation | None,
        answer: Answer,
        seconds: float,
    ) -> None:
        """Count a request, and log it. ``operation``: None where it asked for none that there is.

        ``seconds``: from the request to its answer.
        """
        name = operation.name if operation else "none"
        entity = entity_of(answered, answer)
        service.metrics.count(metrics.REQUESTS, name, entity, str(int(answer.status)))
        count_error(service, name, answer)
        service.metrics.observe(metrics.REQUEST_SECONDS, seconds, name)
        if operation is not None and operation.group is AccessGroup.CHANGE:
            service.recent.count_change()
        self._log(service, answered, operation, answer, seconds)
        if operation is not None and operation.searches:
            record_search(service, answered, operation, answer, seconds)
        if self._tracing is not None:
            self._tracing.add(answered, operation, answer, seconds)

    def _log(
        self,
        service: Service,
        answered: Answered,
        operation: Operation | None,
        answer: Answer,
        seconds: float,
    ) -> None:
        if operation is not None and not operation.path.startswith((BASE, V1)):
            return
        quiet = _quiet_reason(answer)
        unlogged = 0 if quiet is None else self._refusals.unlogged_since(quiet)
        if unlogged is None:
            return
        if not service.limits.log.answered and "error" not in answer.facts:
            return
        values = logged(answered, answer, seconds)
        if unlogged:
            values["others"] = unlogged
        log.log(_LEVELS.get(answer.status, logging.INFO), "request", extra=values)

    def caller_left(self, answered: Answered, operation: Operation | None, seconds: float) -> None:
        """Log that nobody is there to be answered."""
        if self._tracing is not None:
            self._tracing.add(answered, operation, None, seconds)
        if self._refusals.unlogged_since(Reason.CALLER_LEFT) is not None:
            shown = {name: answered.scope[name] for name in ("method", "path")}
            log.info("caller left", extra=shown)


def _quiet_reason(answer: Answer) -> Reason | None:
    """Why few of the kind are logged: callers may cause them at will. None: each has its line."""
    if answer.facts.get("error") == TooBusy.code:
        return Reason.TOO_BUSY
    return Reason.NOT_FOR_CALLER if answer.status in _FOR_ANYBODY else None
