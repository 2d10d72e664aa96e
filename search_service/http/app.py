"""The application that is served: the gate, the routers behind it, and the description.

The gate answers the operations of the contract and for front ends itself; the others are ordinary
routes of FastAPI: ``health`` and ``control``. Not here: how its service is opened and closed (the
``lifespan``), see ``search_service.app``.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from search_service import __version__
from search_service.errors import BadRequest
from search_service.http import control, health
from search_service.http.access import Access
from search_service.http.gate import DESCRIPTION, Gate
from search_service.http.openapi.document import describe
from search_service.http.routes import OPERATIONS, Operation, wrong_path

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
ROUTERS = (health.router, control.router)


def make_app(lifespan: Lifespan, access: Access, front_ends: Access) -> FastAPI:
    """The application; ``lifespan`` gives its state the service.

    ``access``: who may call the operations of the contract; ``front_ends``: those under ``/v1``.
    """
    app = FastAPI(
        title="ICAT Search",
        version=__version__,
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            HTTPException: _refuse_path,
            RequestValidationError: _refuse_body,
        },
    )
    for router in ROUTERS:
        app.include_router(router)
    description = describe((*OPERATIONS, *routed(health.router)))
    app.openapi = lambda: description  # type: ignore[method-assign]
    app.add_middleware(Gate, access=access, front_ends=front_ends)
    return app


def routed(router: APIRouter) -> list[Operation]:
    """The operations of a router."""
    return [
        Operation(method, route.path, route.endpoint)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]


async def _refuse_path(request: Request, error: Any) -> Response:
    """The router found no route, or one that takes another method. The gate answers.

    Raises NotImplementedHere, MethodNotAllowed.
    """
    path = request.scope["path"]
    if path in DESCRIPTION:
        return await http_exception_handler(request, error)
    methods = [
        operation.method
        for router in ROUTERS
        for operation in routed(router)
        if operation.path == path
    ]
    raise wrong_path(request.method, path, methods)


async def _refuse_body(request: Request, error: Any) -> NoReturn:
    """The body of a request is not as its model says. The gate answers.

    Raises BadRequest.
    """
    wrong = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    raise BadRequest(f"The request is not as it should be: {'; '.join(wrong)}")
