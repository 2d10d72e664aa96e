"""The addresses of the pages, and of the files that they name.

Not here: who may see them, see ``http.paths``; what is around every answer, see ``http.gate``.
"""

from fastapi import APIRouter, Request, Response

from search_service.errors import NotImplementedHere
from search_service.http import paths
from search_service.http.health import OurService
from search_service.http.pages import operating, rendering, search

router = APIRouter(include_in_schema=False)


@router.get(paths.SEARCH)
async def search_page(request: Request, service: OurService) -> Response:
    """What the service finds, and why."""
    return await search.search_page(request, service)


@router.get(paths.SUGGESTIONS)
async def suggestions(request: Request, service: OurService) -> Response:
    """What completes a typed text."""
    answer = await search.suggestions(request, service)
    return Response(bytes(answer.body), answer.status, media_type=answer.content_type.decode())


@router.get(paths.OPERATE)
async def operate_page(service: OurService) -> Response:
    """What the service holds, and what it does."""
    return await operating.operate_page(service)


@router.get(paths.DESCRIPTION)
async def description_page(request: Request) -> Response:
    """The operations, described for people."""
    return rendering.written(request.app.state.description_page())


@router.get(paths.ASSETS + "{name}")
async def asset(request: Request, name: str) -> Response:
    """A file that pages name. Raises NotImplementedHere."""
    found = rendering.asset(name)
    if found is None:
        raise NotImplementedHere(request.url.path)
    return found
