"""A collector of OpenTelemetry: takes spans by OTLP over HTTP, and remembers them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class CollectedSpan:
    """One span as it was sent."""

    name: str
    trace_id: str
    id: str
    parent: str
    kind: int
    began: int
    ended: int
    attributes: dict[str, Any]
    failed: bool
    why: str
    service: dict[str, Any]


@dataclass
class Collector:
    """A running one."""

    url: str
    spans: list[CollectedSpan] = field(default_factory=list)

    def named(self, name: str) -> list[CollectedSpan]:
        """Those with this name."""
        return [span for span in self.spans if span.name == name]

    def within(self, parent: CollectedSpan) -> list[CollectedSpan]:
        """Those right within another."""
        return [span for span in self.spans if span.parent == parent.id]

    def environment(self, **more: str) -> dict[str, str]:
        """What has a service send its spans here, as soon as it may."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            **more,
        }


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    """A collector on a free port, while the block runs; it answers with the status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            if status == 200:
                collector.spans.extend(_spans_in(content))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Not into the output of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _spans_in(content: bytes) -> Iterator[CollectedSpan]:
    request = ExportTraceServiceRequest.FromString(content)
    for of_resource in request.resource_spans:
        service = _values(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield CollectedSpan(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.kind,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    _values(span.attributes),
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    span.status.message,
                    service,
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
