"""The document at ``/openapi.json``: programs are made from it, so it changes only on purpose.

``python -m tests.unit.http.test_openapi`` records it as it is now.
"""

import difflib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from search_service import __version__
from search_service.query.request.front_ends import SEARCH_KEYS, SUGGEST_KEYS
from tests.unit.http.test_app import a_client, run

RECORDED = Path(__file__).with_name("data") / "openapi.json"
CURE = (
    "if that was meant, look through it, run `.venv/bin/python -m tests.unit.http.test_openapi` to "
    "record it, and tell callers in CHANGELOG.md what is another"
)


def served() -> httpx.Response:
    found: list[httpx.Response] = []

    async def work() -> None:
        async with a_client() as client:
            found.append(await client.get("/openapi.json"))

    run(work)
    return found[0]


def readable(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def record() -> None:
    RECORDED.write_text(readable(served().json()), encoding="utf-8")


def test_the_document_is_the_recorded_one_to_the_letter() -> None:
    answer = served()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    recorded["info"]["version"] = __version__
    both = (readable(recorded).splitlines(), readable(answer.json()).splitlines())
    assert not [*difflib.unified_diff(*both, "recorded", "served", lineterm="")], CURE
    compact = json.dumps(recorded, ensure_ascii=False, separators=(",", ":"))
    assert answer.content.decode() == compact


@pytest.mark.parametrize(
    ("schema", "keys"),
    [
        pytest.param("FrontEndSearch", SEARCH_KEYS, id="search"),
        pytest.param("ExplainedSearch", (*SEARCH_KEYS, "id"), id="explain"),
    ],
)
def test_each_key_of_a_body_that_is_read_is_described(schema: str, keys: tuple[str, ...]) -> None:
    described: dict[str, Any] = served().json()["components"]["schemas"][schema]["properties"]
    assert sorted(described) == sorted(keys)


def test_each_parameter_of_suggestions_that_is_read_is_described() -> None:
    operation = served().json()["paths"]["/v1/suggest"]["get"]
    described = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
    assert sorted(described) == sorted(SUGGEST_KEYS)


if __name__ == "__main__":
    record()
