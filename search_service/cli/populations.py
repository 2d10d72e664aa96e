"""The commands that end a population whose caller is gone: unlock keeps it, abandon does not."""

from typing import Any

import click

from search_service.cli.exits import Command
from search_service.cli.options import (
    effective_settings,
    service_option,
    with_data,
)
from search_service.cli.targets import service_at

_SERVICE = service_option("A service, over HTTP.  [default: that of the data directory]")


@click.command(
    cls=Command,
    examples="""
    # All was sent, and the unlock of its caller was not.
    icat-search unlock Datafile
    """,
)
@click.argument("entity")
@_SERVICE
@with_data
def unlock(entity: str, service: str | None, **options: Any) -> None:
    """End the population of an entity, and search what was added.

    Only when it is complete: what was removed by its lock and not added again is gone.
    `icat-search status` names the entities that are locked.
    """
    name = _end(entity, service, options, keep=True)
    click.echo(f"{name} is searched as it was populated")


@click.command(
    cls=Command,
    examples="""
    # The catalogue was stopped while it populated.
    icat-search abandon Datafile
    # Of a service elsewhere.
    icat-search abandon Datafile --service http://search.example.org:8080
    """,
)
@click.argument("entity")
@_SERVICE
@with_data
def abandon(entity: str, service: str | None, **options: Any) -> None:
    """End the population of an entity, and leave it as it was before.

    For a catalogue that broke off while it populated: it can begin again then.
    """
    name = _end(entity, service, options, keep=False)
    click.echo(f"{name} is as it was before its population")


def _end(entity: str, url: str | None, options: dict[str, Any], *, keep: bool) -> str:
    from search_service.catalogue.lookup import find_entity
    from search_service.client.operations import Service

    found = find_entity(entity)
    if found is None:
        raise click.BadParameter(f"there is no indexed entity {entity}", param_hint="ENTITY")
    in_force, name = effective_settings(**options), found.name
    with service_at(in_force, url) as client:
        service = Service(client)
        if keep:
            service.unlock(name)
        else:
            service.abandon(name)
    return name
