"""Front ends and a running service: searches and suggestions while a catalogue changes things."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from search_service.cli.main import main
from tests.support.calling import Caller, Reply
from tests.support.front_ends import facility
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

SETTINGS = {"workers": 2, "writer_memory": 15}
LAST_YEAR, NEVER = 1_600_000_000_000, 10**15


def fill(caller: Caller) -> None:
    for entity, documents in facility().items():
        caller.populate(entity, [list(documents.values())])


def search(caller: Caller, **asked: Any) -> Reply:
    return caller.ask("/v1/search", asked)


def ids(caller: Caller, **asked: Any) -> list[int]:
    reply = search(caller, **asked)
    assert reply.status == 200, reply
    return [hit["id"] for hit in reply.content["hits"]]


def suggest(caller: Caller, **asked: Any) -> Reply:
    return caller.ask(f"/v1/suggest?{urlencode(asked)}", method="GET")


def texts(caller: Caller, **asked: Any) -> set[str]:
    reply = suggest(caller, **asked)
    assert reply.status == 200, reply
    return {one["text"] for one in reply.content["suggestions"]}


def release(tmp_path: Path, data: Path, dates: dict[int, int]) -> None:
    """A re-index of the investigations alone, by the command, from a file that tells of them."""
    source = tmp_path / "investigations.jsonl"
    lines = [
        json.dumps({"entity": "Investigation", "doc": {**document, "releaseDate": dates[id_]}})
        for id_, document in facility()["Investigation"].items()
    ]
    source.write_text("\n".join(lines))
    command = ["reindex", "--source", str(source), "--data", str(data), "--workers", "1"]
    result = CliRunner().invoke(
        main, [*command, "--entities", "investigation", "--set", "writer_memory=15"]
    )
    assert result.exit_code == 0, result.output


def metrics(served: Served) -> str:
    with urlopen(f"{served.url}/metrics") as response:
        return str(response.read().decode())


def test_what_is_released_is_public_until_the_index_is_cleared(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, SETTINGS) as served:
        caller = Caller(served.url)
        fill(caller)
        assert ids(caller, entity="investigation", user="ada") == [1]
        assert ids(caller, entity="investigation", public=True) == []
        assert texts(caller, entity="investigation", prefix="bon", public="true") == set()

        release(tmp_path, data, {1: NEVER, 2: NEVER, 3: LAST_YEAR})
        assert ids(caller, entity="investigation", public=True) == [3]
        assert ids(caller, entity="datafile", user="ada", public=True, limit=1_000) == [
            id_
            for id_, file in facility()["Datafile"].items()
            if file["investigation.id"] in (1, 3)
        ]
        assert texts(caller, entity="investigation", prefix="bon", public="true") == {"bones"}

        # The catalogue says of an investigation all that it knows, its release is not among that.
        renewed = {"id": 3, "name": "INV3", "title": "Radiography of bones"}
        done = caller.modify({"update": {"_index": "Investigation", "_id": 3, "doc": renewed}})
        assert done == Reply(204)
        caller.done("commit")
        assert ids(caller, entity="investigation", public=True, text="radiography") == [3]
        assert texts(caller, entity="investigation", prefix="tom", public="true") == {"tomography"}

        caller.done("clear")
        fill(caller)
        assert ids(caller, entity="investigation", public=True) == []
        assert ids(caller, entity="investigation", user="ada") == [1]

        told = metrics(served)
        assert 'requests_total{entity="Investigation",operation="v1_search",status="200"}' in told
        assert 'operation="v1_suggest"' in told
        assert not served.defects(), served.defects()


def test_who_may_see_more_or_less_is_told_so_after_the_commit(tmp_path: Path) -> None:
    with serving(tmp_path / "data", SETTINGS) as served:
        caller = Caller(served.url)
        fill(caller)

        def seen() -> tuple[list[int], set[str], str | None]:
            found = search(caller, entity="investigation", user="ada", text="secretum")
            return (
                ids(caller, entity="investigation", user="ada"),
                texts(caller, entity="investigation", user="ada", prefix="secr"),
                found.content["did_you_mean"],
            )

        assert seen() == ([1], set(), None)
        may_see = {"id": 9, "investigation.id": 2, "user.name": "ada", "user.id": 1}
        place = {"_index": "InvestigationUser", "_id": 9}
        assert caller.modify({"create": {**place, "doc": may_see}}) == Reply(204)
        caller.done("commit")
        for _ in range(SETTINGS["workers"] + 1):
            assert seen() == ([1, 2], {"secretium"}, "secretium")
        assert caller.modify({"delete": place}) == Reply(204)
        caller.done("commit")
        for _ in range(SETTINGS["workers"] + 1):
            assert seen() == ([1], set(), None)


@pytest.mark.parametrize("matching", ["peer", "people"])
def test_pages_over_http_are_the_whole_and_mistakes_are_told(tmp_path: Path, matching: str) -> None:
    with serving(tmp_path / "data", {**SETTINGS, "matching": matching}) as served:
        caller = Caller(served.url)
        fill(caller)
        asked = {"entity": "datafile", "user": "zoe", "limit": 4, "sort": {"fileSize": "desc"}}
        found: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            reply = search(caller, **asked, **cursor)
            assert reply.content["count"] == {"value": 6, "exact": True}
            found += [hit["id"] for hit in reply.content["hits"]]
            if reply.content["cursor"] is None:
                break
            cursor = {"cursor": reply.content["cursor"]}
        assert found == [17, 16, 15, 14, 13, 12]
        for reply, code in (
            (search(caller, entity="datafile"), "NOBODY_ASKS"),
            (search(caller, entity="datafile", user="a", text='"'), "UNREADABLE_TEXT"),
            (search(caller, entity="datafile", user="a", cursor="x"), "CURSOR_REFUSED"),
            (search(caller, entity="datafile", user="a", query={}), "BAD_REQUEST"),
            (suggest(caller, entity="datafile", prefix="s"), "NOBODY_ASKS"),
            (suggest(caller, entity="datafile", user="ada"), "BAD_REQUEST"),
        ):
            assert (reply.status, reply.content["code"]) == (400, code)
            assert reply.message
        assert not served.defects(), served.defects()
