"""The command that builds the index of this release beside a service of the one before."""

import sys
from pathlib import Path
from typing import Any

import click

from search_service.cli.exits import Command, stopped_by_sigterm
from search_service.cli.options import (
    effective_settings,
    entities_named,
    origin_of_source,
    refuse_both,
    source_of,
    with_data,
    with_source,
)
from search_service.cli.reindex import wanted_by
from search_service.errors import CannotReindex
from search_service.settings.values import LogFormat

_STOPPED = "Stopped; what is built is kept: go on by --resume, or give it up by --cancel"


@click.command(
    cls=Command,
    examples="""
    # By the new release, while the old one serves.
    icat-search upgrade --config search.toml
    # Go on after it was stopped.
    icat-search upgrade --config search.toml --resume
    """,
)
@with_source
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Worker processes.")
@click.option("--resume", is_flag=True, help="Go on with an upgrade that was stopped.")
@click.option("--cancel", is_flag=True, help="Give up an upgrade that was begun.")
@with_data
def upgrade(
    source: str | None,
    zone: str | None,
    password_file: Path | None,
    workers: int | None,
    resume: bool,
    cancel: bool,
    **options: Any,
) -> None:
    """Build the index that this release needs, while a service of the release before goes on.

    For a release, or settings, whose service refuses the data directory. Run it by the new release,
    with the new settings, as the user of the service; then end the old service and start the new
    one. That searches what was built, with all changes that the old one took meanwhile. What was
    searched before is kept: the old release goes back to it by `icat-search rollback`.
    """
    from search_service import logs
    from search_service.app import engine_by
    from search_service.cli.ownership import refuse_other_user
    from search_service.reindex import run, show
    from search_service.runtime import upgrading

    refuse_both(resume=resume, cancel=cancel)
    settings = effective_settings(**options).settings
    as_json = settings.log_format is LogFormat.JSON
    logs.configure(as_json=as_json, quiet=sys.stderr.isatty())
    engine = engine_by(settings)
    if engine.shared is not None:
        raise CannotReindex(upgrading.OF_CLUSTER)
    refuse_other_user(settings.data, "upgrade")
    host = upgrading.Upgrade(engine)
    if cancel:
        host.cancel()
        click.echo("the upgrade was given up")
        return
    if not upgrading.is_needed(engine):
        click.echo("nothing to build: what is searched is what this release needs, so start it")
        return
    open_source = source_of(settings, source, zone, password_file)
    wanted = wanted_by(
        settings,
        entities=entities_named(None, settings),
        resume=resume,
        origin=origin_of_source(settings, open_source),
        **({"workers": workers} if workers else {}),
    )
    with stopped_by_sigterm(CannotReindex(_STOPPED)):
        report = run.reindex(host, engine, open_source, wanted, show.show_on(sys.stderr))
    click.echo(show.summary(report, is_searched=False))
    click.echo(
        f"generation {report.generation} is ready: end the service of the release before, and "
        "start that of this one"
    )
