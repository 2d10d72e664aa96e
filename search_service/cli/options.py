"""The options that several commands share, and the values that they give.

An option is stronger than the setting of the same name.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import click

from search_service.masking import masked
from search_service.settings.load import EffectiveSettings, load
from search_service.settings.model import Settings

if TYPE_CHECKING:
    from search_service.catalogue.origin import Origin
    from search_service.sources.open import SourceAt

F = TypeVar("F", bound=Callable[..., Any])


class Option(Protocol):
    """Adds one option to a command."""

    def __call__(self, command: F, /) -> F:
        """The command with the option."""
        ...


def _with(command: F, *options: Option) -> F:
    """The command with options, in the order in which its help lists them."""
    for option in reversed(options):
        command = option(command)
    return command


# ── the settings ─────────────────────────────────────────────────────────────────────────────────

_CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings file (TOML).  [environment: ICAT_SEARCH_CONFIG]",
)
_DATA = click.option("--data", metavar="DIR", help="Data directory.")
_HOST = click.option("--host", metavar="ADDRESS", help="Address to listen on.")
_PORT = click.option("--port", metavar="NUMBER", help="Port to listen on.")
_SET = click.option(
    "--set",
    "others",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting; may be given several times.",
)


def with_settings(command: F) -> F:
    """The options that a command takes its settings from."""
    return _with(command, _CONFIG, _DATA, _HOST, _PORT, _SET)


def with_data(command: F) -> F:
    """Those of them that a command of the data directory takes."""
    return _with(command, _CONFIG, _DATA, _SET)


def effective_settings(
    file: Path | None, others: tuple[str, ...], **named: str | None
) -> EffectiveSettings:
    """The settings in force; ends the command when one is wrong."""
    options: dict[str, object] = {}
    for other in others:
        name, sign, value = other.partition("=")
        if not sign:
            raise click.UsageError(f"--set {other}: should be NAME=VALUE")
        options[name.strip()] = value.strip()
    options.update({name: value for name, value in named.items() if value is not None})
    return load(file, os.environ, options)


def refuse_both(*, resume: bool, cancel: bool) -> None:
    """Raises UsageError where a build is to go on and to be given up."""
    if resume and cancel:
        raise click.UsageError("--resume and --cancel exclude each other")


json_option: Option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

# ── the service ──────────────────────────────────────────────────────────────────────────────────


def service_option(help_: str, *, first: str = "--service", name: str = "service") -> Option:
    """The address of a service; ``first``: the spelling that the help begins with."""
    second = "--url" if first == "--service" else "--service"
    return click.option(first, second, name, callback=_service_url, metavar="URL", help=help_)


def address_option(name: str, help_: str) -> Option:
    """The address of a service that has to be given."""
    return click.option(name, callback=_service_url, metavar="URL", required=True, help=help_)


def _service_url(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """The address of a service as it was written, for an option. Raises BadParameter."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise click.BadParameter(
            f"{masked(value)} is no address of a service; it should be as http://host:8080"
        )
    return value


# ── the source ───────────────────────────────────────────────────────────────────────────────────

_SOURCE = click.option(
    "--source",
    metavar="URL",
    help="Database of the catalogue, file of documents, or index:DIR, another data directory. A "
    "password in it can be read in the list of processes; better is a password file.  "
    "[default: the setting source]",
)
_ZONE = click.option(
    "--zone", help="Time zone of the database.  [default: the setting source_zone, UTC]"
)
_PASSWORD_FILE = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Holds its password.  [default: the setting source_password_file]",
)
_ENTITIES = click.option("--entities", metavar="A,B", help="Only these.")


def with_source(command: F) -> F:
    """The options of a command that reads the catalogue."""
    return _with(command, _SOURCE, _ZONE, _PASSWORD_FILE)


def with_comparison(command: F) -> F:
    """The options of a command that compares an index with the catalogue."""
    service = service_option("A service, over HTTP.")
    return _with(command, _SOURCE, _ZONE, _PASSWORD_FILE, _ENTITIES, service)


def source_of(
    settings: Settings, source: str | None, zone: str | None, password_file: Path | None
) -> "SourceAt":
    """Where documents are read from, by options, otherwise by settings. Raises UsageError."""
    from search_service.sources.open import SourceAt

    url = source or settings.source
    if not url:
        raise click.UsageError(
            "--source, or the setting source, says where the documents are read from"
        )
    named = settings.source_password_file
    file = password_file or (Path(named) if named else None)
    return SourceAt(url, zone or settings.source_zone, file)


def origin_of_source(settings: Settings, source: "SourceAt") -> "Origin":
    """What is recorded of a source with the index, as far as settings and options say it."""
    from search_service.catalogue.lookup import find_entity
    from search_service.catalogue.origin import Origin

    left_out = {entity.name for entity in map(find_entity, settings.reindex_leave_out) if entity}
    zone = source.zone if source.is_database else ""
    return Origin(source.address, zone=zone, left_out=tuple(sorted(left_out)))


def entities_named(named: str | None, settings: Settings) -> tuple[str, ...]:
    """The entities to be built. Raises BadParameter."""
    from search_service.catalogue.entities import ENTITIES
    from search_service.catalogue.lookup import find_entity

    if named is None:
        names = (entity.name for entity in ENTITIES)
        return tuple(name for name in names if name not in settings.reindex_leave_out)
    wanted = []
    for name in named.split(","):
        found = find_entity(name.strip())
        if found is None:
            raise click.BadParameter(f"there is no indexed entity {name}", param_hint="--entities")
        wanted.append(found.name)
    return tuple(dict.fromkeys(wanted))
