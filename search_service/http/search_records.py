"""What is counted, remembered and logged of a search that was answered, whoever asked for it.

A caller asks by a request of its own; the search page asks within this process. Not here: what is
counted and logged of every request, see ``records``.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from search_service import metrics
from search_service.catalogue.lookup import find_entity
from search_service.errors import EngineFailed, ReleasesDamaged, ShardDamaged, StorageFailed
from search_service.http.admission.control import Scope
from search_service.http.request_shape import request_shape
from search_service.http.routes import ENTITY, Operation
from search_service.logs import LONGEST
from search_service.request_context import RequestContext
from search_service.runtime.recent import LONGEST as MOST_ASKED
from search_service.runtime.recent import Recent
from search_service.runtime.service import Service
from search_service.workers.answers import STEPS, TIMES, Answer, Facts

log = logging.getLogger(__name__)

# Not a cluster that is away, which has a metric of its own.
_OF_STORAGE = frozenset(
    error.code for error in (StorageFailed, ShardDamaged, ReleasesDamaged, EngineFailed)
)
_MEASURED = frozenset((STEPS, TIMES))


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of a request: its head, its caller, and what was read of its body."""

    scope: Scope
    address: str
    entity: str
    received: bytes
    began: float  # by ``time.perf_counter``
    # Of one that no task is made for: others have it in every line.
    context: RequestContext | None = None

    @property
    def client(self) -> str:
        """Its caller, for people."""
        return self.address or "unknown"


def record_search(
    service: Service, answered: Answered, operation: Operation, answer: Answer, seconds: float
) -> None:
    """Count, remember, and log where it was slow. ``seconds``: from the request to its answer."""
    entity = entity_of(answered, answer)
    match answer.facts.get("search_seconds"):
        case float() as in_worker:
            service.metrics.observe(metrics.SEARCH_SECONDS, in_worker, operation.name, entity)
    match answer.facts.get("hits"):
        case int() as hits:
            service.metrics.observe(metrics.HITS_RETURNED, hits, entity)
    _remember(service.recent, answered, operation, answer, seconds)
    if 0 < service.limits.log.slow_search < seconds:
        _log_slow(answered, answer, seconds, shows_query=service.limits.log.shows_queries)


def count_error(service: Service, name: str, answer: Answer) -> None:
    """Count what an operation of this name answered, where it is a refusal or a failure."""
    if isinstance(error := answer.facts.get("error"), str):
        service.metrics.count(metrics.ERRORS, name, error)
        if error in _OF_STORAGE:
            service.metrics.count(metrics.STORAGE_FAILURES)


def entity_of(answered: Answered, answer: Answer | None) -> str:
    """As a label; empty where there is none: a caller cannot make labels."""
    facts: Facts = {} if answer is None else answer.facts
    known = find_entity(str(facts.get("entity", answered.entity)))
    return known.name if known else ""


def logged(answered: Answered, answer: Answer, seconds: float) -> dict[str, object]:
    """What a line of the log says of a request."""
    values: dict[str, object] = {
        "method": answered.scope["method"],
        "path": answered.scope["path"],
        "status": int(answer.status),
        "ms": round(seconds * 1000, 3),
        "client": answered.client,
        **{name: fact for name, fact in answer.facts.items() if name not in _MEASURED},
    }
    if answered.context is not None:
        values |= answered.context.values()
    return values


def _remember(
    recent: Recent, answered: Answered, operation: Operation, answer: Answer, seconds: float
) -> None:
    """For the operators' page."""
    recent.count_search(seconds, failed=answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    if recent.is_slow(seconds):
        asked: bytes = answered.received or answered.scope["query_string"]
        path = operation.path.replace(ENTITY, answered.entity)
        shown = asked[:MOST_ASKED].decode(errors="replace")
        recent.note(operation.name, path, seconds, int(answer.status), answered.client, shown)


def _log_slow(answered: Answered, answer: Answer, seconds: float, *, shows_query: bool) -> None:
    query_string: bytes = answered.scope["query_string"]
    values = logged(answered, answer, seconds)
    values["shape"] = request_shape(query_string, answered.received)
    match answer.facts.get(STEPS):
        case Mapping() as steps:
            values["steps_ms"] = {name: round(took * 1000, 3) for name, took in steps.items()}
    if shows_query:
        query = {"params": query_string, "query": answered.received[: 4 * LONGEST]}
        values |= {key: value.decode(errors="replace") for key, value in query.items()}
    log.warning("slow search", extra=values)
