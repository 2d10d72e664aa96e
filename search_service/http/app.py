"""The application that is served: the gate around the operations, and their description.

Not here: how its service is opened and closed (the ``lifespan``), see ``search_service.app``.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from search_service import __version__
from search_service.http.access import Access
from search_service.http.gate import Operations
from search_service.http.openapi.document import describe
from search_service.http.routes import OPERATIONS

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(lifespan: Lifespan, access: Access, front_ends: Access) -> FastAPI:
    """The application; ``lifespan`` gives its state the service.

    ``access``: who may call the operations of the contract; ``front_ends``: those under ``/v1``.
    """
    app = FastAPI(title="ICAT Search", version=__version__, lifespan=lifespan, redoc_url=None)
    description = describe(OPERATIONS)
    app.openapi = lambda: description  # type: ignore[method-assign]
    app.add_middleware(Operations, access=access, front_ends=front_ends)
    return app
