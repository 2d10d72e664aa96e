"""A re-index beside a service that answers and takes changes; crashes in between."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from search_service.engines.base import Document
from search_service.engines.embedded.storage import generations
from search_service.errors import CannotReindex
from search_service.runtime.host import running
from tests.support import reindexing
from tests.support.json_source import OpenJson
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow
LIMIT_SECONDS = 30.0


@pytest.fixture
def source(tmp_path: Path) -> OpenJson:
    directory = tmp_path / "source"
    directory.mkdir()
    source = OpenJson(directory)
    source.write(rows())
    return source


def rows() -> dict[str, dict[int, Document]]:
    return {
        "Datafile": {i: datafile(i) for i in range(100, 400)},
        "Dataset": {i: {"id": i, "name": f"run {i}"} for i in range(10, 40)},
    }


def datafile(id_: int, name: str = "scan") -> Document:
    return {"id": id_, "name": f"{name} {id_}", "dataset.id": id_ // 10}


def call(url: str, path: str, body: object = None) -> tuple[int, Any]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    with closing(http.client.HTTPConnection(host, parts.port, timeout=20)) as connection:
        connection.request("POST", f"/icat.lucene/{path}", json.dumps(body) if body else None)
        response = connection.getresponse()
        content = response.read()
    return response.status, json.loads(content) if content else None


def found(url: str, entity: str = "datafile") -> dict[int, str]:
    sort = "%7B%22id%22%3A%22asc%22%7D"
    body = {"query": {}, "fields": ["id", "name"]}
    status, answer = call(url, f"{entity}?maxResults=1000&sort={sort}", body)
    assert status == 200, answer
    return {hit["_source"]["id"]: hit["_source"]["name"] for hit in answer["results"]}


def names(of: dict[int, Document]) -> dict[int, str]:
    return {id_: document["name"] for id_, document in of.items()}


def modify(url: str, *operations: dict[str, Any]) -> None:
    assert call(url, "modify", operations) == (204, None)


def put(id_: int, document: Document, kind: str = "update") -> dict[str, Any]:
    return {kind: {"_index": "Datafile", "_id": id_, "doc": document}}


def until(reached: Callable[[], object], what: str) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not reached():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


@contextmanager
def command(data: Path, source: OpenJson, *more: str) -> Iterator[subprocess.Popen[str]]:
    """The re-index as a process; ended if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.reindexing", str(data), str(source.directory), *more],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def searching(service: Served) -> Iterator[None]:
    """Searches all the while: each is answered whole, none by an error."""
    end, wrong = Event(), []

    def search() -> None:
        while not end.is_set():
            status, answer = call(service.url, "dataset?maxResults=100", {"query": {}})
            if status != 200 or len(answer["results"]) not in (0, 30):
                wrong.append((status, answer))

    thread = Thread(target=search)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
    assert not wrong


def test_a_service_answers_and_takes_changes_while_its_index_is_built_anew(
    tmp_path: Path, source: OpenJson
) -> None:
    data, expected = tmp_path / "data", rows()["Datafile"]
    source.hold()
    with serving(data, {"workers": 2}) as service, searching(service):
        with command(data, source) as process:
            until(lambda: source.waiting, "a worker reads")
            modify(service.url, put(500, datafile(500), "create"), put(150, datafile(150, "new")))
            modify(service.url, {"delete": {"_index": "Datafile", "_id": 151}})
            assert call(service.url, "commit")[0] == 204
            assert found(service.url) == {150: "new 150", 500: "scan 500"}, "not switched yet"
            modify(service.url, put(160, datafile(160, "pending")))
            for refused in ("clear", "lock/Datafile"):
                status, answer = call(service.url, refused)
                assert (status, answer["code"]) == (406, "REINDEXING")
            source.let_go()
            assert process.wait(LIMIT_SECONDS) == 0, process.stderr and process.stderr.read()
        expected = {**expected, 500: datafile(500), 150: datafile(150, "new")}
        expected[160] = datafile(160, "pending")
        del expected[151]
        assert found(service.url) == names(expected)
        assert call(service.url, "lock/Dataset?delete=true")[0] == 204
        assert call(service.url, "unlock/Dataset")[0] == 204
        assert not service.defects()
    with serving(data, {"workers": 1}) as service:
        assert found(service.url) == names(expected)


def test_a_killed_worker_is_replaced(tmp_path: Path, source: OpenJson) -> None:
    data = tmp_path / "data"
    source.hold()
    with command(data, source) as process:
        until(lambda: len(source.waiting) == 2, "both workers read")
        for worker in source.waiting:
            os.kill(worker, signal.SIGKILL)
        source.let_go()
        assert process.wait(LIMIT_SECONDS) == 0
    with serving(data, {"workers": 1}) as service:
        assert found(service.url) == names(rows()["Datafile"])


def test_a_killed_command_leaves_no_process_and_can_be_gone_on_with(
    tmp_path: Path, source: OpenJson
) -> None:
    data = tmp_path / "data"
    source.hold()
    with serving(data, {"workers": 1}) as service:
        with command(data, source) as process:
            until(lambda: len(source.waiting) == 2, "both workers read")
            process.kill()
            process.wait()
        until(lambda: not any(map(alive, source.waiting)), "the workers have gone")
        modify(service.url, put(150, datafile(150, "new")))
        assert call(service.url, "clear")[0] == 406
        service.process.kill()
        service.process.wait()
    with serving(data, {"workers": 1}) as service:
        assert call(service.url, "clear")[0] == 406
        source.let_go()
        reindexing.run(data, source, resume=True)
        assert found(service.url) == names({**rows()["Datafile"], 150: datafile(150, "new")})


