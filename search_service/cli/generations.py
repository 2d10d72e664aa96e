"""The commands for the generations of an index: list them, drop old ones, go back to one."""

import json
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from search_service.cli.exits import Command, confirm
from search_service.cli.options import effective_settings, json_option, with_data
from search_service.cli.targets import data_directory_host
from search_service.settings.values import EngineName


@click.command(
    cls=Command,
    examples="""
    # What is kept, and how much of the disk it takes.
    icat-search generations
    # Give back the room of those that are not searched.
    icat-search generations --drop-old
    """,
)
@click.option("--drop-old", is_flag=True, help="Remove those that are kept, but not searched.")
@json_option
@with_data
def generations(drop_old: bool, as_json: bool, **options: Any) -> None:
    """List the generations of the index: number, made when, documents, size, and what they are."""
    from search_service.app import engine_by

    settings = effective_settings(**options).settings
    found = engine_by(settings).generations
    found.current()  # raises DirectoryRefused when there is none
    if drop_old:
        with data_directory_host(settings, "generations --drop-old") as host:
            dropped = host.drop_old()
        click.echo(f"dropped: {', '.join(map(str, dropped)) or 'none'}", err=as_json)
    listed = found.listed()
    if as_json:
        click.echo(json.dumps({"generations": [asdict(one) for one in listed]}))
        return
    for one in listed:
        made = datetime.fromtimestamp(one.made, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        click.echo(
            f"{one.number}  {made}  {one.documents:,} documents  {one.size / 1e6:,.1f} MB  "
            f"{one.state}"
        )
    if settings.engine is EngineName.EMBEDDED:
        kept = sum(one.own for one in listed if one.state == "kept")
        free = shutil.disk_usage(settings.data).free
        click.echo(f"disk: {free / 1e6:,.1f} MB are free, --drop-old frees {kept / 1e6:,.1f} MB")


@click.command(
    cls=Command,
    examples="""
    # To the generation before.
    icat-search rollback
    # To one that `icat-search generations` lists, without a question.
    icat-search rollback --to 7 --yes
    """,
)
@click.option("--to", "number", type=int, metavar="NUMBER", help="Instead of the one before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_data
def rollback(number: int | None, yes: bool, **options: Any) -> None:
    """Search an older generation again: it holds what it held when it was replaced.

    Changes that came since then are not in it. The one that is searched now is kept, so that one
    can go forward again by --to.
    """
    settings = effective_settings(**options).settings
    click.echo("Changes that came since the older generation was replaced are not in it.", err=True)
    if not yes:
        confirm("Search it?")
    with data_directory_host(settings, "rollback") as host:
        found = host.roll_back(number)
    click.echo(f"generation {found} is searched now")
