"""The application: how a service is opened from the settings, and closed.

Not here: what is around every operation, see ``gate``.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from search_service import __version__
from search_service.api.access import Access
from search_service.api.gate import Operations
from search_service.api.openapi import describe
from search_service.api.routes import OPERATIONS
from search_service.api.service import Service
from search_service.settings import Settings

OpenService = Callable[[Settings], AbstractAsyncContextManager[Service]]


def create_app(settings: Settings, open_: OpenService | None = None) -> FastAPI:
    """The application. Its service is opened when it starts and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (open_ or open_service)(settings) as service:
            app.state.service = service
            yield

    app = FastAPI(title="ICAT Search", version=__version__, lifespan=lifespan, redoc_url=None)
    description = describe(OPERATIONS)
    app.openapi = lambda: description  # type: ignore[method-assign]
    app.add_middleware(Operations, access=Access(settings.allowed_addresses))
    return app


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service of a data directory. Raises DoesNotFit, DirectoryInUse, WorkersCannotStart."""
    raise NotImplementedError
    yield