@pytest.mark.parametrize(
    ("mark", "again"),
    [
        pytest.param("000003/reindex.sqlite", True, id="before"),
        pytest.param("000003/carried.sqlite", False, id="while-it-catches-up"),
        pytest.param("000002/kept.json", False, id="when-it-switches"),
    ],
)
def test_a_service_killed_while_it_switches_has_the_old_or_the_new(
    tmp_path: Path, source: OpenJson, mark: str, again: bool
) -> None:
    data = tmp_path / "data"
    with serving(data, {"workers": 1}) as service:
        reindexing.run(data, source)
        source.hold()
        with command(data, source) as process:
            until(lambda: source.waiting, "a worker reads")
            modify(service.url, put(150, datafile(150, "new")))
            source.let_go()
            place = data / "generations" / mark
            until(lambda: place.exists() or process.poll() is not None, "it is as far")
            service.process.kill()
            service.process.wait()
            process.wait(LIMIT_SECONDS)
    with serving(data, {"workers": 1}) as service:
        expected = names({**rows()["Datafile"], 150: datafile(150, "new")})
        assert found(service.url) == expected
        modify(service.url, put(160, datafile(160, "later")))
        if again:
            assert generations.building(data) is not None
        if generations.building(data) is not None:
            reindexing.run(data, source, resume=True)
        assert call(service.url, "commit")[0] == 204
        assert found(service.url) == {**expected, 160: "later 160"}
        assert generations.current(data) == 3
        assert call(service.url, "lock/Datafile?delete=true")[0] == 204


def test_a_running_service_goes_back_and_forward(tmp_path: Path, source: OpenJson) -> None:
    data = tmp_path / "data"
    with serving(data, {"workers": 2}) as service:
        reindexing.run(data, source)
        with searching(service):
            source.write({**rows(), "Datafile": {1: datafile(1)}})
            reindexing.run(data, source)
            assert found(service.url) == {1: "scan 1"}
            generations_of = running(data)
            assert generations_of is not None
            assert generations_of.roll_back() == 2
            assert found(service.url) == names(rows()["Datafile"])
            modify(service.url, put(2, datafile(2)))
            assert generations_of.roll_back(3) == 3
            assert found(service.url) == {1: "scan 1"}, "changes stay where they were made"
            assert generations_of.drop_old() == [1, 2]
        with pytest.raises(CannotReindex, match="no generation to go back to"):
            generations_of.roll_back()
        assert not service.defects()


def test_a_service_that_ended_is_told_and_gone_on_without(tmp_path: Path, source: OpenJson) -> None:
    data = tmp_path / "data"
    source.hold()
    with serving(data, {"workers": 1}) as service, command(data, source) as process:
        until(lambda: source.waiting, "a worker reads")
        modify(service.url, put(150, datafile(150, "new")))
        assert service.stop() == 0
        source.let_go()
        assert process.stderr is not None
        assert "The service has ended" in process.stderr.read()
    reindexing.run(data, source, resume=True)
    with serving(data, {"workers": 1}) as service:
        assert found(service.url) == names({**rows()["Datafile"], 150: datafile(150, "new")})


def test_rows_of_every_entity_are_counted_in_the_status(tmp_path: Path, source: OpenJson) -> None:
    data = tmp_path / "data"
    source.hold()
    with serving(data, {"workers": 1}) as service, command(data, source) as process:
        until(lambda: source.waiting, "a worker reads")

        def told() -> Any:
            with http_get(service.url, "/status") as answer:
                return (answer["reindex"] or {}).get("entities", {}).get("Datafile")

        until(told, "the status tells of it")
        assert told()["expected"] == 300
        modify(service.url, put(150, datafile(150, "new")))
        with http_get(service.url, "/status") as answer:
            assert answer["reindex"]["journal_bytes"] > 100
        source.let_go()
        assert process.wait(LIMIT_SECONDS) == 0


def test_metrics_tell_how_a_re_index_goes(tmp_path: Path, source: OpenJson) -> None:
    data = tmp_path / "data"
    wrong: Document = {"id": 100, "name": 7}
    source.write({**rows(), "Datafile": {**rows()["Datafile"], 100: wrong}})
    source.hold()
    with serving(data, {"workers": 1}) as service:
        assert metrics(service.url)["generation"] == 1.0
        with command(data, source) as process:
            until(lambda: metrics(service.url).get('reindex_rejected{entity="Datafile"}'), "a row")
            seen = metrics(service.url)
            assert seen['reindex{state="building"}'] == 1.0
            assert seen['reindex_expected{entity="Datafile"}'] == 300.0
            assert 0 < seen['reindex_documents{entity="Datafile"}'] < 300
            process.kill()
            process.wait()
            until(lambda: not any(map(alive, source.waiting)), "the workers have gone")
            stopped = metrics(service.url)
            assert stopped['reindex{state="stopped"}'] == 1.0
            assert stopped['reindex_rate{entity="Datafile"}'] == 0.0
        source.let_go()
        reindexing.run(data, source, resume=True)
        done = metrics(service.url)
        assert (done["generation"], done["switch_seconds"] > 0) == (2.0, True)
        assert not [name for name in done if name.startswith("reindex{")]


def metrics(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if line.startswith("icat_search_"))
    return {name.removeprefix("icat_search_"): float(value) for name, _, value in pairs}


@contextmanager
def http_get(url: str, path: str) -> Iterator[Any]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    with closing(http.client.HTTPConnection(host, parts.port, timeout=20)) as connection:
        connection.request("GET", path)
        yield json.load(connection.getresponse())
