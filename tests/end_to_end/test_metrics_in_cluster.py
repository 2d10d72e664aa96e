"""The metrics of a service whose index is in a cluster: all that are written down are there."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.open import open_engine
from search_service.files import write_checked
from search_service.metrics import METRICS
from search_service.runtime.sync_file import SyncRun, SyncTimes, content_of, sync_file
from tests.end_to_end.test_metrics import samples
from tests.support.calling import Caller, create
from tests.support.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.opensearch]

MOMENT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
# What does not happen here: files of a node are damaged, a re-index runs.
DID_NOT_HAPPEN = {
    "damaged",
    *(f"reindex{of}" for of in ("", "_documents", "_expected", "_rejected", "_rate")),
}


def note_sync(data: Path, options: ClusterOptions) -> None:
    engine = open_engine(EngineOptions(IndexConfig(frozenset(), "", "/"), data, cluster=options))
    file = sync_file(engine)
    run = SyncRun(MOMENT, added=3, changed=1, deleted=4)
    write_checked(file.path, content_of(SyncTimes("", {"Dataset": MOMENT}, {"Dataset": run})))
    file.publish()
    assert engine.shared is not None
    engine.shared.close()


def test_every_metric_is_there_and_as_it_is(
    tmp_path: Path, cluster_options: ClusterOptions
) -> None:
    data = tmp_path / "data"
    settings = {
        "workers": 1,
        "commit_seconds": 3600,
        "engine": "opensearch",
        "opensearch_addresses": ",".join(cluster_options.addresses),
        "index_prefix": cluster_options.prefix,
        "opensearch_replicas": 0,
    }
    before = time.time()
    with serving(data, settings) as service:
        made = samples(Caller(service.url))["last_commit_timestamp_seconds", ()]
        assert before <= made <= time.time()
        Caller(service.url).put({"Dataset": {1: {"id": 1, "name": "run 1"}}})
        committed = samples(Caller(service.url))["last_commit_timestamp_seconds", ()]
        assert committed > made
    note_sync(data, cluster_options)
    with serving(data, settings) as service:
        caller = Caller(service.url)
        assert samples(caller)["last_commit_timestamp_seconds", ()] == committed
        caller.done("lock/InstrumentScientist", delete="false")
        assert caller.modify(create("Dataset", 2, "run 2")).status == 204
        caller.search("Dataset", {"text": "run"})
        caller.ask("/icat.lucene/datafile", {"text": 5})
        told = samples(caller)
        status = caller.ask("/status", method="GET").content
    assert told["index_available", ()] == 1
    assert told["documents", ("Dataset",)] == told["shards", ("Dataset",)] == 1
    assert told["disk_used_bytes", ("1",)] > told["entity_disk_used_bytes", ("Dataset", "1")] > 0
    assert 0 <= told["disk_free_bytes", ()] < told["disk_size_bytes", ()]
    assert told["locked", ("InstrumentScientist",)] == 1
    assert told["pending_operations", ()] == 1
    names = {name.removesuffix("_count") for name, _ in told}
    assert {metric.name for metric in METRICS} - names == DID_NOT_HAPPEN
    assert before <= told["pending_since_timestamp_seconds", ()] <= time.time()
    assert told["sync_followed_until_timestamp_seconds", ("Dataset",)] == MOMENT.timestamp()
    assert told["sync_drift_documents", ("added", "Dataset")] == 3
    assert told["generation", ()] == 1
    assert told["generation_switches_total", ()] == 0
    assert told["memory_bytes", ("workers",)] >= told["worker_memory_largest_bytes", ()] > 1 << 20
    assert before - 5 < told["process_start_time_seconds", ()] < time.time()
    assert told["errors_total", ("BAD_REQUEST", "search")] == 1
    assert [one["state"] for one in status["generations"]] == ["current"]
    (build,) = (labels for name, labels in told if name == "build_info")
    assert "opensearch" in build
