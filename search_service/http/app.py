"""The application that is served: the gate, the routers behind it, and the description.

The gate answers the operations of the contract and for front ends itself; the others are ordinary
routes of FastAPI: ``health`` and ``control``. Not here: how its service is opened and closed (the
``lifespan``), see ``search_service.app``.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import Any, NoReturn

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Route

from search_service import __version__
from search_service.errors import BadRequest
from search_service.http import control, health, paths
from search_service.http.admission.control import AdmissionControl
from search_service.http.gate import Gate
from search_service.http.guard import Guard
from search_service.http.load_shedding import LoadShedding
from search_service.http.openapi.document import describe
from search_service.http.pages import router as pages
from search_service.http.pages.description import described
from search_service.http.pages.rendering import text
from search_service.http.records import Records, Tracing
from search_service.http.routes import OPERATIONS, Operation, wrong_path

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
ROUTERS = (health.router, control.router, pages.router)


def make_app(
    lifespan: Lifespan,
    guard: Guard,
    admission: AdmissionControl,
    facet_fields: Collection[str] = (),
    tracing: Tracing | None = None,
) -> FastAPI:
    """The application; ``lifespan`` gives its state the service, ``guard`` says who may call.

    ``admission``: what callers may use before anything is known of them; its state has it too.
    ``facet_fields``: those that the search page counts by. ``tracing``: None where requests are
    not traced.
    """
    app = FastAPI(
        title="ICAT Search",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Requests are traced by ``tracing``: FastAPI's own spans have the query string, with the
        # texts of suggestions. Before 0.165 it has none, and passes this over.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={
            HTTPException: _refuse_path,
            RequestValidationError: _refuse_body,
        },
    )
    for router in ROUTERS:
        app.include_router(router)
    description = describe((*OPERATIONS, *routed(health.router)))
    app.openapi = lambda: description  # type: ignore[method-assign]
    # Anybody may read both, as often as they like: FastAPI writes the document anew each time, in
    # 2 ms, and the page takes 30.
    app.state.description_page = cache(
        lambda: text("description", description=described(description))
    )
    written = JSONResponse(description).body
    app.router.routes.insert(
        0, Route("/openapi.json", lambda request: Response(written, media_type="application/json"))
    )
    records = Records(admission.refusals, tracing)
    admission.shedding = LoadShedding(lambda: app.state.service, guard, records)
    app.add_middleware(Gate, guard=guard, admission=admission, records=records)
    app.state.admission = admission
    app.state.facet_fields = frozenset(facet_fields)
    return app


def routed(router: APIRouter) -> list[Operation]:
    """The operations of a router."""
    return [
        Operation(method, route.path, route.endpoint, paths.group_of(route.path))
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]


async def _refuse_path(request: Request, error: Any) -> NoReturn:
    """The router found no route, or one that takes another method. The gate answers.

    Raises NotImplementedHere, MethodNotAllowed.
    """
    path = request.scope["path"]
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
