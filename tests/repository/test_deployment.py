"""What operators copy to run the service names what there is, and its format's tools take it."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from search_service import __version__
from search_service.http.paths import OPEN
from search_service.settings.load import load
from search_service.settings.model import Settings
from search_service.settings.values import FILE_VARIABLE, PREFIX

ROOT = Path(__file__).parents[2]
DEPLOYMENT = ROOT / "docs" / "deployment"
UNITS = sorted(
    path for path in (DEPLOYMENT / "systemd").iterdir() if path.suffix in (".service", ".timer")
)
CHART = DEPLOYMENT / "helm" / "icat-search"
TEMPLATES = sorted((CHART / "templates").iterdir())
PROBED = {*OPEN, "/icat.lucene/version"}
KUBERNETES = "1.33"
CLUSTER = {
    "engine": "opensearch",
    "opensearch_addresses": ["https://node-1:9200"],
    "shard_ids_of": {"Datafile": 1_000_000, "Dataset": 500_000},
    "search_seconds": 2.5,
}

with_helm = pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed")


def values() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return found


def templates() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)


def of_chart() -> set[str]:
    """Settings that the chart itself gives."""
    names = set(re.findall(rf"name: {PREFIX}(\w+)", templates()))
    return {name.lower() for name in names if PREFIX + name != FILE_VARIABLE}


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    return found


def rendered(tmp_path: Path, **others: object) -> list[dict[str, Any]]:
    """The objects of a release with other values."""
    file = tmp_path / "values.json"
    file.write_text(json.dumps(others))
    command = ["helm", "template", "icat-search", str(CHART), "--kube-version", KUBERNETES]
    done = subprocess.run(
        [*command, "--values", str(file)], capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise ValueError(done.stderr)
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(one for one in objects if one["kind"] == kind)


# ── systemd ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(
            text.replace("/opt/icat-search/bin/icat-search", "/bin/true")
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_says_where_it_belongs(unit: Path) -> None:
    first = unit.read_text(encoding="utf-8").partition("\n")[0]
    assert first.endswith(f"docs/deployment.md has it: /etc/systemd/system/{unit.name}")


# ── container ─────────────────────────────────────────────────────────────────────────────────────


def test_the_image_is_made_of_files_that_reach_its_build() -> None:
    text = (DEPLOYMENT / "container" / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE))
    files = {file for files in copied for file in files.split()}
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert files == {line.removeprefix("!") for line in sent if line.startswith("!")}
    assert [file for file in files if not (ROOT / file).exists()] == []


# ── Helm chart ────────────────────────────────────────────────────────────────────────────────────


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"] == __version__


def test_settings_of_the_chart_are_settings() -> None:
    assert of_chart() | set(values()["settings"]) <= set(Settings.model_fields)
    assert set(schema()["properties"]["settings"]["propertyNames"]["not"]["enum"]) == of_chart()


def test_every_value_is_used_and_every_value_that_is_used_is_there() -> None:
    used = set(re.findall(r"\.Values\.(\w+)", templates()))
    assert used == set(values())
    assert used | {"global"} == set(schema()["properties"])


def test_probes_ask_what_is_open_to_everybody() -> None:
    assert set(schema()["definitions"]["probe"]["properties"]["path"]["enum"]) == PROBED
    asked = {values()[f"{kind}Probe"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert asked <= PROBED


def test_the_schema_takes_the_values_and_refuses_others() -> None:
    validator = pytest.importorskip("jsonschema_rs").validator_for(schema())
    assert [error.message for error in validator.iter_errors(values())] == []
    refused: list[dict[str, Any]] = [{"s": {}}, {"settings": {"port": 1}}, {"replicas": "two"}]
    for wrong in refused:
        assert not validator.is_valid({**values(), **wrong})


@with_helm
def test_helm_finds_nothing_wrong_with_the_chart() -> None:
    done = subprocess.run(
        ["helm", "lint", "--strict", "--kube-version", KUBERNETES, str(CHART)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout


@with_helm
@pytest.mark.parametrize("settings", [{}, CLUSTER], ids=["as-it-comes", "in-a-cluster"])
def test_the_service_takes_the_settings_that_the_chart_writes(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    objects = rendered(tmp_path, settings=settings, replicas=2 if settings else 1)
    file = tmp_path / "search.toml"
    file.write_text(of_kind(objects, "ConfigMap")["data"]["search.toml"])
    in_force = load(file, {}, {}).settings
    given = {**values()["settings"], **settings}
    assert set(tomllib.loads(file.read_text())) == set(given)
    assert in_force.workers == given["workers"]
    if settings:
        assert dict(in_force.shard_ids_of) == CLUSTER["shard_ids_of"]


@with_helm
def test_a_pod_has_no_right_that_it_does_not_need(tmp_path: Path) -> None:
    pod = of_kind(rendered(tmp_path), "StatefulSet")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    # A Service of the name `icat-search` would be taken for settings.
    assert not pod["enableServiceLinks"]


@with_helm
def test_a_certificate_makes_probes_and_the_monitor_speak_tls(tmp_path: Path) -> None:
    settings = {"tls_certificate": "/run/secrets/icat-search/tls/tls.crt"}
    monitor = {"enabled": True}
    objects = rendered(tmp_path, settings=settings, serviceMonitor=monitor, secrets=["tls"])
    (container,) = of_kind(objects, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    for kind in ("startup", "liveness", "readiness"):
        assert container[f"{kind}Probe"]["httpGet"]["scheme"] == "HTTPS"
    assert of_kind(objects, "ServiceMonitor")["spec"]["endpoints"][0]["scheme"] == "https"
    assert "/run/secrets/icat-search/tls" in [one["mountPath"] for one in container["volumeMounts"]]


@with_helm
@pytest.mark.parametrize("wrong", [{"replicas": 2}, {"persistence": {"enabled": False}}])
def test_a_data_directory_has_one_service_and_outlives_it(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="opensearch"):
        rendered(tmp_path, **wrong)
