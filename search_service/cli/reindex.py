"""The command that builds the index anew, here or in a service elsewhere."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search_service.cli.exits import Command, stopped_by_sigterm
from search_service.cli.options import (
    effective_settings,
    entities_named,
    origin_of_source,
    refuse_both,
    service_option,
    source_of,
    with_data,
    with_source,
)
from search_service.cli.targets import data_directory_host, service_at, service_token
from search_service.errors import CannotReindex
from search_service.processors import processors
from search_service.settings.model import Settings
from search_service.settings.values import LogFormat

if TYPE_CHECKING:
    from search_service.reindex.run import ReindexOptions
    from search_service.sources.open import SourceAt


@click.command(
    cls=Command,
    examples=r"""
    # All of it, from the database.
    icat-search reindex --source mysql://icat@db.example.org/icat \
        --zone Europe/Berlin --password-file /etc/icat-search/db
    # With the source of the settings, only the newest datafiles.
    icat-search reindex --config search.toml --entities Datafile --min-id 5000000
    # Go on after it was stopped.
    icat-search reindex --config search.toml --resume
    """,
)
@with_source
@service_option("Fill a service elsewhere instead, over HTTP.")
@click.option("--entities", metavar="A,B", help="Only these; the others are taken over.")
@click.option("--min-id", type=int, metavar="ID", help="From this id on.")
@click.option("--max-id", type=int, metavar="ID", help="Up to this id, included.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Worker processes.")
@click.option("--resume", is_flag=True, help="Go on with a re-index that was stopped.")
@click.option("--cancel", is_flag=True, help="Give up a re-index that was stopped.")
@with_data
def reindex(
    source: str | None,
    service: str | None,
    zone: str | None,
    password_file: Path | None,
    entities: str | None,
    min_id: int | None,
    max_id: int | None,
    workers: int | None,
    resume: bool,
    cancel: bool,
    **options: Any,
) -> None:
    """Build the index anew beside the current one, then search the new one.

    A service that runs on the data directory goes on answering and taking changes. With ids, the
    shards that hold them are built and the others are taken over. What was searched before is
    kept: see `icat-search generations`.
    """
    from search_service import logs
    from search_service.engines.id_ranges import IdRange
    from search_service.reindex import remote

    refuse_both(resume=resume, cancel=cancel)
    in_force = effective_settings(**options)
    settings = in_force.settings
    as_json = settings.log_format is LogFormat.JSON
    logs.configure(as_json=as_json, quiet=sys.stderr.isatty())
    if service is not None:
        with service_at(in_force, service):
            pass  # it answers, and is the one that is meant
    if cancel and service is not None:
        given_up = remote.cancel(
            service, entities_named(entities, settings), service_token(settings)
        )
        click.echo(f"given up: {', '.join(given_up) or 'nothing, as nothing is locked'}")
        return
    if cancel:
        with data_directory_host(settings, "reindex --cancel") as host:
            host.cancel()
        click.echo("the re-index was given up")
        return
    if min_id is not None and max_id is not None and min_id > max_id:
        raise click.UsageError(f"--min-id {min_id} is above --max-id {max_id}: there are none")
    if service is not None and resume:
        raise click.UsageError("--resume goes on in a data directory, not elsewhere")
    open_source = source_of(settings, source, zone, password_file)
    wanted = wanted_by(
        settings,
        entities=entities_named(entities, settings),
        ids=IdRange(min_id, None if max_id is None else max_id + 1),
        resume=resume,
        origin=origin_of_source(settings, open_source),
        named=entities is not None,
        **({"workers": workers} if workers else {}),
    )
    with stopped_by_sigterm():
        if service is None:
            build(settings, open_source, wanted)
        else:
            _fill(service, settings, open_source, wanted)


def _fill(
    service: str, settings: Settings, open_source: "SourceAt", wanted: "ReindexOptions"
) -> None:
    """Fill a service elsewhere, and print a summary."""
    from search_service.reindex import remote, show

    try:
        showing = show.show_on(sys.stderr)
        token = service_token(settings)
        filled = remote.fill(service, settings.units, open_source, wanted, showing, token)
    except KeyboardInterrupt as error:
        raise CannotReindex(
            "Stopped; entities that were done are as they should be, the others as they were: "
            "begin again, with --entities for those"
        ) from error
    click.echo(show.summary_of_filling(*filled))


def wanted_by(settings: Settings, **named: Any) -> "ReindexOptions":
    """What a re-index builds by these settings, but for what is named."""
    from search_service.app import document_limits
    from search_service.reindex.run import ReindexOptions

    by_settings = {
        "entities": entities_named(None, settings),
        "workers": settings.reindex_workers or processors(),
        "width": settings.shard_ids,
        "widths": dict(settings.shard_ids_of),
        "memory": settings.writer_memory << 20,
        "commit_seconds": settings.reindex_commit_seconds,
        "json_logs": settings.log_format is LogFormat.JSON,
        "limits": document_limits(settings),
    }
    return ReindexOptions(**{**by_settings, **named})


def build(settings: Settings, open_source: "SourceAt", wanted: "ReindexOptions") -> None:
    """Build the next generation, have it searched, and print a summary."""
    from search_service.app import engine_by
    from search_service.reindex import run, show

    showing = show.show_on(sys.stderr)
    try:
        with data_directory_host(settings, "reindex", create=not wanted.resume) as host:
            report = run.reindex(host, engine_by(settings), open_source, wanted, showing)
    except KeyboardInterrupt as error:
        raise CannotReindex(
            "Stopped; what is built is kept: go on by --resume, or give it up by --cancel"
        ) from error
    click.echo(show.summary(report))
