"""The metrics of a service that runs: what wakes people is there, and as it is."""

import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from search_service import __version__
from search_service.files import write_checked
from search_service.metrics import METRICS, PREFIX, MetricKind
from tests.support.calling import Caller, create
from tests.support.serving import serving

Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(caller: Caller) -> Samples:
    """Name and values of labels, by the names of these → value."""
    return {
        (sample.name.removeprefix(PREFIX), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(caller.text("/metrics"))
        for sample in family.samples
    }


def test_what_wakes_people_is_told_by_a_service(tmp_path: Path) -> None:
    data = tmp_path / "data"
    began = time.time()
    with serving(data, {"workers": 2, "commit_seconds": 3600}) as service:
        caller = Caller(service.url)
        run = {"ended": "2026-03-01T02:12:00+00:00", "added": 3, "changed": 1, "deleted": 0}
        noted = {"Dataset": "2026-03-01T02:10:00+00:00", "runs": {"Dataset": run}}
        write_checked(data / "sync.json", noted)
        caller.modify(create("Dataset", 1, "run 1"))
        caller.done("commit")
        caller.modify(create("Dataset", 2, "run 2"))
        caller.ask("/icat.lucene/datafile", {"text": 5})
        told = samples(caller)
    assert told["sync_followed_until_timestamp_seconds", ("Dataset",)] == 1772331000.0
    assert told["sync_timestamp_seconds", ("Dataset",)] == 1772331120.0
    assert told["sync_drift_documents", ("added", "Dataset")] == 3
    assert told["sync_drift_documents", ("deleted", "Dataset")] == 0
    assert began <= told["last_commit_timestamp_seconds", ()] <= time.time()
    assert began <= told["pending_since_timestamp_seconds", ()] <= time.time()
    assert told["disk_used_bytes", ("1",)] > 0
    assert 0 <= told["disk_free_bytes", ()] < told["disk_size_bytes", ()]
    assert told["storage_failures_total", ()] == 0
    assert told["errors_total", ("BAD_REQUEST", "search")] == 1
    assert told["memory_bytes", ("workers",)] >= told["worker_memory_largest_bytes", ()] > 1 << 20
    assert told["memory_bytes", ("front",)] < told["memory_size_bytes", ()]
    assert told["generation_switches_total", ()] == 0
    assert began - 5 < told["process_start_time_seconds", ()] < time.time()
    (build,) = (labels for name, labels in told if name == "build_info")
    assert __version__ in build
    assert "embedded" in build


def test_a_service_that_was_started_again_tells_the_last_commit_and_sizes(tmp_path: Path) -> None:
    name = ("last_commit_timestamp_seconds", ())
    before = time.time()
    with serving(tmp_path / "data", {"workers": 1}) as service:
        made = samples(Caller(service.url))[name]
        assert before - 1 <= made <= time.time()  # files have times of a coarser clock
        Caller(service.url).put({"Dataset": {1: {"id": 1, "name": "run 1"}}})
        committed = samples(Caller(service.url))[name]
        assert committed > made
    with serving(tmp_path / "data", {"workers": 1}) as service:
        told = samples(Caller(service.url))
    assert told[name] == pytest.approx(committed, abs=0.001)
    assert told["disk_used_bytes", ("1",)] > told["entity_disk_used_bytes", ("Dataset", "1")] > 0
    assert ("pending_since_timestamp_seconds", ()) not in told


def test_every_metric_without_labels_that_is_always_known_is_there(tmp_path: Path) -> None:
    sometimes = {"pending_since_timestamp_seconds"}
    with serving(tmp_path / "data", {"workers": 1}) as service:
        names = {name for name, _ in samples(Caller(service.url))}
    of_one_value = {
        metric.name
        for metric in METRICS
        if not metric.labels and metric.kind is not MetricKind.HISTOGRAM
    }
    assert of_one_value - sometimes <= names
