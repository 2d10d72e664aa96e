"""Requests are traced where OpenTelemetry's variables name an exporter; what is wrong is told."""

import logging
from collections.abc import Mapping

import pytest

from search_service.http.tracing.opening import NotTraced, exporters_by, tracing_by

HERE = "http://127.0.0.1:4318"
ENDPOINT, PROTOCOL = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"
EXPORTER = "OTEL_TRACES_EXPORTER"
HTTP, GRPC = "otlp_proto_http", "otlp_proto_grpc"


@pytest.mark.parametrize(
    ("environ", "exporters"),
    [
        pytest.param({}, (), id="nothing-is-set"),
        pytest.param({"OTEL_SERVICE_NAME": "search"}, (), id="a-name-alone"),
        pytest.param({ENDPOINT: HERE}, (HTTP,), id="a-collector"),
        pytest.param({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": HERE}, (HTTP,), id="of-traces"),
        pytest.param({ENDPOINT: " "}, (), id="an-empty-value-is-none"),
        pytest.param({EXPORTER: "otlp"}, (HTTP,), id="a-collector-on-this-machine"),
        pytest.param({EXPORTER: "none", ENDPOINT: HERE}, (), id="none"),
        pytest.param({EXPORTER: "console"}, ("console",), id="another-exporter"),
        pytest.param({EXPORTER: "otlp, console"}, (HTTP, "console"), id="two"),
        pytest.param({"OTEL_SDK_DISABLED": "True", ENDPOINT: HERE}, (), id="disabled"),
        pytest.param({ENDPOINT: HERE, PROTOCOL: "http/protobuf"}, (HTTP,), id="a-protocol"),
        pytest.param({ENDPOINT: "collector:4317", PROTOCOL: "grpc"}, (GRPC,), id="grpc"),
        pytest.param(
            {
                ENDPOINT: HERE,
                PROTOCOL: "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            },
            (HTTP,),
            id="the-protocol-of-traces-is-stronger",
        ),
    ],
)
def test_exporters_are_named_by_variables(
    environ: Mapping[str, str], exporters: tuple[str, ...]
) -> None:
    assert exporters_by(environ) == exporters


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({ENDPOINT: HERE, PROTOCOL: "http/json"}, "it should be one of http/protobuf, grpc"),
        ({ENDPOINT: "me:secret@collector:4318"}, "it should begin with http:// or https://"),
    ],
)
def test_a_wrong_variable_is_named(environ: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(NotTraced, match=sentence) as refused:
        exporters_by(environ)
    assert "OTEL_EXPORTER_OTLP_" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({ENDPOINT: HERE, PROTOCOL: "grpc"}, "pip install opentelemetry-exporter-otlp-proto-grpc"),
        ({EXPORTER: "jaeger"}, "has the exporter 'jaeger'"),
    ],
)
def test_what_is_not_installed_is_told_once_and_nothing_is_traced(
    environ: Mapping[str, str], sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    with tracing_by(environ) as tracing:
        assert tracing is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert sentence in vars(record)["why"]


def test_a_value_that_the_sdk_refuses_is_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "0")
    with tracing_by({EXPORTER: "console"}) as tracing:
        assert tracing is None
    (record,) = caplog.records
    assert "max_queue_size must be a positive integer" in vars(record)["why"]


def test_what_the_sdk_remarks_of_its_variables_is_a_line_without_a_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "soon")
    with tracing_by({EXPORTER: "console"}) as tracing:
        assert tracing is not None
    problem = next(one for one in caplog.records if one.getMessage() == "a problem of tracing")
    assert "OTEL_BSP_SCHEDULE_DELAY" in vars(problem)["why"]
    assert problem.exc_info is None
    assert problem.levelno == logging.WARNING


def test_where_spans_go_is_told_without_a_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with tracing_by({ENDPOINT: "http://me:secret@127.0.0.1:4318"}) as tracing:
        assert tracing is not None
    (record,) = caplog.records
    assert vars(record)["endpoint"] == "http://me:***@127.0.0.1:4318"
