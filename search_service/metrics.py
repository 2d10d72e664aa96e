"""Every counter, gauge and histogram, by name; the manual lists this table.

Made once by the application and passed to those who count. Not here: how they are served.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

PREFIX = "icat_search_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
HITS = (0, 1, 10, 100, 1_000, 10_000)


class MetricKind(Enum):
    """How values of a metric are added up."""

    COUNTER = "counter"  # grows
    GAUGE = "gauge"  # read when asked for
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; its full name begins with ``icat_search_``."""

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS


REQUESTS = Metric(
    "requests_total", MetricKind.COUNTER, "Requests answered.", ("operation", "entity", "status")
)
REQUEST_SECONDS = Metric(
    "request_seconds", MetricKind.HISTOGRAM, "From the request to its answer.", ("operation",)
)
SEARCH_SECONDS = Metric(
    "search_seconds",
    MetricKind.HISTOGRAM,
    "A search or a facet request in its worker, without waiting for one.",
    ("operation", "entity"),
)
HITS_RETURNED = Metric(
    "hits", MetricKind.HISTOGRAM, "Hits in the answer of a search.", ("entity",), HITS
)
SEARCHES_ENDED = Metric("searches_ended_total", MetricKind.GAUGE, "Searches ended for their time.")
WORKERS_CRASHED = Metric(
    "workers_crashed_total", MetricKind.GAUGE, "Search workers that ended unexpectedly."
)
WORKERS = Metric("workers", MetricKind.GAUGE, "Search workers by what they do.", ("state",))
SEARCHES_WAITING = Metric("searches_waiting", MetricKind.GAUGE, "Searches waiting for a worker.")
DOCUMENTS = Metric("documents", MetricKind.GAUGE, "Documents that searches see.", ("entity",))
SHARDS = Metric("shards", MetricKind.GAUGE, "Shards.", ("entity",))
SEGMENTS = Metric(
    "segments", MetricKind.GAUGE, "Segments, which a search goes through one by one.", ("entity",)
)
DELETED = Metric(
    "deleted_documents",
    MetricKind.GAUGE,
    "Documents in segments that were deleted or replaced; from a fifth on they are taken out.",
    ("entity",),
)
LIMITS = Metric(
    "limits_too_low",
    MetricKind.GAUGE,
    "Limits of the system that are too low for the index; `/status` names them.",
)
INDEX_AVAILABLE = Metric(
    "index_available",
    MetricKind.GAUGE,
    "0 while the cluster that keeps the index does not answer; then other gauges are old.",
)
LOCKED = Metric("locked", MetricKind.GAUGE, "1 while an entity is being populated.", ("entity",))
DAMAGED = Metric(
    "damaged",
    MetricKind.GAUGE,
    "1 while an entity cannot be searched for damaged files.",
    ("entity",),
)
PENDING = Metric(
    "pending_operations", MetricKind.GAUGE, "Operations acknowledged and not yet committed."
)
PENDING_BYTES = Metric(
    "pending_bytes", MetricKind.GAUGE, "Size of the operations not yet committed."
)
SET_ASIDE = Metric(
    "set_aside_operations",
    MetricKind.GAUGE,
    "Operations that could not be committed and wait in files for an operator.",
)
GENERATION = Metric("generation", MetricKind.GAUGE, "Number of the generation that is searched.")
SWITCH_SECONDS = Metric(
    "switch_seconds",
    MetricKind.GAUGE,
    "What the last switch to another generation took, since the service started.",
)
REINDEX = Metric(
    "reindex",
    MetricKind.GAUGE,
    "1 for the state of a re-index that has begun: building, switching, or stopped, when no "
    "command goes on with it.",
    ("state",),
)
REINDEX_DOCUMENTS = Metric(
    "reindex_documents", MetricKind.GAUGE, "Documents in the generation that is built.", ("entity",)
)
REINDEX_EXPECTED = Metric(
    "reindex_expected", MetricKind.GAUGE, "Documents that it will have, about.", ("entity",)
)
REINDEX_REJECTED = Metric(
    "reindex_rejected", MetricKind.GAUGE, "Rows that could not be indexed.", ("entity",)
)
REINDEX_RATE = Metric(
    "reindex_rate", MetricKind.GAUGE, "Documents a second over the last half minute.", ("entity",)
)
REINDEX_JOURNAL = Metric(
    "reindex_journal_bytes", MetricKind.GAUGE, "Size of the journal, which grows until the switch."
)

METRICS = (
    REQUESTS,
    REQUEST_SECONDS,
    SEARCH_SECONDS,
    HITS_RETURNED,
    SEARCHES_ENDED,
    WORKERS_CRASHED,
    WORKERS,
    SEARCHES_WAITING,
    DOCUMENTS,
    SHARDS,
    SEGMENTS,
    DELETED,
    LIMITS,
    INDEX_AVAILABLE,
    LOCKED,
    DAMAGED,
    PENDING,
    PENDING_BYTES,
    SET_ASIDE,
    GENERATION,
    SWITCH_SECONDS,
    REINDEX,
    REINDEX_DOCUMENTS,
    REINDEX_EXPECTED,
    REINDEX_REJECTED,
    REINDEX_RATE,
    REINDEX_JOURNAL,
)


class Metrics:
    """The values of the metrics of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._by_name = {metric.name: _make(metric, self._registry) for metric in METRICS}

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        counter = self._of(metric, labels)
        assert isinstance(counter, Counter)  # noqa: S101 (the table is ours)
        counter.inc(by)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        histogram = self._of(metric, labels)
        assert isinstance(histogram, Histogram)  # noqa: S101
        histogram.observe(value)

    def replace(self, metric: Metric, values: Mapping[tuple[str, ...], float]) -> None:
        """Set a gauge: these labels with these values, and no others."""
        gauge = self._by_name[metric.name]
        assert isinstance(gauge, Gauge)  # noqa: S101
        if metric.labels:
            gauge.clear()
        for labels, value in values.items():
            (gauge.labels(*labels) if labels else gauge).set(value)

    def exposition(self) -> bytes:
        """All of them in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> Counter | Gauge | Histogram:
        found = self._by_name[metric.name]
        return found.labels(*labels) if labels else found


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    name = PREFIX + metric.name
    match metric.kind:
        case MetricKind.COUNTER:
            return Counter(name, metric.help, metric.labels, registry=registry)
        case MetricKind.GAUGE:
            return Gauge(name, metric.help, metric.labels, registry=registry)
        case MetricKind.HISTOGRAM:
            return Histogram(
                name, metric.help, metric.labels, registry=registry, buckets=metric.buckets
            )


def manual() -> str:
    """The text of ``docs/metrics.md``."""
    rows = "".join(
        f"| `{PREFIX}{metric.name}` | {metric.kind.value} | "
        f"{', '.join(f'`{label}`' for label in metric.labels)} | {metric.help} |\n"
        for metric in METRICS
    )
    return f"""\
# Metrics

<!-- made by `scripts/make-docs` from `search_service/metrics.py` -->

At `/metrics`, in the text format of Prometheus.

| name | kind | labels | meaning |
| --- | --- | --- | --- |
{rows}"""
