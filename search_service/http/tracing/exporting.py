"""Spans by OpenTelemetry's SDK: the only importer of its packages.

A span is made when its request was answered, so an answer waits for nothing here. The SDK keeps
2,048 spans at most by default, and sends them from a thread of its own: a collector that is away
costs spans, never requests. It is in the front process alone; search workers tell that what they
measured.
"""

import logging
import threading
import time
from collections.abc import Sequence
from importlib.metadata import entry_points

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from search_service import __version__
from search_service.http.headers import Headers
from search_service.http.routes import Operation
from search_service.http.search_records import Answered
from search_service.http.tracing import spans
from search_service.request_context import CURRENT, RequestContext
from search_service.steps import Time
from search_service.workers.answers import Answer

log = logging.getLogger(__name__)

FLUSH_SECONDS = 3.0
_SCOPE = InstrumentationScope("search_service", __version__)
_OWN = {"service.name": "icat-search", "service.version": __version__}


def span_exporter(name: str) -> SpanExporter | None:
    """A new one of this name; None: no installed package has it.

    Raises ValueError, RuntimeError, ImportError and OSError for its variables.
    """
    for found in entry_points(group="opentelemetry_traces_exporter", name=name):
        exporter: SpanExporter = found.load()()
        return exporter
    return None


class SpanTracing:
    """Of one service. All of its methods are called from one thread."""

    def __init__(
        self, exporters: Sequence[SpanExporter], *, flush_seconds: float = FLUSH_SECONDS
    ) -> None:
        """``flush_seconds``: how long the spans that wait may take at the end.

        Raises ValueError for a variable of the environment that is wrong.
        """
        self._flush_seconds = flush_seconds
        self._ids = _TraceIds()
        given = OTELResourceDetector().detect()
        self._provider = TracerProvider(
            resource=Resource.create({**_OWN, **given.attributes}),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._processors = [BatchSpanProcessor(exporter) for exporter in exporters]
        for processor in self._processors:
            self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(_SCOPE.name, _SCOPE.version)
        self._propagator = TraceContextTextMapPropagator()

    def add(
        self,
        answered: Answered,
        operation: Operation | None,
        answer: Answer | None,
        seconds: float,
    ) -> None:
        """A request that took so long; ``answer``: None where its caller left."""
        if not spans.is_traced(answered.scope["path"]):
            return
        clock = _Clock()
        began = clock.at(answered.began)
        context = answered.context or CURRENT.get()
        span = self._begin(answered, operation, answer, context, began)
        if span.is_recording():
            if answer is not None and spans.is_failure(answer):
                span.set_status(StatusCode.ERROR, spans.why_of(answer))
            done, within_last = spans.times_of(answer)
            last = self._add_all(done, span.get_span_context(), clock)
            self._add_all(within_last, last, clock)
        span.end(began + round(seconds * 1e9))

    def close(self) -> None:
        """Send the spans that wait, as far as there is time."""
        # The SDK waits for half a minute. Its threads do not keep a process from ending.
        sending = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        sending.start()
        sending.join(self._flush_seconds)
        if sending.is_alive():
            log.warning(
                "the last spans were not sent in time", extra={"seconds": self._flush_seconds}
            )

    def _begin(
        self,
        answered: Answered,
        operation: Operation | None,
        answer: Answer | None,
        context: RequestContext | None,
        began: int,
    ) -> Span:
        headers = Headers(answered.scope["headers"])
        parent = {"traceparent": headers.one("traceparent")}
        if state := ",".join(headers.all("tracestate")):
            parent["tracestate"] = state
        self._ids.of_request = context
        return self._tracer.start_span(
            spans.name_of(answered, operation),
            self._propagator.extract(parent),
            SpanKind.SERVER,
            spans.attributes_of(answered, operation, answer, context),
            start_time=began,
        )

    def _add_all(self, times: Sequence[Time], parent: SpanContext, clock: "_Clock") -> SpanContext:
        """What was done as spans; the last of them, or else the parent.

        They are made as they are sent: a tracer takes 35 µs for one, to ask the sampler again and
        to be ready for what is never added, and a search has seven. This takes 5.
        """
        context = parent
        for name, began, ended in times:
            id_ = self._ids.generate_span_id()
            context = SpanContext(
                parent.trace_id, id_, False, parent.trace_flags, parent.trace_state
            )
            span = ReadableSpan(
                name,
                context,
                parent=parent,
                resource=self._provider.resource,
                start_time=clock.at(began),
                end_time=clock.at(ended),
                instrumentation_scope=_SCOPE,
            )
            for processor in self._processors:
                processor.on_end(span)
        return context


class _TraceIds(RandomIdGenerator):
    """A trace that begins with a request has the id that its log lines have."""

    of_request: RequestContext | None = None

    def generate_trace_id(self) -> int:
        """For a span without a parent."""
        if self.of_request is not None and self.of_request.trace_id:
            return int(self.of_request.trace_id, 16)
        drawn: int = super().generate_trace_id()
        return drawn


class _Clock:
    """Moments of ``time.perf_counter`` as nanoseconds since 1970, however the clock is set."""

    def __init__(self) -> None:
        self._since_1970 = time.time_ns()
        self._now = time.perf_counter()

    def at(self, moment: float) -> int:
        return self._since_1970 - round((self._now - moment) * 1e9)
