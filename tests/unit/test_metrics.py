"""The metrics are served as what they are, and are there from the start where alerts need them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from search_service import metrics
from search_service.metrics import METRICS, PREFIX, MetricKind, Metrics


def types(exposition: bytes) -> dict[str, str]:
    lines = exposition.decode().splitlines()
    split = [line.split() for line in lines if line.startswith("# TYPE")]
    return {name: kind for _, _, name, kind in split}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_of_the_kind_that_its_name_says(metric: metrics.Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
    assert types(Metrics().exposition())[PREFIX + metric.name] == metric.kind.value


def test_what_is_counted_is_told_by_its_labels() -> None:
    counted = Metrics()
    counted.count(metrics.REQUESTS, "search", "Dataset", "200")
    counted.count(metrics.REQUESTS, "search", "Dataset", "200", by=2)
    line = 'icat_search_requests_total{entity="Dataset",operation="search",status="200"} 3.0'
    assert line in counted.exposition().decode().splitlines()


def test_a_counter_without_labels_begins_at_zero_so_that_its_first_value_is_an_increase() -> None:
    lines = Metrics().exposition().decode().splitlines()
    assert "icat_search_storage_failures_total 0.0" in lines


def test_a_gauge_is_not_there_before_it_is_known_and_when_it_is_not_any_more() -> None:
    gauges = Metrics()
    assert "icat_search_last_commit_timestamp_seconds " not in told(gauges)
    gauges.replace(metrics.LAST_COMMIT, {(): 5.0})
    assert "icat_search_last_commit_timestamp_seconds 5.0" in told(gauges)
    gauges.replace(metrics.LAST_COMMIT, {})
    assert "icat_search_last_commit_timestamp_seconds " not in told(gauges)


def test_other_labels_take_the_place_of_those_from_before() -> None:
    gauges = Metrics()
    gauges.replace(metrics.DISK_USED, {("1",): 5.0})
    gauges.replace(metrics.DISK_USED, {("2",): 6.0})
    (family,) = (
        family
        for family in text_string_to_metric_families(gauges.exposition().decode())
        if family.name == "icat_search_disk_used_bytes"
    )
    assert [(sample.labels, sample.value) for sample in family.samples] == [
        ({"generation": "2"}, 6.0)
    ]


def test_the_front_process_is_told_as_every_process_is() -> None:
    assert "process_start_time_seconds" in types(Metrics().exposition())


def told(values: Metrics) -> str:
    return "\n".join(
        line for line in values.exposition().decode().splitlines() if not line.startswith("#")
    )
