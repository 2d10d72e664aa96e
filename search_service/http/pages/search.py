"""The search page: asks for what its form says, and how that was read.

It asks as a front end does, within this process, and what it asked for is recorded as if by a
request of its own: operators are to see these searches too. Not here: its form and its results, see
``search_form`` and ``results``.
"""

import shlex
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request, Response

from search_service.errors import ServiceError
from search_service.http.asking import answered
from search_service.http.pages.rendering import page
from search_service.http.pages.results import fields_shown, results
from search_service.http.pages.search_form import (
    SearchForm,
    facets_of,
    in_words,
    read_form,
    searched,
    sorts_of,
)
from search_service.http.requests import ADDRESS
from search_service.http.routes import V1_EXPLAIN, V1_SEARCH, V1_SUGGEST, Operation
from search_service.http.search_records import Answered, count_error, record_search
from search_service.runtime.service import Service
from search_service.workers.answers import Answer, refusal
from search_service.workers.queueing.callers import caller
from search_service.workers.searching.front_ends import EXPLAIN, SEARCH, SUGGEST

# What shows what a text may say, in an index of whatever facility.
EXAMPLES = ("neutron scattering", "*.nxs", "+sample -test", '"low temperature"')


async def search_page(request: Request, service: Service) -> Response:
    """The page of a form; without one, of everything that is public."""
    facet_fields = request.app.state.facet_fields
    form = read_form(request.query_params.multi_items(), facet_fields)
    facets = facets_of(form.entity, facet_fields)
    body = form.request(facets)
    began = time.perf_counter()
    answer = await _ask(request, service, V1_SEARCH, SEARCH, body)
    seconds = time.perf_counter() - began
    found, error = None, None
    if answer.status == HTTPStatus.OK:
        found = results(form, facets, orjson.loads(answer.body))
    else:
        error = orjson.loads(answer.body)
    why, why_error = await _why(request, service, form, is_answered=found is not None)
    return page(
        "search",
        answer.status,
        form=form,
        entities=searched(),
        sorts=sorts_of(form.entity),
        results=found,
        error=error or why_error,
        seconds=seconds,
        why=why,
        why_fields=_fields(why),
        curl=_curl(request, body),
        examples=EXAMPLES,
        in_words=in_words,
    )


async def suggestions(request: Request, service: Service) -> Answer:
    """What completes a typed text, as ``GET /v1/suggest`` answers it."""
    return await _ask(request, service, V1_SUGGEST, SUGGEST, None)


async def _why(
    request: Request, service: Service, form: SearchForm, *, is_answered: bool
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """How the search was read, or what there is to say instead."""
    if not is_answered:
        return None, None
    body = form.conditions() if form.why is None else {**form.conditions(), "id": form.why}
    answer = await _ask(request, service, V1_EXPLAIN, EXPLAIN, body)
    content = orjson.loads(answer.body)
    return (content, None) if answer.status == HTTPStatus.OK else (None, content)


def _fields(why: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    document = why and why["document"] and why["document"]["document"]
    return fields_shown(document) if document else []


async def _ask(
    request: Request,
    service: Service,
    operation: Operation,
    asks: str,
    body: Mapping[str, Any] | None,
) -> Answer:
    """What a worker that is asked for ``asks`` answers, or a refusal; recorded as an operation."""
    began = time.perf_counter()
    content = b"" if body is None else orjson.dumps(body)
    params = request.scope["query_string"] if body is None else b""
    address = request.scope.get(ADDRESS, "")
    who = caller(address, params, content)
    try:
        answer = await answered(
            service, lambda: service.answers.ask((asks, "", params), content, who)
        )
    except ServiceError as error:
        answer = refusal(error)
    head = {"method": operation.method, "path": operation.path, "query_string": params}
    search = Answered(head, address, "", content, began)
    count_error(service, operation.name, answer)
    record_search(service, search, operation, answer, time.perf_counter() - began)
    return answer


def _curl(request: Request, body: Mapping[str, Any]) -> str:
    """The request as a line for a shell."""
    address = str(request.base_url).rstrip("/")
    written = orjson.dumps(body).decode()
    return f"curl -s {shlex.quote(f'{address}/v1/search')} -d {shlex.quote(written)}"
