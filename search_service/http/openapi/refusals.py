"""The errors that an operation may answer with, by status: from the table of all errors.

A status that is not of one kind of operation alone is described for each: a new error is there
without being named here. Not here: which error a request meets, see ``search_service.errors``.
"""

from http import HTTPStatus

from search_service import errors
from search_service.http.openapi.json_schema import TEXT, Json, answer, either, object_of
from search_service.http.routes import ENTITY, Operation

# Of requests to no operation, and of the socket of the owner.
_OF_NO_OPERATION = frozenset((HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT))


def refusals(operation: Operation) -> Json:
    """References to the responses that are errors, by status."""
    found: Json = {
        str(status.value): {"$ref": f"#/components/responses/{status.name}"}
        for status in _statuses()
        if _is_given(status, operation)
    }
    if operation.name == "ready":
        unready = HTTPStatus.SERVICE_UNAVAILABLE
        found[str(unready.value)] = _not_ready(_response(unready))
    return found


def responses() -> Json:
    """What the operations refer to, by the name of the status."""
    return {status.name: _response(status) for status in _statuses()}


def _statuses() -> list[HTTPStatus]:
    found = {error.status for error in errors.wire_errors()}
    return sorted(found - _OF_NO_OPERATION)


def _is_given(status: HTTPStatus, operation: Operation) -> bool:
    match status:
        case HTTPStatus.NOT_ACCEPTABLE:  # an entity is locked, or is not
            return operation.method == "POST" and not operation.searches
        case HTTPStatus.GATEWAY_TIMEOUT:
            return operation.searches
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return operation.method == "POST" or operation.searches
        case HTTPStatus.NOT_IMPLEMENTED:  # there is no such entity
            return ENTITY in operation.path
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN | HTTPStatus.MISDIRECTED_REQUEST:
            return operation.group is not None
        case _:
            return True


def _response(status: HTTPStatus) -> Json:
    """Codes are not listed: more of them come with time, and a caller must not stumble over one."""
    code = {**TEXT, "pattern": "^[A-Z_]+$", "description": "for programs, see docs/errors.md"}
    message = {**TEXT, "minLength": 1, "description": "for a person"}
    described = object_of({"code": code, "message": message}, "code", "message")
    response: Json = answer(described)["200"] | {"description": status.phrase}
    if any(
        hasattr(error, "retry_after") for error in errors.wire_errors() if error.status is status
    ):
        seconds = {"type": "integer", "minimum": 1}
        response["headers"] = {"Retry-After": {"description": "seconds", "schema": seconds}}
    if status is HTTPStatus.UNAUTHORIZED:
        response["headers"] = {"WWW-Authenticate": {"schema": TEXT}}
    return response


def _not_ready(refused: Json) -> Json:
    """It says why not where it would say that it is."""
    schema = refused["content"]["application/json"]["schema"]
    return {
        **refused,
        "content": {
            "application/json": {"schema": either(object_of({"status": TEXT}, "status"), schema)}
        },
    }
