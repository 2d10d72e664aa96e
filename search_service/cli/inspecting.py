"""The commands that look and change nothing: config, status, verify, version."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from search_service import __version__
from search_service.cli.exits import Command, Comparison
from search_service.cli.options import (
    effective_settings,
    json_option,
    service_option,
    with_data,
    with_settings,
)
from search_service.cli.targets import service_at
from search_service.settings.load import EffectiveSettings

if TYPE_CHECKING:
    from search_service.runtime.verifying import Verified


@click.command(
    cls=Command,
    examples="""
    # What is in force, and where each value comes from.
    icat-search config --config search.toml
    # Only what is not as by default.
    icat-search config --config search.toml --set workers=4 | grep -v '# default'
    """,
)
@with_settings
def config(**options: Any) -> None:
    """Print the settings in force, and where they came from.

    What is printed is a settings file that would give the same.
    """
    click.echo(effective_settings(**options).as_toml(), nl=False)


@click.command(
    cls=Command,
    examples="""
    # Of the service of the data directory in the settings.
    icat-search status
    # Of a service elsewhere.
    icat-search status --url http://search.example.org:8080
    # For a script: the entities that are being populated.
    icat-search status --json | jq .locked
    """,
)
@service_option("Address of a service, over HTTP.", first="--url", name="url")
@json_option
@with_settings
def status(url: str | None, as_json: bool, **options: Any) -> None:
    """Tell what the service holds and does.

    Asks the service that has the data directory open, whatever its address is; when none has, reads
    the directory. With --url, or with --host or --port and no --data, asks whoever answers there.
    Populations that were interrupted are named.
    """
    from search_service.app import engine_by
    from search_service.client.connection import client_of
    from search_service.client.operations import Service
    from search_service.http.health import readable
    from search_service.runtime.state import state_of_closed

    found: Mapping[str, Any]
    in_force = effective_settings(**options)
    settings = in_force.settings
    with ExitStack() as stack:
        url = url or _named_address(in_force)
        if url is not None:
            found = Service(stack.enter_context(service_at(in_force, url))).status()
        elif (client := stack.enter_context(client_of(settings.data))) is not None:
            found = Service(client).status()
        else:
            engine = engine_by(settings)
            found = readable(state_of_closed(engine))
            who = "data directory" if engine.shared is None else "cluster"
            click.echo(f"no service answers; this is what the {who} says", err=as_json)
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """A status as lines for a person."""
    for name, value in found.items():
        match value:
            case dict() if value:
                yield f"{indent}{name}:"
                yield from _lines(value, indent + "  ")
            case dict() | list() | tuple() | None if not value:
                yield f"{indent}{name}: none"
            case list() | tuple():
                yield f"{indent}{name}: {', '.join(map(str, value))}"
            case int() if not isinstance(value, bool):
                yield f"{indent}{name}: {value:,}"
            case _:
                yield f"{indent}{name}: {value}"


def _named_address(in_force: EffectiveSettings) -> str | None:
    """The address that the options name, if they name no data directory."""
    from search_service.client.connection import url_of

    named = {name for name, source in in_force.sources.items() if source == "command line"}
    if "data" in named or not named & {"host", "port"}:
        return None
    settings = in_force.settings
    return url_of(settings.host, settings.port, tls=bool(settings.tls_certificate))


@click.command(
    cls=Comparison,
    examples="""
    # After a crash of the machine, or once a month.
    icat-search verify --config search.toml
    # For a script, of a data directory that no service has open.
    icat-search verify --data /restored/icat-search --json | jq .damaged
    """,
)
@json_option
@with_data
def verify(as_json: bool, **options: Any) -> None:
    """Compare the files of the data directory with their checksums.

    Reads all of what is searched, what is kept of older generations, and what is beside them; a
    service may run. Names each file that is damaged, and what helps. Exit status: 0 sound, 1
    damaged, 2 it could not be looked at.
    """
    from search_service.app import engine_by
    from search_service.runtime import verifying

    settings = effective_settings(**options).settings
    found = verifying.verified(engine_by(settings))
    if as_json:
        click.echo(json.dumps(asdict(found), default=str))
    else:
        for one in found.damaged:
            click.echo(f"{one.path} {one.what}\n  what helps: {one.cure}")
        click.echo(f"{found.files:,} files, {found.size / 1e6:,.1f} MB: {_soundness(found)}")
    if found.damaged:
        sys.exit(1)


def _soundness(found: "Verified") -> str:
    entities = sorted({one.entity for one in found.damaged if one.entity})
    if not found.damaged:
        return "sound"
    return f"{len(found.damaged)} damaged ({', '.join(entities) or 'no shard'})"


@click.command(
    cls=Command,
    examples="""
    # As the service says it in its status.
    icat-search version
    """,
)
def version() -> None:
    """Print the version."""
    click.echo(__version__)
