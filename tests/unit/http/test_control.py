"""The operations for the owner of the data directory: by the socket alone, and by their models."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from search_service.app import create_app
from search_service.http.control import OWNER
from search_service.settings.model import Settings
from tests.support.toy_service import ToyChanges, opener


@asynccontextmanager
async def a_client(*, owner: bool) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(), opener(ToyChanges()))

    async def by_socket(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, OWNER: True} if owner else scope, receive, send)

    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(by_socket)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


BEGIN = {"entities": ["Dataset"], "fit": {"fingerprint": "a"}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "words"),
    [
        pytest.param("POST", "begin", BEGIN, 409, "NOT_NOW", "no data directory", id="understood"),
        pytest.param("POST", "begin", {"entities": []}, 400, "BAD_REQUEST", "fit", id="no-fit"),
        pytest.param("POST", "roll-back", {}, 400, "BAD_REQUEST", "number", id="no-number"),
        pytest.param(
            "POST", "roll-back", {"number": "1"}, 400, "BAD_REQUEST", "number", id="a-text"
        ),
        pytest.param(
            "POST", "roll-back", {"number": None}, 409, "NOT_NOW", "directory", id="the-one-before"
        ),
        pytest.param("POST", "origin", [], 400, "BAD_REQUEST", "body", id="no-object"),
        pytest.param("POST", "origin", {}, 400, "BAD_REQUEST", "no origin", id="no-origin"),
        pytest.param("GET", "origin", None, 409, "NOT_NOW", "no data directory", id="read"),
        pytest.param("PUT", "origin", {}, 405, "METHOD_NOT_ALLOWED", "GET, POST", id="another"),
        pytest.param("GET", "nothing", None, 501, "NOT_IMPLEMENTED", "nothing", id="no-path"),
    ],
)
def test_an_owners_request_is_answered_by_the_table_of_errors(
    method: str, path: str, body: object, status: int, code: str, words: str
) -> None:
    async def work() -> None:
        async with a_client(owner=True) as client:
            answer = await client.request(method, f"/control/{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert words in answer.json()["message"]

    asyncio.run(work())


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_there_is_no_such_path_for_others(method: str) -> None:
    async def work() -> None:
        async with a_client(owner=False) as client:
            answer = await client.request(method, "/control/begin", json={})
            assert answer.json()["code"] == "NOT_IMPLEMENTED"

    asyncio.run(work())
