"""The command that compares two services by what was recorded."""

import http.server
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore, Thread

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from tests.support.calling import Caller, create
from tests.support.serving import serving

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Pair:
    """Two services with the same datasets, and a file for a recording."""

    peer: str
    service: str
    file: Path

    def compare(self, *options: str) -> Result:
        arguments = ["compare", "--peer", self.peer, "--service", self.service, *options]
        return CliRunner().invoke(main, [*arguments, str(self.file)])

    def record(self, *exchanges: dict[str, object]) -> None:
        usual = {"method": "POST", "path": "dataset", "status": 200, "answer": None}
        usual["params"] = {"maxResults": "9"}
        lines = [{"n": n, **usual, **one} for n, one in enumerate(exchanges, 1)]
        self.file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    directory = tmp_path_factory.mktemp("pair")
    with ExitStack() as stack:
        urls = []
        for name in ("peer", "service"):
            running = stack.enter_context(serving(directory / name, {"workers": 1}))
            caller = Caller(running.url)
            caller.modify(*[create("Dataset", n, f"scan {n}") for n in range(1, 6)])
            if name == "service":
                caller.modify(create("Dataset", 9, "dark scan"))
            caller.done("commit")
            urls.append(running.url)
        yield Pair(urls[0], urls[1], directory / "exchanges.jsonl")


def asked(text: str) -> dict[str, object]:
    return {"query": {"target": "Dataset", "text": text}, "fields": ["name"]}


PLACED = [{"_id": 70 + n, "_shardIndex": 0, "_source": {"id": n}} for n in (1, 2)]
AFTER = json.dumps({"doc": 72, "shardIndex": 0, "fields": ["scan 2", 2]})
BY_NAME = {"maxResults": "2", "sort": '{"name":"asc"}'}


def test_services_that_answer_alike_are_the_same(pair: Pair) -> None:
    pair.record(
        {"body": asked("name:2")},
        {"path": "modify", "body": []},
        {
            "path": "dataset/facet",
            "params": {"maxResults": "9", "maxLabels": "9"},
            "body": {"query": {"id": [1]}, "dimensions": []},
        },
    )
    result = pair.compare()
    assert result.exit_code == 0, result.output
    assert "2 requests compared, 1 left out: 0 differ" in result.output


def test_somebody_who_looks_on_sees_how_far_it_is(pair: Pair) -> None:
    pair.record({"body": asked("name:2")}, {"body": asked("scan")}, {"body": asked("name:3")})
    services = ("--peer", pair.peer, "--service", pair.service, "--order=any", "--limit=2")
    command = [sys.executable, "-m", "search_service", "compare", *services, str(pair.file)]
    screen, terminal = pty.openpty()
    with open(terminal, "wb") as stderr:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, check=False)
        shown = os.read(screen, 10_000)
    os.close(screen)
    assert b"2 requests compared" in done.stdout
    assert b"Compared" in shown
    assert b"2/2" in shown


def test_a_hit_that_only_one_has_is_a_difference_in_every_report(pair: Pair) -> None:
    markup = {"query": {"target": "<b>`|", "text": "dark"}, "fields": ["name"]}
    pair.record({"body": markup}, {"body": asked("name:2")})
    reports = [pair.file.with_name(name) for name in ("report.md", "report.html")]
    result = pair.compare("--json", *[part for r in reports for part in ("--report", str(r))])
    assert result.exit_code == 1, result.output
    found = json.loads(result.output)
    assert (found["compared"], found["different"]["hits"]) == (2, 1)
    assert found["differences"][0]["detail"].endswith("only the service's: 9")
    markdown, html = (path.read_text() for path in reports)
    assert "**1, hits**: 0 and 1 hits" in markdown
    assert "<svg" in html
    assert "&lt;b&gt;" in html
    assert "<b>`" not in html
    assert not {"http:", "https:"} & {part[:5] for part in html.split('src="')[1:]}


def test_a_page_goes_on_where_each_service_was(pair: Pair) -> None:
    pair.record(
        {"body": asked("scan"), "params": BY_NAME, "answer": {"results": PLACED}},
        {"body": asked("scan"), "params": {**BY_NAME, "search_after": AFTER}},
        {"body": asked("scan"), "params": {**BY_NAME, "search_after": "{}"}},
    )
    result = pair.compare("--json")
    found = json.loads(result.output)
    # "dark scan" is before all others: the first page differs, the second goes on after "scan 2".
    assert found["left_out"] == {"goes on from a page that is not there": 2}
    pair.record(
        {"body": asked("+scan -dark"), "params": BY_NAME, "answer": {"results": PLACED}},
        {"body": asked("+scan -dark"), "params": {**BY_NAME, "search_after": AFTER}},
    )
    result = pair.compare("--json")
    assert (result.exit_code, json.loads(result.output)["compared"]) == (0, 2), result.output


