"""The alert rules and the dashboard ask for metrics that there are, and each alert has its cure."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from search_service.catalogue.entities import ENTITIES
from search_service.errors import wire_errors
from search_service.http.admission.refusals import Reason
from search_service.http.routes import OPERATIONS
from search_service.metrics import METRICS, PREFIX, Metric, MetricKind
from search_service.settings.values import EngineName

DOCS = Path(__file__).parents[2] / "docs"
RULES = DOCS / "deployment" / "prometheus" / "alerts.yml"
DASHBOARD = DOCS / "deployment" / "grafana" / "dashboard.json"

# Given by Prometheus itself to whatever it scrapes, and what its buckets have.
OF_PROMETHEUS = {"job", "instance", "le"}
FOREIGN = {"up", "process_start_time_seconds"}
VALUES = {
    "entity": {entity.name for entity in ENTITIES},
    "operation": {operation.name for operation in OPERATIONS},
    "error": {error.code for error in wire_errors()},
    "state": {"idle", "busy", "building", "switching", "stopped"},
    "reason": {reason.value for reason in Reason},
    "engine": {engine.value for engine in EngineName},
    "job": {"icat-search"},
}
BY_NAME = {
    PREFIX + metric.name + suffix: metric
    for metric in METRICS
    for suffix in (("_bucket", "_sum", "_count") if metric.kind is MetricKind.HISTOGRAM else ("",))
}
_COLUMNS = 24  # of a dashboard's grid
_NAME = re.compile(r"\b(?:icat_search|process)_\w+|\bup\b")
_MATCHERS = re.compile(r"\b(\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_LEGEND = re.compile(r"\{\{(\w+)\}\}")


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def targets() -> Iterator[dict[str, Any]]:
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from panel.get("targets", ())


EXPRESSIONS = [
    *(pytest.param(rule["expr"], id=rule["alert"]) for rule in rules()),
    *(pytest.param(target["expr"], id=target["expr"][:60]) for target in targets()),
]


def named(expression: str) -> list[Metric]:
    """The metrics of ours in an expression, all of which there must be."""
    names = set(_NAME.findall(expression)) - FOREIGN
    assert names <= BY_NAME.keys()
    return [BY_NAME[name] for name in names]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_names_metrics_with_labels_that_they_have(expression: str) -> None:
    metrics = named(expression)
    for name, matchers in _MATCHERS.findall(expression):
        labels = {label for label, _ in _MATCHER.findall(matchers)}
        own = set(BY_NAME[name].labels) if name in BY_NAME else set()
        assert labels <= own | OF_PROMETHEUS
    grouped = {
        label.strip() for group in _GROUPING.findall(expression) for label in group.split(",")
    }
    assert grouped <= OF_PROMETHEUS.union(*(metric.labels for metric in metrics))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_names_values_that_a_label_can_have(expression: str) -> None:
    for _, matchers in _MATCHERS.findall(expression):
        for label, value in _MATCHER.findall(matchers):
            if label in VALUES:
                assert set(value.split("|")) <= VALUES[label]


def test_a_legend_names_labels_that_its_expression_has() -> None:
    for target in targets():
        known = OF_PROMETHEUS.union(*(metric.labels for metric in named(target["expr"])))
        assert set(_LEGEND.findall(target["legendFormat"])) <= known, target


def test_every_alert_has_a_row_that_says_the_cure() -> None:
    page = (DOCS / "operating.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r'^\| <a id="(\w+)"></a>`\w+` \| [^|]+ \| ([^|]+) \|$', page, re.M))
    wanted = {rule["annotations"]["runbook_url"].partition("#")[2] for rule in rules()}
    assert wanted == rows.keys() == {rule["alert"].lower() for rule in rules()}, (
        'docs/operating.md, "When an alert fires", has a row | <a id="name"></a>`Name` | meaning | '
        "cure | of each rule, whose runbook_url ends in that id: its name in lower case"
    )


def test_panels_of_the_dashboard_lie_side_by_side() -> None:
    """Grafana moves those that overlap, and takes one of two with the same id."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(set(ids)) == len(ids)
    covered = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(covered)) == len(covered)
    assert all(x < _COLUMNS for x, _ in covered)


def test_what_is_shown_of_a_metric_is_of_its_kind() -> None:
    """A counter that is not made a rate says nothing."""
    for expression in [rule["expr"] for rule in rules()] + [each["expr"] for each in targets()]:
        for name in _NAME.findall(expression):
            if name in BY_NAME and BY_NAME[name].kind is MetricKind.COUNTER:
                assert re.search(rf"(?:rate|increase)\({name}\b", expression), expression


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", str(RULES)], check=True)
