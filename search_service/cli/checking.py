"""The commands that compare an index with the catalogue: check tells, sync repairs."""

import sys
import time
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search_service.cli.exits import Command, Comparison
from search_service.cli.options import (
    effective_settings,
    entities_named,
    json_option,
    origin_of_source,
    source_of,
    with_comparison,
    with_data,
)
from search_service.cli.report import reported
from search_service.cli.targets import refuse_other_index, service_at
from search_service.errors import CannotSync
from search_service.settings.values import LogFormat

if TYPE_CHECKING:
    from search_service.client.connection import Client

_RIGHT_SOURCE = (
    "Give the source that the index was made from, in its zone (--source, --zone or the settings); "
    "if this is the right one, build every entity anew from it: icat-search reindex"
)


@click.command(
    cls=Comparison,
    examples=r"""
    # With the source and the zone of the settings.
    icat-search check --config search.toml
    # One entity, and more of its documents field by field.
    icat-search check --config search.toml --entities Datafile --sample 100000
    # For a monitor, of a service elsewhere.
    icat-search check --json --source mysql://icat@db.example.org/icat \
        --password-file /etc/icat-search/db \
        --service http://search.example.org:8080
    """,
)
@with_comparison
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Documents of each entity that are compared field by field.",
)
@json_option
@with_data
def check(
    source: str | None,
    zone: str | None,
    password_file: Path | None,
    entities: str | None,
    service: str | None,
    sample: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Compare the index with the catalogue, and tell what differs.

    Reads the data directory, beside a service that runs on it; with --service asks a service over
    HTTP. Changes nothing. Exit status: 0 equal, 1 different, 2 it could not be compared.
    """
    from analyzers import Units
    from search_service import logs
    from search_service.app import document_limits, engine_by
    from search_service.client.index_client import Answers, IndexClient
    from search_service.client.operations import Service
    from search_service.reindex.retry import opened
    from search_service.runtime.closed import DirectoryAnswers
    from search_service.sources.same_catalogue import refuse_another
    from search_service.sync import check as checking
    from search_service.sync.report import check_lines

    in_force = effective_settings(**options)
    settings = in_force.settings
    logs.configure(as_json=settings.log_format is LogFormat.JSON, quiet=True)
    wanted = entities_named(entities, settings)
    agrees = True
    of_entities: list[dict[str, Any]] = []
    with ExitStack() as stack:
        stack.enter_context(
            reported(
                as_json,
                lambda complete: {"agrees": complete and agrees, "entities": of_entities},
            )
        )
        answers: Answers
        if service is not None:
            of_service = Service(stack.enter_context(service_at(in_force, service)))
            answers, recorded = of_service, of_service.origin()
        else:
            of_directory = DirectoryAnswers(engine_by(settings))
            answers, recorded = of_directory, of_directory.origin()
        open_source = source_of(settings, source, zone, password_file)
        rejected: dict[tuple[str, int | None], str] = {}

        def reject(entity: str, id_: int | None, reason: str) -> None:
            rejected[entity, id_] = reason

        found = stack.enter_context(opened(open_source, reject))
        refuse_another(
            f"What {service or settings.data} holds",
            recorded,
            found.origin(origin_of_source(settings, open_source)),
            all_entities=entities is None,
            cure=_RIGHT_SOURCE,
        )
        shift = time.time() % 3600 / 3600
        units, limits = Units(settings.units), document_limits(settings)
        for checked in checking.check(
            found,
            IndexClient(answers),
            wanted,
            units,
            limits,
            sample,
            shift=shift,
            rejections=rejected,
        ):
            agrees = agrees and checked.agrees
            if as_json:
                of_entities.append({**asdict(checked), "agrees": checked.agrees})
                continue
            for line in check_lines(checked):
                click.echo(line)
    if not agrees:
        sys.exit(1)


@click.command(
    cls=Command,
    examples=r"""
    # From a timer: what changed since the last time.
    icat-search sync --config search.toml
    # After a rollback: since the time of that generation.
    icat-search sync --config search.toml --since 2026-03-01T02:10Z
    # Of a service elsewhere.
    icat-search sync --source mysql://icat@db.example.org/icat \
        --password-file /etc/icat-search/db \
        --service http://search.example.org:8080 --state sync.json
    """,
)
@with_comparison
@click.option("--since", metavar="TIME", help="Instead of the last time: 2026-03-01T02:10Z.")
@click.option("--without-counts", is_flag=True, help="Do not look for what has gone.")
@click.option("--delete-many", is_flag=True, help="Also where more than half has gone.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the time of the last run is kept.  [default: sync.json in the data directory; of "
    "an index in a cluster, there]",
)
@json_option
@with_data
def sync(
    source: str | None,
    zone: str | None,
    password_file: Path | None,
    entities: str | None,
    service: str | None,
    since: str | None,
    without_counts: bool,
    delete_many: bool,
    state: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Bring into a running service what changed in the catalogue since the last time.

    For catalogues whose messages were lost. The first time everything is compared. An entity that
    is being populated is left for the next time.
    """
    from analyzers import Units
    from search_service import logs
    from search_service.app import document_limits, engine_by
    from search_service.cli.ownership import refuse_other_user
    from search_service.client.index_client import IndexClient
    from search_service.client.operations import Service
    from search_service.reindex.retry import opened
    from search_service.runtime.sync_file import SyncFile, parse_time, sync_file
    from search_service.sources.base import ignore_rejected
    from search_service.sources.same_catalogue import refuse_another, refuse_stranger
    from search_service.sources.sql.reader import SqlSource
    from search_service.sync.report import update_line
    from search_service.sync.state import locked_state
    from search_service.sync.update import UpdateOptions, update_index

    in_force = effective_settings(**options)
    settings = in_force.settings
    logs.configure(as_json=settings.log_format is LogFormat.JSON, quiet=True)
    try:
        wanted = UpdateOptions(
            entities_named(entities, settings),
            timedelta(seconds=settings.sync_overlap_seconds),
            parse_time(since) if since else None,
            not without_counts,
            delete_many,
        )
    except ValueError:
        raise click.BadParameter(
            f"{since} is no time as 2026-03-01T02:10Z", param_hint="--since"
        ) from None
    engine = engine_by(settings)
    if state is None and service is not None and engine.shared is None:
        raise click.UsageError("--state says where the time of the last run is kept")
    open_source = source_of(settings, source, zone, password_file)
    of_entities: list[dict[str, Any]] = []
    with ExitStack() as stack:
        stack.enter_context(reported(as_json, lambda _: {"entities": of_entities}))
        client: Client | None = None
        if state is None:
            # Before the state is opened: nothing is written where there is no service.
            refuse_other_user(settings.data, "sync")
            client = stack.enter_context(service_at(in_force, service))
            refuse_other_index(engine, client)
        noted = SyncFile(state, lambda: None) if state else sync_file(engine)
        last = stack.enter_context(locked_state(noted.path, noted.publish))
        client = client or stack.enter_context(service_at(in_force, service))
        target = Service(client)
        last.follow(target.identity())
        found = stack.enter_context(opened(open_source, ignore_rejected))
        if not isinstance(found, SqlSource):
            raise CannotSync(
                "A file of documents or an index does not say when they were changed; sync from "
                "the database, or build the index anew from it by icat-search reindex"
            )
        recorded = target.origin()
        now = found.origin(origin_of_source(settings, open_source))
        refuse_another(
            f"What {client.name} holds",
            recorded,
            now,
            all_entities=entities is None,
            cure=_RIGHT_SOURCE,
        )
        if recorded is None and not delete_many:
            refuse_stranger(IndexClient(target), found, wanted.entities)
        units, limits = Units(settings.units), document_limits(settings)
        is_whole = True
        for updated in update_index(
            found, target, IndexClient(target), units, limits, wanted, last
        ):
            is_whole = is_whole and not updated.left
            if as_json:
                of_entities.append(asdict(updated))
            else:
                click.echo(update_line(updated))
        if recorded is None and is_whole and target.note_origin(now):
            click.echo("from now on the index is that of this source and zone alone", err=True)
