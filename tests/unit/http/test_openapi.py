"""The document at ``/openapi.json``: programs are made from it, so it changes only on purpose."""

import json
from pathlib import Path

from search_service import __version__
from tests.unit.http.test_app import a_client, run

RECORDED = Path(__file__).with_name("data") / "openapi.json"


def test_the_document_is_the_recorded_one_to_the_letter() -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    recorded["info"]["version"] = __version__
    expected = json.dumps(recorded, ensure_ascii=False, separators=(",", ":"))

    async def work() -> None:
        async with a_client() as client:
            answer = await client.get("/openapi.json")
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json"
            assert answer.content.decode() == expected

    run(work)
