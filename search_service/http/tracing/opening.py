"""Whether requests are traced: what OpenTelemetry's variables of the environment say.

The packages are imported only where these name an exporter. Whatever is wrong with them, the
service serves, and says once why it traces nothing. Not here: the variables that the SDK reads.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from search_service.http.tracing.problems import problems_logged
from search_service.masking import masked

if TYPE_CHECKING:
    from search_service.http.tracing.exporting import SpanTracing

log = logging.getLogger(__name__)

_DISABLED, _EXPORTERS = "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OTLP, _HTTP, _GRPC = "otlp", "otlp_proto_http", "otlp_proto_grpc"
_BY_PROTOCOL = {"http/protobuf": _HTTP, "grpc": _GRPC}


class NotTraced(Exception):
    """Requests should be traced and cannot be; the message says why, and what to do."""


@contextmanager
def tracing_by(environ: Mapping[str, str]) -> Iterator["SpanTracing | None"]:
    """What traces requests while the block runs; None: they are not traced.

    At the end of the block the spans that wait are sent, as far as that takes no more than seconds.
    """
    with problems_logged():
        try:
            tracing = _open(environ)
        except NotTraced as error:
            log.warning("requests are not traced", extra={"why": str(error)})
            tracing = None
        try:
            yield tracing
        finally:
            if tracing is not None:
                tracing.close()


def exporters_by(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The exporters, as packages of OpenTelemetry call them; none where nothing is exported.

    Unlike in OpenTelemetry's specification there is none by default: who sets nothing, or a name
    for all services of a machine, has not asked for a collector on it. Raises NotTraced.
    """
    if environ.get(_DISABLED, "").strip().lower() == "true":
        return ()
    named = environ.get(_EXPORTERS, "")
    if not named.strip() and _first(environ, _ENDPOINTS) is not None:
        named = _OTLP
    names = [name.strip() for name in named.split(",") if name.strip() not in ("", "none")]
    exporters = [_of_protocol(environ) if name == _OTLP else name for name in names]
    if _HTTP in exporters:
        _check_endpoint(environ)
    return tuple(exporters)


def _open(environ: Mapping[str, str]) -> "SpanTracing | None":
    exporters = exporters_by(environ)
    if not exporters:
        return None
    try:
        from search_service.http.tracing.exporting import SpanTracing, span_exporter

        found = [(name, span_exporter(name)) for name in exporters]
        if missing := [name for name, exporter in found if exporter is None]:
            raise NotTraced(_missing(missing[0]))
        tracing = SpanTracing([exporter for _, exporter in found if exporter is not None])
    except ModuleNotFoundError as error:
        raise NotTraced(
            f"The package {error.name} is not installed: pip install 'icat-search-service[otel]'"
        ) from error
    except (ValueError, RuntimeError, ImportError, OSError) as error:
        raise NotTraced(f"OpenTelemetry does not take its variables: {error}") from error
    endpoint = _first(environ, _ENDPOINTS)
    to = {} if endpoint is None else {"endpoint": masked(endpoint[1])}
    log.info("requests are traced", extra={"exporter": ",".join(exporters), **to})
    return tracing


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str] | None:
    """The first of the variables that is set, and its value: an empty one is not."""
    values = ((name, environ.get(name, "").strip()) for name in names)
    return next(((name, value) for name, value in values if value), None)


def _of_protocol(environ: Mapping[str, str]) -> str:
    name, protocol = _first(environ, _PROTOCOLS) or ("", "http/protobuf")
    if protocol not in _BY_PROTOCOL:
        raise NotTraced(f"{name} is '{protocol}'; it should be one of {', '.join(_BY_PROTOCOL)}")
    return _BY_PROTOCOL[protocol]


def _check_endpoint(environ: Mapping[str, str]) -> None:
    name, endpoint = _first(environ, _ENDPOINTS) or ("", "http://")
    if not endpoint.lower().startswith(("http://", "https://")):
        raise NotTraced(
            f"{name} is '{masked(endpoint)}'; it should begin with http:// or https://, as "
            "http://collector.example.org:4318"
        )


def _missing(exporter: str) -> str:
    if exporter == _GRPC:
        return (
            "The protocol grpc needs a package that is not installed: pip install "
            "opentelemetry-exporter-otlp-proto-grpc; or use http/protobuf, mostly at port 4318"
        )
    return (
        f"No package that is installed has the exporter '{exporter}', which {_EXPORTERS} names: "
        "it should be otlp, console or none"
    )
