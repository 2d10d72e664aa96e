"""Requests become spans of the SDK, in the trace that their callers or their log lines name."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from search_service.http.routes import OPERATIONS
from search_service.http.search_records import Answered
from search_service.http.tracing.exporting import SpanTracing, span_exporter
from search_service.request_context import RequestContext
from search_service.workers.answers import QUEUE_SECONDS, TIMES, Answer

SEARCH = next(one for one in OPERATIONS if one.name == "v1_search")
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def answered(trace_id: str, *headers: tuple[bytes, bytes]) -> Answered:
    scope = {"method": "POST", "path": "/v1/search", "headers": [*headers]}
    context = RequestContext("portal-7", trace_id)
    return Answered(scope, "", "", b"", time.perf_counter() - 0.25, context)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def spans_of(request: Answered, exporter: InMemorySpanExporter, answer: Answer) -> dict[str, Any]:
    tracing = SpanTracing([exporter])
    tracing.add(request, SEARCH, answer, 0.25)
    tracing.close()
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_trace_of_the_caller_goes_on_with_its_state(exporter: InMemorySpanExporter) -> None:
    parent = (b"traceparent", f"00-{TRACE}-{PARENT}-01".encode())
    request = answered(TRACE, parent, (b"tracestate", b"a=1"), (b"tracestate", b"b=2"))
    span = spans_of(request, exporter, Answer())["POST /v1/search"]
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == PARENT
    assert dict(span.context.trace_state) == {"a": "1", "b": "2"}
    assert span.end_time - span.start_time == 250_000_000


def test_a_request_is_as_long_ago_as_it_was_however_late_it_is_told(
    exporter: InMemorySpanExporter,
) -> None:
    request = replace(answered(TRACE), began=time.perf_counter() - 60)
    before = time.time_ns() - 60_000_000_000
    span = spans_of(request, exporter, Answer())["POST /v1/search"]
    assert abs(span.start_time - before) < 1_000_000_000
    assert span.end_time - span.start_time == 250_000_000


def test_a_trace_that_begins_here_has_the_id_of_the_log(exporter: InMemorySpanExporter) -> None:
    span = spans_of(answered(TRACE), exporter, Answer())["POST /v1/search"]
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent is None


def test_what_a_worker_measured_is_within(exporter: InMemorySpanExporter) -> None:
    began = time.perf_counter() - 0.1
    times = (("search", began, began + 0.08), ("engine", began + 0.01, began + 0.05))
    answer = Answer(facts={TIMES: times, QUEUE_SECONDS: 0.02})
    spans = spans_of(answered(TRACE), exporter, answer)
    request, search, engine = spans["POST /v1/search"], spans["search"], spans["engine"]
    assert search.parent.span_id == spans["queue"].parent.span_id == request.context.span_id
    assert engine.parent.span_id == search.context.span_id
    assert engine.end_time - engine.start_time == 40_000_000
    assert request.start_time < spans["queue"].start_time < search.start_time < request.end_time
    assert abs(engine.start_time - search.start_time - 10_000_000) < 1_000


def test_the_end_does_not_wait_for_a_collector(caplog: pytest.LogCaptureFixture) -> None:
    answers = threading.Event()

    class Stuck(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            answers.wait()
            return SpanExportResult.FAILURE

    tracing = SpanTracing([Stuck()], flush_seconds=0.05)
    tracing.add(answered(TRACE), SEARCH, Answer(), 0.25)
    try:
        tracing.close()
    finally:
        answers.set()
    assert "the last spans were not sent in time" in caplog.text


def test_an_exporter_is_found_by_its_name() -> None:
    assert span_exporter("console") is not None
    assert span_exporter("jaeger") is None