def test_a_page_by_relevance_goes_on_from_the_end_of_the_one_before(pair: Pair) -> None:
    # The last hit that was recorded is on no page of these services, which hold others.
    placed = [{"_id": n, "_shardIndex": 0, "_score": 1, "_source": {"id": 80 + n}} for n in (1, 2)]
    after = json.dumps({"doc": 2, "shardIndex": 0, "score": 1, "fields": [1, 82]})
    page = {"body": asked("+scan -dark"), "params": {"maxResults": "2"}}
    pair.record(
        {**page, "answer": {"results": placed}},
        {**page, "params": {"maxResults": "2", "search_after": after}},
    )
    result = pair.compare("--json")
    assert (result.exit_code, json.loads(result.output)["compared"]) == (0, 2), result.output


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no json\n", "line 1"),
        (
            '{"n": 1, "method": "POST", "path": "dataset", "params": {}, "body": {},'
            ' "status": 200}\n',
            "both services refuse each request",
        ),
        ("", "no request that can be compared"),
        (
            '{"n": 1, "method": "POST", "path": "dataset", "params": {}, "body": {}, "status": 200,'
            ' "texts": false}\n',
            "no request that can be compared",
        ),
    ],
)
def test_what_cannot_be_compared_ends_with_status_2(pair: Pair, text: str, why: str) -> None:
    pair.file.write_text(text)
    result = pair.compare()
    assert result.exit_code == 2
    assert why in result.stderr


def test_a_service_that_is_away_ends_with_status_2(pair: Pair) -> None:
    pair.record({"body": asked("scan")})
    away = Pair("http://127.0.0.1:9", pair.service, pair.file)
    assert away.compare().exit_code == 2
    assert pair.compare("--report", "report.txt").exit_code == 2


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[str]:
    """A peer that gives these answers, one after the other, and then is gone."""
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = left.pop(0)
            # As icat.lucene has it, whatever the content is.
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    def serve() -> None:
        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            urls.append(f"http://127.0.0.1:{server.server_port}")
            listening.release()
            while left:
                server.handle_request()

    urls: list[str] = []
    listening = Semaphore(0)
    thread = Thread(target=serve, daemon=True)
    thread.start()
    listening.acquire()
    yield urls[0]
    thread.join()


VERSION = (200, b'{"version":"4.0.0"}')


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(
            (401, b"Access from this IP address is not allowed"),
            "401 to GET /icat.lucene/version (Access from this IP address is not allowed)",
            id="an-address-that-is-not-listed",
        ),
        pytest.param(
            (404, b"<!DOCTYPE html><html>none"),
            "404 to GET /icat.lucene/version. Is it",
            id="no-path",
        ),
        pytest.param(
            (200, b"<html>welcome"), "200 to GET /icat.lucene/version", id="another-program"
        ),
    ],
)
def test_what_is_no_search_component_or_refuses_its_caller_ends_with_status_2(
    pair: Pair, answer: tuple[int, bytes], why: str
) -> None:
    pair.record({"body": asked("scan")})
    with answering(answer) as url:
        result = Pair(url, pair.service, pair.file).compare()
    assert result.exit_code == 2
    assert why in result.stderr


def test_a_peer_that_is_gone_half_way_ends_with_status_2_and_a_report(pair: Pair) -> None:
    found = json.dumps({"results": [{"_id": 0, "_shardIndex": 0, "_source": {"id": 2}}]}).encode()
    exchange: dict[str, object] = {"body": asked("name:2")}
    pair.record(*[exchange] * 4)
    report = pair.file.with_name("gone.md")
    with answering(VERSION, (200, found), (500, b"no")) as url:
        result = Pair(url, pair.service, pair.file).compare("--report", str(report))
    assert result.exit_code == 2
    assert "no service answers at" in result.stderr
    assert "2 requests compared: 1 differ. Then it ended: no service answers" in result.stdout
    text = report.read_text()
    assert "**2, status**: 500 (no); 200" in text
    assert f"{url}, version 4.0.0" in text
