"""Reads the settings from four places, each stronger than the one before.

The default, the TOML file, the environment (``ICAT_SEARCH_PORT``), the command line. A complaint
names the place that a wrong value came from.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from search_service.masking import masked
from search_service.settings.model import Settings
from search_service.settings.values import (
    CLUSTER_PASSWORD_VARIABLE,
    FILE_VARIABLE,
    PASSWORD_VARIABLE,
    PREFIX,
    TOKEN_VARIABLE,
    EngineName,
    TokenFor,
)

_NO_SETTINGS = (FILE_VARIABLE, PASSWORD_VARIABLE, CLUSTER_PASSWORD_VARIABLE, TOKEN_VARIABLE)


class SettingsRefused(Exception):
    """One or more settings are wrong: each with its source, its value and what would be right."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


@dataclass(frozen=True)
class EffectiveSettings:
    """The settings, and by the name of each the place that its value came from."""

    settings: Settings
    sources: Mapping[str, str]

    def as_toml(self) -> str:
        """A file that would give the same settings, each line with its source."""
        # Tables come last: whoever writes one out as a section would take in what follows.
        names = sorted(
            Settings.model_fields, key=lambda name: isinstance(getattr(self.settings, name), dict)
        )
        lines = [
            f"{name} = {self.settings.as_text(name)}  # {self.sources[name]}" for name in names
        ]
        return "\n".join(lines) + "\n"

    @property
    def without_effect(self) -> list[str]:
        """Settings that were given, and mean nothing with the engine that is in force."""
        return [
            name
            for name, field in Settings.model_fields.items()
            if self.sources[name] != "default"
            and isinstance(extra := field.json_schema_extra, dict)
            and extra["engine"] not in (None, self.settings.engine)
        ]


def load(
    file: Path | None, environment: Mapping[str, str], options: Mapping[str, object]
) -> EffectiveSettings:
    """The settings in force, from the file, the ``environment`` and the ``options``.

    ``options``: those of the command line, by the name of the setting. ``file`` may be named by
    the environment instead. Raises SettingsRefused with every complaint at once.
    """
    if file is None and environment.get(FILE_VARIABLE):
        file = Path(environment[FILE_VARIABLE])
    values: dict[str, object] = {}
    sources = dict.fromkeys(Settings.model_fields, "default")
    complaints: list[str] = []
    for given, source in (
        (_from_file(file), f"file {file}"),
        (_from_environment(environment), "environment"),
        (options, "command line"),
    ):
        for name, value in given.items():
            if name not in Settings.model_fields:
                complaints.append(_unknown(name, source))
                continue
            values[name] = value
            sources[name] = source
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        complaints += [_complaint(found, values, sources) for found in error.errors()]
        settings = Settings.model_construct()
    else:
        complaints += [*_of_engine(settings, sources), *_of_access(settings, sources)]
    if complaints:
        raise SettingsRefused(complaints)
    return EffectiveSettings(settings, sources)


def _of_engine(settings: Settings, sources: Mapping[str, str]) -> list[str]:
    """What is wrong of the engine and its addresses, which mean something together only."""
    has_addresses = bool(settings.opensearch_addresses)
    match settings.engine:
        case EngineName.OPENSEARCH if not has_addresses:
            source = sources["engine"]
            name = _spelled("opensearch_addresses", source)
            return [
                f"{_spelled('engine', source)} = 'opensearch' ({source}): {name} should say where "
                "the cluster is"
            ]
        case EngineName.EMBEDDED if has_addresses:
            source = sources["opensearch_addresses"]
            return [
                f"{_spelled('opensearch_addresses', source)} ({source}): means nothing unless "
                f"{_spelled('engine', source)} is opensearch"
            ]
        case _:
            return []


def _of_access(settings: Settings, sources: Mapping[str, str]) -> Iterator[str]:
    """What would let nobody in, or more than is meant."""
    files = {
        TokenFor.FRONT_ENDS: "read_token_files",
        TokenFor.READ: "read_token_files",
        TokenFor.CHANGE: "change_token_files",
        TokenFor.OPERATE: "operator_token_files",
    }
    networks = {
        TokenFor.FRONT_ENDS: ("front_end_addresses", "allowed_addresses"),
        TokenFor.READ: ("allowed_addresses",),
        TokenFor.CHANGE: ("allowed_addresses",),
        TokenFor.OPERATE: ("operator_addresses",),
    }
    source = sources["require_token"]
    for needed in settings.require_token:
        if not any(getattr(settings, name) for name in networks[needed]):
            names = " or ".join(_spelled(name, source) for name in networks[needed])
            yield (
                f"{_spelled('require_token', source)} = {needed.value!r} ({source}): "
                f"{names} should list who may call with a token; it is empty, so nobody could"
            )
        if not getattr(settings, files[needed]):
            yield (
                f"{_spelled('require_token', source)} = {needed.value!r} ({source}): "
                f"{_spelled(files[needed], source)} should name a file of tokens"
            )
    for name in ("tls_key", "tls_client_authorities"):
        if getattr(settings, name) and not settings.tls_certificate:
            source = sources[name]
            yield (
                f"{_spelled(name, source)} ({source}): means nothing without "
                f"{_spelled('tls_certificate', source)}"
            )


def _from_file(file: Path | None) -> Mapping[str, object]:
    if file is None:
        return {}
    try:
        # Editors of Windows begin a file with a mark.
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsRefused([f"the settings file {file} cannot be read: {why}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsRefused([f"the settings file {file} is not UTF-8: {error}"]) from error
    except RecursionError as error:
        raise SettingsRefused([f"the settings file {file} is nested too deeply"]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused([f"the settings file {file} is not valid TOML: {error}"]) from error


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, object]:
    return {
        variable.removeprefix(PREFIX).lower(): value
        for variable, value in environment.items()
        if variable.startswith(PREFIX) and variable not in _NO_SETTINGS
    }


def _spelled(name: str, source: str) -> str:
    """The name as it was written at its source."""
    return f"{PREFIX}{name.upper()}" if source == "environment" else name


def _unknown(name: str, source: str) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"; did you mean {_spelled(close[0], source)}?" if close else ""
    return f"{_spelled(name, source)} ({source}): there is no such setting{hint}"


def _complaint(error: Any, values: Mapping[str, object], sources: Mapping[str, str]) -> str:
    name = str(error["loc"][0])
    source = sources[name]
    right = str(error["msg"]).removeprefix("Value error, ")
    right = right[:1].lower() + right[1:]
    return f"{_spelled(name, source)} = {_shown(values.get(name))!r} ({source}): {right}"


def _shown(value: object) -> object:
    """A value without passwords."""
    match value:
        case str():
            return masked(value)
        case list():
            return [_shown(one) for one in value]
        case _:
            return value
