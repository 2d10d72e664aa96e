"""What a span tells of a request, by OpenTelemetry's semantic conventions of HTTP.

No more than the log tells by default: no text of a search, no name of a user. Not here: which
package makes spans of it, see ``exporting``.
"""

from collections.abc import Sequence
from http import HTTPStatus

from search_service.catalogue.lookup import find_entity
from search_service.http import paths
from search_service.http.routes import ENTITY, Operation
from search_service.http.search_records import Answered, entity_of
from search_service.logs import LONGEST
from search_service.request_context import RequestContext
from search_service.steps import Time
from search_service.workers.answers import QUEUE_SECONDS, TIMES, Answer, Facts

Attributes = dict[str, str | int | float]

# What machines ask by the clock, and parts of pages: nobody looks for these.
_UNTRACED = (*paths.OPEN, "/metrics")
_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY")
)
_QUEUE = "queue"
_OF_FACTS = {"hits": "icat_search.hits", "shared": "icat_search.shared"}


def is_traced(path: str) -> bool:
    """Whether requests for the path are spans at all."""
    return path not in _UNTRACED and not path.startswith(paths.ASSETS)


def name_of(answered: Answered, operation: Operation | None) -> str:
    """As ``POST /v1/search``: there are few names, whatever callers make up."""
    method: str = answered.scope["method"]
    known = method if method in _METHODS else "HTTP"
    return known if operation is None else f"{known} {operation.path}"


def attributes_of(
    answered: Answered,
    operation: Operation | None,
    answer: Answer | None,
    context: RequestContext | None,
) -> Attributes:
    """``answer``: None where its caller left before there was one."""
    scope = answered.scope
    method: str = scope["method"]
    found: Attributes = {
        "http.request.method": method if method in _METHODS else "_OTHER",
        "url.scheme": scope.get("scheme", "http"),
        "url.path": _path(answered, operation),
        "network.protocol.version": scope.get("http_version", "1.1"),
    }
    if operation is not None:
        found["http.route"] = operation.path
        found["icat_search.operation"] = operation.name
    if answered.address:
        found["client.address"] = answered.address
    if context is not None:
        found["icat_search.request_id"] = context.request_id
    if entity := entity_of(answered, answer):
        found["icat_search.entity"] = entity
    if answer is None:
        found["icat_search.caller_left"] = True
        return found
    facts = answer.facts
    found["http.response.status_code"] = int(answer.status)
    for fact, attribute in _OF_FACTS.items():
        if isinstance(value := facts.get(fact), int):
            found[attribute] = value
    if isinstance(error := facts.get("error"), str):
        found["icat_search.error"] = error
    if is_failure(answer):
        found["error.type"] = error if isinstance(error, str) else str(int(answer.status))
    return found


def is_failure(answer: Answer) -> bool:
    """Whether the conventions take it for a failure of the service, and not of its caller."""
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def why_of(answer: Answer) -> str:
    """The sentence of a failure, as the log has it."""
    return str(answer.facts.get("why", ""))[:LONGEST]


def times_of(answer: Answer | None) -> tuple[Sequence[Time], Sequence[Time]]:
    """What was done for a request, and what within the last of that.

    Both by ``time.perf_counter``. A request had to wait for a worker, which searched in steps.
    """
    facts: Facts = {} if answer is None else answer.facts
    times = facts.get(TIMES)
    if not isinstance(times, tuple):
        return (), ()
    search, *steps = times
    _, began, _ = search
    waited = facts.get(QUEUE_SECONDS)
    if not isinstance(waited, float):
        return (search,), steps
    return ((_QUEUE, began - waited, began), search), steps


def _path(answered: Answered, operation: Operation | None) -> str:
    """With its entity where there is such a one; what leads nowhere is told as the log tells it."""
    if operation is None:
        path: str = answered.scope["path"]
        return path[:LONGEST].encode(errors="replace").decode()
    entity = answered.entity if find_entity(answered.entity) else ENTITY
    return operation.path.replace(ENTITY, entity)
