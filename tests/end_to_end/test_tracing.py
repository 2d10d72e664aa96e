"""Requests of a service as spans at a collector; what becomes of them where that is away."""

import json
import socket
import time
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.slow_searches import FILES, READ_SLOWLY, SLOW
from tests.support.calling import Caller
from tests.support.collector import CollectedSpan, Collector, collecting
from tests.support.processes import descendants, wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SERVER, INTERNAL = 2, 1  # kinds, as OTLP numbers them
SEARCH = "POST /icat.lucene/{entity}"
WORKERS = {"workers": 1}
WITHOUT = """
import runpy, sys
sys.modules["opentelemetry.sdk"] = None  # as if it were not installed
runpy.run_module("search_service", run_name="__main__")
"""
OFF = {"OTEL_EXPORTER_OTLP_ENDPOINT": "", "OTEL_TRACES_EXPORTER": ""}


def search(service: Served, text: str, user: str = "", **headers: str) -> int:
    address = urlsplit(service.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=90)
    body = json.dumps({"query": {"text": text, **({"user": user} if user else {})}})
    try:
        connection.request("POST", "/icat.lucene/datafile?maxResults=5", body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def the_span(collector: Collector, name: str) -> CollectedSpan:
    wait_for(lambda: bool(collector.named(name)), f"a span {name}")
    (span,) = collector.named(name)
    return span


def test_a_search_is_a_span_of_its_callers_trace_with_its_steps(tmp_path: Path) -> None:
    named = {
        "OTEL_SERVICE_NAME": "search-of-it",
        "OTEL_RESOURCE_ATTRIBUTES": "site=north",
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",  # its spans would have the query string
    }
    with (
        collecting() as collector,
        serving(tmp_path, WORKERS, environment=collector.environment(**named)) as service,
    ):
        Caller(service.url).populate("Datafile", [FILES])
        before = time.time_ns()
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}
        assert search(service, "silk", **headers) == 200
        span = the_span(collector, SEARCH)
        wait_for(lambda: len(collector.within(span)) == 2, "its parts")
        assert (span.trace_id, span.parent, span.kind) == (TRACE, PARENT, SERVER)
        assert before < span.began < span.ended
        assert not span.failed
        request_id = span.attributes.pop("icat_search.request_id")
        ids = f"request_id={request_id} trace_id={TRACE}"
        wait_for(lambda: any(ids in line for line in service.log), "its log line")
        assert span.attributes == {
            "http.request.method": "POST",
            "http.route": "/icat.lucene/{entity}",
            "http.response.status_code": 200,
            "url.scheme": "http",
            "url.path": "/icat.lucene/datafile",
            "network.protocol.version": "1.1",
            "client.address": "127.0.0.1",
            "icat_search.operation": "search",
            "icat_search.entity": "Datafile",
            "icat_search.hits": 5,
        }
        queue, searched = sorted(collector.within(span), key=lambda part: part.began)
        assert (queue.name, searched.name) == ("queue", "search")
        steps = sorted(collector.within(searched), key=lambda step: step.began)
        assert [step.name for step in steps] == ["read", "analyse", "engine", "documents", "write"]
        assert {part.kind for part in (queue, searched, *steps)} == {INTERNAL}
        assert {part.trace_id for part in (queue, searched, *steps)} == {TRACE}
        assert span.began < searched.began <= steps[0].began
        assert steps[-1].ended <= searched.ended < span.ended
        assert span.service["service.name"] == "search-of-it"
        assert span.service["site"] == "north"
        assert span.service["telemetry.sdk.name"] == "opentelemetry"
        assert search(service, "gold", "anna") == 200
        suggest = {"entity": "datafile", "prefix": "gold", "user": "anna"}
        assert Caller(service.url).ask("/v1/suggest", params=suggest, method="GET").status == 200
        assert service.stop() == 0
    assert len(collector.named(SEARCH)) == 2
    assert len(collector.named("GET /v1/suggest")) == 1
    told = repr(collector.spans)
    assert [word for word in ("silk", "gold", "anna") if word in told] == []
    assert service.defects() == []


def test_a_request_without_a_trace_begins_one_that_its_log_lines_name(tmp_path: Path) -> None:
    with (
        collecting() as collector,
        serving(tmp_path, WORKERS, environment=collector.environment()) as service,
    ):
        assert search(service, "silk") == 200
        span = the_span(collector, SEARCH)
        assert span.parent == ""
        assert span.service["service.name"] == "icat-search"
        wait_for(lambda: any(f"trace_id={span.trace_id}" in one for one in service.log), "its line")


