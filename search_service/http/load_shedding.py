"""Load shedding: refuses searches in an overload before anything else is made for them.

In an overload most of what the front process does is to refuse, in time that the searches of others
need; here a refusal takes three quarters of what it takes through the application
(``docs/decisions/0033-whose-turn-it-is.md``). Whether one is refused is the queue's to say, as
for every search (``workers.queueing``); who may not call at all is left to the ``gate``.
"""

import time
from collections.abc import Callable

from search_service.errors import ServiceError
from search_service.http.admission.control import Scope
from search_service.http.guard import Guard
from search_service.http.headers import Pair, completed, headers_of
from search_service.http.records import Records
from search_service.http.routes import Routes
from search_service.http.search_records import Answered
from search_service.runtime.service import Service
from search_service.workers.answers import Answer, refusal
from search_service.workers.queueing.callers import caller


class LoadShedding:
    """Of one service."""

    def __init__(self, service: Callable[[], Service], guard: Guard, records: Records) -> None:
        """``service``: the one that answers, once it is open."""
        self._service = service
        self._guard = guard
        self._records = records
        self._routes = Routes()

    def is_on(self) -> bool:
        """Whether searches are refused just now."""
        return self._service().answers.is_overloaded

    def refusal_of(self, scope: Scope, body: bytes) -> tuple[Answer, list[Pair]] | None:
        """The refusal of a whole request, with its headers; None: the application answers it.

        A refused one is counted and logged as all are.
        """
        began = time.perf_counter()
        service = self._service()
        request_check = self._guard.check_of(scope)
        query_string: bytes = scope["query_string"]
        try:
            operation, entity = self._routes.find(scope["method"], scope["path"])
            request_check.authorize(operation.group)
        except ServiceError:
            return None
        if not operation.asks or len(body) > service.limits.search_body.size:
            return None
        head = (operation.asks, entity, query_string)
        who = caller(request_check.address, query_string, body)
        if (refused := service.answers.refusal_of(head, body, who)) is None:
            return None
        answer = refusal(refused)
        address, context = request_check.address, request_check.context
        answered = Answered(scope, address, entity, body, began, context)
        self._records.add(service, answered, operation, answer, time.perf_counter() - began)
        return answer, completed(headers_of(answer), request_check.headers_of_answer())
