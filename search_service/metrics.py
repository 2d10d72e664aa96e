"""Every counter, gauge and histogram, by name; the manual lists this table.

Made once by the application and passed to those who count. Not here: how they are served.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

PREFIX = "icat_search_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
HITS = (0, 1, 10, 100, 1_000, 10_000)


class MetricKind(Enum):
    """How values of a metric are added up."""

    COUNTER = "counter"  # grows until the service ends
    GAUGE = "gauge"
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
CONNECTIONS = Metric("connections", MetricKind.GAUGE, "Connections that are open.")
BYTES_IN_FLIGHT = Metric(
    "bytes_in_flight",
    MetricKind.GAUGE,
    "Bytes of bodies that are received or worked on, and of answers that are not read yet.",
)
REFUSED = Metric(
    "refused_total",
    MetricKind.COUNTER,
    "Connections and requests that were refused or ended before they were answered.",
    ("reason",),
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
SEARCHES_ENDED = Metric(
    "searches_ended_total", MetricKind.COUNTER, "Searches ended for their time."
)
WORKERS_CRASHED = Metric(
    "workers_crashed_total", MetricKind.COUNTER, "Search workers that ended unexpectedly."
)
SEARCHES_OUT_OF_MEMORY = Metric(
    "searches_out_of_memory_total",
    MetricKind.COUNTER,
    "Search workers that ended as they needed more memory than `worker_memory`.",
)
WORKERS_RENEWED = Metric(
    "workers_renewed_total",
    MetricKind.COUNTER,
    "Search workers that had grown to half of `worker_memory` and were followed by new ones.",
)
WORKERS = Metric("workers", MetricKind.GAUGE, "Search workers by what they do.", ("state",))
SEARCHES_WAITING = Metric(
    "searches_waiting",
    MetricKind.GAUGE,
    "Searches waiting for a worker: cheap ones, and expensive ones, which take "
    "`expensive_search_seconds`.",
    ("cost",),
)
SEARCHES_REFUSED = Metric(
    "searches_refused_total",
    MetricKind.COUNTER,
    "Searches answered with 503: `full`, as `waiting_searches` wait; `caller`, as "
    "`waiting_searches_of_caller` do; `late`, as too many came and it waited too long; `hopeless`, "
    "as its caller's earlier ones take longer than `search_seconds`.",
    ("reason",),
)
ANSWERS_SHARED = Metric(
    "answers_shared_total",
    MetricKind.COUNTER,
    "Requests answered without a search of their own: `joined` one that waited or ran, or by an "
    "answer that was `kept`.",
    ("by",),
)
SEARCHES_ABANDONED = Metric(
    "searches_abandoned_total",
    MetricKind.COUNTER,
    "Searches ended as their caller had left; each costs a new worker.",
)
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
LAST_COMMIT = Metric(
    "last_commit_timestamp_seconds",
    MetricKind.GAUGE,
    "When the last commit ended, in seconds since 1970, also before the service started; of an "
    "index that had none, when it was made.",
)
PENDING_SINCE = Metric(
    "pending_since_timestamp_seconds",
    MetricKind.GAUGE,
    "When the oldest operation that is not committed was acknowledged, or seen first where another "
    "service did so; not there when none waits.",
)
FOLLOWED_UNTIL = Metric(
    "sync_followed_until_timestamp_seconds",
    MetricKind.GAUGE,
    "Up to when `icat-search sync` has brought all changes of the catalogue, by its last success; "
    "`time()` without it is how far the index is behind. Looked up once a minute.",
    ("entity",),
)
SYNCED = Metric(
    "sync_timestamp_seconds",
    MetricKind.GAUGE,
    "When `icat-search sync` last succeeded for an entity with documents. Looked up once a minute.",
    ("entity",),
)
SYNC_DRIFT = Metric(
    "sync_drift_documents",
    MetricKind.GAUGE,
    "Documents that it had to bring in then, `added`, `changed` or `deleted`: so many differed "
    "from the catalogue.",
    ("entity", "change"),
)
DISK_USED = Metric(
    "disk_used_bytes",
    MetricKind.GAUGE,
    "Size of each generation; what they share is counted in each. Looked up once a minute.",
    ("generation",),
)
ENTITY_DISK_USED = Metric(
    "entity_disk_used_bytes",
    MetricKind.GAUGE,
    "Size of what each generation holds of an entity, likewise.",
    ("generation", "entity"),
)
DISK_SIZE = Metric(
    "disk_size_bytes", MetricKind.GAUGE, "Size of the file system of the data directory."
)
DISK_FREE = Metric("disk_free_bytes", MetricKind.GAUGE, "What is free of it.")
STORAGE_FAILURES = Metric(
    "storage_failures_total",
    MetricKind.COUNTER,
    "Requests, and housekeeping (each second), that failed as something could not be written or "
    "read: a disk, a damaged file, the cluster.",
)
ERRORS = Metric(
    "errors_total",
    MetricKind.COUNTER,
    "Requests that were refused or failed, by the code of the [errors](errors.md).",
    ("operation", "error"),
)
MEMORY = Metric(
    "memory_bytes",
    MetricKind.GAUGE,
    "Memory that is a process's own, without files of the index: of `front`, which takes requests "
    "and changes, and of all search `workers` together.",
    ("process",),
)
LARGEST_WORKER = Metric(
    "worker_memory_largest_bytes", MetricKind.GAUGE, "The same of the largest search worker."
)
MEMORY_SIZE = Metric(
    "memory_size_bytes", MetricKind.GAUGE, "Memory of the machine, or of the control group."
)
BUILD_INFO = Metric(
    "build_info",
    MetricKind.GAUGE,
    "1, for what runs here: version of the service and of Python, and the engine.",
    ("version", "python", "engine"),
)
SWITCHES = Metric(
    "generation_switches_total",
    MetricKind.COUNTER,
    "Switches to another generation: after a re-index, or a rollback.",
)
GENERATION = Metric("generation", MetricKind.GAUGE, "Number of the generation that is searched.")
SWITCH_SECONDS = Metric(
    "switch_seconds",
    MetricKind.GAUGE,
    "What the last switch to another generation took, since the service started; 0 before, and "
    "where the index is in a cluster, as a command makes it there.",
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
    CONNECTIONS,
    BYTES_IN_FLIGHT,
    REFUSED,
    SEARCH_SECONDS,
    HITS_RETURNED,
    SEARCHES_ENDED,
    WORKERS_CRASHED,
    SEARCHES_OUT_OF_MEMORY,
    WORKERS_RENEWED,
    WORKERS,
    SEARCHES_WAITING,
    SEARCHES_REFUSED,
    SEARCHES_ABANDONED,
    ANSWERS_SHARED,
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
    LAST_COMMIT,
    PENDING_SINCE,
    FOLLOWED_UNTIL,
    SYNCED,
    SYNC_DRIFT,
    DISK_USED,
    ENTITY_DISK_USED,
    DISK_SIZE,
    DISK_FREE,
    STORAGE_FAILURES,
    ERRORS,
    MEMORY,
    LARGEST_WORKER,
    MEMORY_SIZE,
    BUILD_INFO,
    GENERATION,
    SWITCHES,
    SWITCH_SECONDS,
    REINDEX,
    REINDEX_DOCUMENTS,
    REINDEX_EXPECTED,
    REINDEX_REJECTED,
    REINDEX_RATE,
    REINDEX_JOURNAL,
)


Labels = tuple[str, ...]
Values = dict[Labels, float]


class Metrics:
    """The values of the metrics of one service. For one thread."""

    def __init__(self) -> None:
        self._values: dict[str, Values] = {}  # by name: a metric is slow to hash
        self._registry = CollectorRegistry()
        self._histograms: dict[str, Histogram] = {}
        for metric in METRICS:
            match metric.kind:
                case MetricKind.HISTOGRAM:
                    self._histograms[metric.name] = _histogram(metric, self._registry)
                case MetricKind.COUNTER:
                    # Else its first value would be no increase of anything.
                    self._values[metric.name] = {} if metric.labels else {(): 0.0}
                case MetricKind.GAUGE:
                    self._values[metric.name] = {}
                case _:
                    assert_never(metric.kind)
        self._registry.register(_Collector(self._values))
        ProcessCollector(registry=self._registry)

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        values = self._values[metric.name]
        values[labels] = values.get(labels, 0.0) + by

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        histogram = self._histograms[metric.name]
        (histogram.labels(*labels) if labels else histogram).observe(value)

    def replace(self, metric: Metric, values: Mapping[Labels, float]) -> None:
        """Set a gauge, or a counter that is kept elsewhere: these labels, and no others."""
        self._values[metric.name] = dict(values)

    def exposition(self) -> bytes:
        """All of them in the text format of Prometheus, and those of the front process."""
        return generate_latest(self._registry)


class _Collector(Collector):
    """Gives the library what was counted and set. It has a counter that only grows by one."""

    def __init__(self, values: Mapping[str, Values]) -> None:
        self._values = values

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        for metric in METRICS:
            if (values := self._values.get(metric.name)) is None:
                continue
            is_counter = metric.kind is MetricKind.COUNTER
            family = CounterMetricFamily if is_counter else GaugeMetricFamily
            found = family(PREFIX + metric.name, metric.help, labels=metric.labels)
            for labels, value in values.items():
                found.add_metric(labels, value)
            yield found


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(
        PREFIX + metric.name,
        metric.help,
        metric.labels,
        registry=registry,
        buckets=metric.buckets,
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

At `/metrics`, in the text format of Prometheus. Counters begin with 0 when the service starts.
Beside these there are the usual ones of the front process: `process_start_time_seconds`,
`process_resident_memory_bytes`, `process_cpu_seconds_total`, `process_open_fds`, `process_max_fds`.

| name | kind | labels | meaning |
| --- | --- | --- | --- |
{rows}"""