def test_what_is_refused_or_fails_is_a_span_too(tmp_path: Path) -> None:
    settings = {**READ_SLOWLY, "workers": 1, "waiting_searches": 1, "search_seconds": 2}
    with (
        collecting() as collector,
        serving(tmp_path, settings, environment=collector.environment()) as service,
    ):
        caller = Caller(service.url)
        caller.populate("Datafile", [FILES])
        assert caller.ask("/icat.lucene/dataset", {"query": {}}, {"maxResults": 0}).status == 400
        assert caller.ask("/nowhere", {}).status == 501
        statuses: list[int] = []

        def ask(number: int) -> None:
            query = {"text": f"{SLOW['text']} {number}"}  # equal ones would be one search
            statuses.append(caller.search("Datafile", query).status)

        threads = [Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) == {503, 504}
        wait_for(lambda: len(collector.named(SEARCH)) == 9, "a span of each search")
        found = {
            span.attributes.get("icat_search.error"): span
            for span in collector.spans
            if span.kind == SERVER
        }
        refused = found["BAD_REQUEST"]
        assert refused.attributes["http.response.status_code"] == 400
        assert not refused.failed
        assert "error.type" not in refused.attributes
        nowhere = found["NOT_IMPLEMENTED"]
        assert (nowhere.name, nowhere.attributes["url.path"]) == ("POST", "/nowhere")
        for code, status in (("BUSY", 503), ("TIMED_OUT", 504)):
            failed = found[code]
            assert failed.name == SEARCH
            assert failed.failed
            assert failed.why
            assert failed.attributes["error.type"] == code
            assert failed.attributes["http.response.status_code"] == status


def test_a_caller_that_samples_nothing_has_no_span_and_probes_have_none(tmp_path: Path) -> None:
    with (
        collecting() as collector,
        serving(tmp_path, WORKERS, environment=collector.environment()) as service,
    ):
        caller = Caller(service.url)
        assert search(service, "silk", traceparent=f"00-{TRACE}-{PARENT}-00") == 200
        assert caller.ask("/health/ready", method="GET").status == 200
        assert caller.text("/metrics")
        assert caller.status()
        the_span(collector, "GET /status")
        assert service.stop() == 0
        assert {span.name for span in collector.spans} == {"GET /status"}


def test_what_waits_is_sent_at_the_end(tmp_path: Path) -> None:
    environment = {"OTEL_BSP_SCHEDULE_DELAY": "3600000"}
    with (
        collecting() as collector,
        serving(tmp_path, WORKERS, environment=collector.environment(**environment)) as service,
    ):
        assert search(service, "silk") == 200
        assert collector.spans == []
        assert service.stop() == 0
        assert collector.named(SEARCH)


@pytest.mark.parametrize("answers", ["nothing", "503"])
def test_a_collector_that_is_away_costs_spans_and_no_requests(tmp_path: Path, answers: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,  # takes connections, and answers none
        collecting(503) as failing,
    ):
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = failing.environment(OTEL_BSP_MAX_QUEUE_SIZE="8")
        environment |= {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
        if answers == "nothing":
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
        with serving(tmp_path, WORKERS, environment=environment) as service:
            for _ in range(100):
                assert search(service, "silk") == 200
            wait_for(lambda: any("a problem of tracing" in one for one in service.log), "a line")
            assert search(service, "silk") == 200
            began = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - began < 60
    problems = [line for line in service.log if "a problem of tracing" in line]
    assert 0 < len(problems) < 8, problems
    assert all(" warning " in line for line in problems)
    assert service.defects() == []


def test_search_workers_do_not_load_opentelemetry(tmp_path: Path) -> None:
    def loaded(pid: int) -> bool:
        return "google/_upb" in Path(f"/proc/{pid}/maps").read_text()

    with (
        collecting() as collector,
        serving(tmp_path, WORKERS, environment=collector.environment()) as service,
    ):
        assert search(service, "silk") == 200
        the_span(collector, SEARCH)
        assert loaded(service.process.pid)
        others = descendants(service.process.pid)
        assert len(others) > 1
        assert not any(map(loaded, others))


def test_without_an_exporter_the_sdk_is_not_imported(tmp_path: Path) -> None:
    imports = ("-X", "importtime", "-m", "search_service")
    environment = {**OFF, "OTEL_SERVICE_NAME": "search-of-it"}
    with serving(tmp_path, WORKERS, program=imports, environment=environment) as service:
        assert search(service, "silk") == 200
        assert service.stop() == 0
    assert any("search_service.http.tracing.opening" in line for line in service.log)
    assert [line for line in service.log if "opentelemetry.sdk" in line] == []


def test_a_missing_package_is_named_once_and_the_service_serves(tmp_path: Path) -> None:
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    with serving(tmp_path, WORKERS, program=("-c", WITHOUT), environment=environment) as service:
        assert search(service, "silk") == 200
        assert service.stop() == 0
    (line,) = [line for line in service.log if "not traced" in line]
    assert " warning " in line
    assert "pip install 'icat-search-service[otel]'" in line
    assert service.defects() == []
