"""The command ``icat-search``: reads arguments and settings, calls, prints.

What serves is imported when it is needed: `icat-search config` answers at once, and a search
worker imports this module too.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from search_service import __version__
from search_service.endings import Commands, Comparison, confirm, service_url
from search_service.endings import sentences as _complaints
from search_service.errors import (
    CannotReindex,
    CannotSync,
)
from search_service.settings.load import EffectiveSettings, load
from search_service.settings.model import Settings
from search_service.settings.values import LogFormat

if TYPE_CHECKING:
    from search_service.catalogue.origin import Origin
    from search_service.client.connection import Client
    from search_service.http.control import Host
    from search_service.reindex.run import Wanted
    from search_service.runtime.verifying import Verified
    from search_service.sources.open import SourceAt

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--config",
        "file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Settings file (TOML).  [environment: ICAT_SEARCH_CONFIG]",
    ),
    click.option("--data", metavar="DIR", help="Data directory."),
    click.option("--host", metavar="ADDRESS", help="Address to listen on."),
    click.option("--port", metavar="NUMBER", help="Port to listen on."),
    click.option(
        "--set",
        "others",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any other setting; may be given several times.",
    ),
)

_OF_DATA = (_OPTIONS[0], _OPTIONS[1], _OPTIONS[4])


def _with_settings(command: F) -> F:
    """The options that a command takes its settings from."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _with_data(command: F) -> F:
    """Those of them that a command of the data directory takes."""
    for option in reversed(_OF_DATA):
        command = option(command)
    return command


_OF_SOURCE = (
    click.option(
        "--source",
        metavar="URL",
        help="Database of the catalogue, or file of documents. A password in it can be read in the "
        "list of processes; better is a password file.  [default: the setting source]",
    ),
    click.option(
        "--zone", help="Time zone of the database.  [default: the setting source_zone, UTC]"
    ),
    click.option(
        "--password-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Holds its password.  [default: the setting source_password_file]",
    ),
)
_OF_COMPARING = (
    *_OF_SOURCE,
    click.option("--entities", metavar="A,B", help="Only these."),
    click.option(
        "--service",
        "--url",
        "service",
        callback=service_url,
        metavar="URL",
        help="A service, over HTTP.",
    ),
)


def _with_source(command: F) -> F:
    """The options of what reads the catalogue."""
    for option in reversed(_OF_SOURCE):
        command = option(command)
    return command


_RIGHT_SOURCE = (
    "Give the source that the index was made from, in its zone (--source, --zone or the settings); "
    "if this is the right one, build every entity anew from it: icat-search reindex"
)


def _with_comparing(command: F) -> F:
    """The options of what compares an index with the catalogue."""
    for option in reversed(_OF_COMPARING):
        command = option(command)
    return command


def _source(
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


def _origin(settings: Settings, source: "SourceAt") -> "Origin":
    """What is recorded of a source with the index, as far as settings and options say it."""
    from search_service.catalogue.lookup import find_entity
    from search_service.catalogue.origin import Origin

    left_out = {entity.name for entity in map(find_entity, settings.reindex_leave_out) if entity}
    zone = source.zone if source.is_database else ""
    return Origin(source.address, zone=zone, left_out=tuple(sorted(left_out)))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """ICAT Search: the search component of an ICAT catalogue server.

    Settings come from the file, the environment (ICAT_SEARCH_PORT) and the options, each stronger
    than the one before.
    """


@main.command()
@_with_settings
def serve(**options: Any) -> None:
    """Answer a catalogue server until told to stop (SIGTERM or Ctrl-C)."""
    _serve(_settings(**options).settings)


@main.command()
@_with_settings
def config(**options: Any) -> None:
    """Print the settings in force, and where they came from.

    What is printed is a settings file that would give the same.
    """
    click.echo(_settings(**options).as_toml(), nl=False)


@main.command()
@click.option(
    "--url",
    "--service",
    callback=service_url,
    metavar="URL",
    help="Address of a service, over HTTP.",
)
@_with_settings
def status(url: str | None, **options: Any) -> None:
    """Tell what the service holds and does.

    Asks the service that has the data directory open, whatever its address is; when none has, reads
    the directory. With --url, or with --host or --port and no --data, asks whoever answers there.
    Populations that were interrupted are named.
    """
    from search_service.client.connection import client_of
    from search_service.client.operations import Service
    from search_service.http.health import told
    from search_service.runtime.store import state_of_closed

    found: Mapping[str, Any]
    in_force = _settings(**options)
    settings = in_force.settings
    with _complaints(), ExitStack() as stack:
        url = url or _named_address(in_force)
        if url is not None:
            found = Service(stack.enter_context(_service(in_force, url))).status()
        elif (client := stack.enter_context(client_of(settings.data))) is not None:
            found = Service(client).status()
        else:
            click.echo("no service answers; this is what the data directory says")
            found = told(state_of_closed(settings.data))
    for line in _lines(found):
        click.echo(line)


def _named_address(in_force: EffectiveSettings) -> str | None:
    """The address that the options name, if they name no data directory."""
    from search_service.client.connection import url_of

    named = {name for name, source in in_force.sources.items() if source == "command line"}
    if "data" in named or not named & {"host", "port"}:
        return None
    return url_of(in_force.settings.host, in_force.settings.port)


@contextmanager
def _service(in_force: EffectiveSettings, url: str | None) -> "Iterator[Client]":
    """The service at an address, otherwise that of the data directory. Raises CannotSync."""
    from search_service.client.connection import Client, Unanswered, client_of

    data = in_force.settings.data
    try:
        if url is not None:
            with closing(Client.at(url)) as client:
                _refuse_other_directory(in_force, client)
                yield client
            return
        with client_of(data) as of_data:
            if of_data is None:
                raise CannotSync(
                    f"No service has {data} open, so there is none to ask or to change; start it "
                    "(icat-search serve), or name the right directory by --data"
                )
            yield of_data
    except Unanswered as error:
        raise CannotSync(str(error)) from error


def _refuse_other_directory(in_force: EffectiveSettings, client: "Client") -> None:
    """Whoever names a data directory and an address means one service. Raises CannotSync."""
    from search_service.client.operations import Service
    from search_service.engines.embedded.storage import identity

    if in_force.sources["data"] != "command line":
        return
    data = in_force.settings.data
    wanted = identity.read(data)
    found = Service(client).identity() if wanted else ""
    if wanted and found and wanted != found:
        raise CannotSync(
            f"{client.name} has another data directory open than {data}; leave out --data or the "
            "address, whichever is wrong"
        )


@main.command()
@_with_source
@click.option(
    "--service",
    "--url",
    "service",
    callback=service_url,
    metavar="URL",
    help="Fill a service elsewhere instead, over HTTP.",
)
@click.option("--entities", metavar="A,B", help="Only these; the others are taken over.")
@click.option("--min-id", type=int, metavar="ID", help="From this id on.")
@click.option("--max-id", type=int, metavar="ID", help="Up to this id, included.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Worker processes.")
@click.option("--resume", is_flag=True, help="Go on with a re-index that was stopped.")
@click.option("--cancel", is_flag=True, help="Give up a re-index that was stopped.")
@_with_data
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

    in_force = _settings(**options)
    settings = in_force.settings
    as_json = settings.log_format is LogFormat.JSON
    logs.configure(as_json=as_json, quiet=sys.stderr.isatty())
    with _complaints():
        if service is not None:
            with _service(in_force, service):
                pass  # it answers, and is the one that is meant
        if cancel and service is not None:
            given_up = remote.cancel(service, _entities(entities, settings))
            click.echo(f"given up: {', '.join(given_up) or 'nothing, as nothing is locked'}")
            return
        if cancel:
            with _host(settings, "reindex --cancel") as host:
                host.cancel()
            click.echo("the re-index was given up")
            return
        if min_id is not None and max_id is not None and min_id > max_id:
            raise click.UsageError(f"--min-id {min_id} is above --max-id {max_id}: there are none")
        if service is not None and resume:
            raise click.UsageError("--resume goes on in a data directory, not elsewhere")
        open_source = _source(settings, source, zone, password_file)
        wanted = _wanted(
            settings,
            entities=_entities(entities, settings),
            part=IdRange(min_id, None if max_id is None else max_id + 1),
            resume=resume,
            origin=_origin(settings, open_source),
            named=entities is not None,
            **({"workers": workers} if workers else {}),
        )
        with _stopped_by_sigterm():
            if service is None:
                _reindex(settings, open_source, wanted)
            else:
                _fill(service, settings, open_source, wanted)


def _fill(service: str, settings: Settings, open_source: "SourceAt", wanted: "Wanted") -> None:
    """Fill a service elsewhere; tell of it."""
    from search_service.reindex import remote, show

    try:
        showing = show.show_on(sys.stderr)
        filled = remote.fill(service, settings.units, open_source, wanted, showing)
    except KeyboardInterrupt as error:
        raise CannotReindex(
            "Stopped; entities that were done are as they should be, the others as they were: "
            "begin again, with --entities for those"
        ) from error
    click.echo(show.summary_of_filling(*filled))


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """A SIGTERM ends the block as Ctrl-C does: what was begun is left in order."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _wanted(settings: Settings, **named: Any) -> "Wanted":
    """What a re-index builds by these settings, but for what is named."""
    from search_service.reindex.run import Wanted

    by_settings = {
        "entities": _entities(None, settings),
        "workers": settings.reindex_workers or len(os.sched_getaffinity(0)),
        "width": settings.shard_ids,
        "widths": dict(settings.shard_ids_of),
        "memory": settings.writer_memory << 20,
        "commit_seconds": settings.reindex_commit_seconds,
        "json_logs": settings.log_format is LogFormat.JSON,
    }
    return Wanted(**{**by_settings, **named})


def _reindex(settings: Settings, open_source: "SourceAt", wanted: "Wanted") -> None:
    """Build the next generation and search it; tell of it."""
    from search_service.http.app import kept_by
    from search_service.reindex import run, show

    showing = show.show_on(sys.stderr)
    try:
        with _host(settings, "reindex", create=not wanted.resume) as host:
            report = run.reindex(
                host, settings.data, kept_by(settings), open_source, wanted, showing
            )
    except KeyboardInterrupt as error:
        raise CannotReindex(
            "Stopped; what is built is kept: go on by --resume, or give it up by --cancel"
        ) from error
    click.echo(show.summary(report))


@main.command(cls=Comparison)
@_with_comparing
@click.option(
    "--sample",
    type=click.IntRange(0),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Documents of each entity that are compared field by field.",
)
@_with_data
def check(
    source: str | None,
    zone: str | None,
    password_file: Path | None,
    entities: str | None,
    service: str | None,
    sample: int,
    **options: Any,
) -> None:
    """Compare the index with the catalogue, and tell what differs.

    Reads the data directory, beside a service that runs on it; with --service asks a service over
    HTTP. Changes nothing. Exit status: 0 equal, 1 different, 2 it could not be compared.
    """
    from analyzers import Units
    from search_service import logs
    from search_service.client.index_client import Answers, IndexClient
    from search_service.client.operations import Service
    from search_service.http.app import kept_by
    from search_service.reindex.retry import opened
    from search_service.runtime.closed import DirectoryAnswers
    from search_service.sources.same_catalogue import origin_of, refuse_another
    from search_service.sync import check as checking
    from search_service.sync.report import check_lines

    in_force = _settings(**options)
    settings = in_force.settings
    logs.configure(as_json=settings.log_format is LogFormat.JSON, quiet=True)
    wanted = _entities(entities, settings)
    agrees = True
    with _complaints(status=2), ExitStack() as stack:
        answers: Answers
        if service is not None:
            of_service = Service(stack.enter_context(_service(in_force, service)))
            answers, recorded = of_service, of_service.origin()
        else:
            of_directory = DirectoryAnswers(settings.data, kept_by(settings))
            answers, recorded = of_directory, of_directory.origin()
        open_source = _source(settings, source, zone, password_file)
        rejected: dict[tuple[str, int | None], str] = {}

        def reject(entity: str, id_: int | None, reason: str) -> None:
            rejected[entity, id_] = reason

        found = stack.enter_context(opened(open_source, reject))
        refuse_another(
            f"What {service or settings.data} holds",
            recorded,
            origin_of(found, _origin(settings, open_source)),
            all_entities=entities is None,
            cure=_RIGHT_SOURCE,
        )
        shift = time.time() % 3600 / 3600
        units = Units(settings.units)
        for checked in checking.check(
            found, IndexClient(answers), wanted, units, sample, shift=shift, rejections=rejected
        ):
            agrees = agrees and checked.agrees
            for line in check_lines(checked):
                click.echo(line)
    if not agrees:
        sys.exit(1)


@main.command()
@_with_comparing
@click.option("--since", metavar="TIME", help="Instead of the last time: 2026-03-01T02:10Z.")
@click.option("--without-counts", is_flag=True, help="Do not look for what has gone.")
@click.option("--delete-many", is_flag=True, help="Also where more than half has gone.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the time of the last run is kept.  [default: sync.json in the data directory]",
)
@_with_data
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
    **options: Any,
) -> None:
    """Bring into a running service what changed in the catalogue since the last time.

    For catalogues whose messages were lost. The first time everything is compared. An entity that
    is being populated is left for the next time.
    """
    from analyzers import Units
    from search_service import logs
    from search_service.client.index_client import IndexClient
    from search_service.client.operations import Service
    from search_service.ownership import refuse_other_user
    from search_service.reindex.retry import opened
    from search_service.sources.rejects import ignored
    from search_service.sources.same_catalogue import origin_of, refuse_another, refuse_stranger
    from search_service.sources.sql.reader import SqlSource
    from search_service.sync.report import update_line
    from search_service.sync.state import NAME, locked_state, parse_time
    from search_service.sync.update import UpdateOptions, update_index

    in_force = _settings(**options)
    settings = in_force.settings
    logs.configure(as_json=settings.log_format is LogFormat.JSON, quiet=True)
    try:
        wanted = UpdateOptions(
            _entities(entities, settings),
            timedelta(seconds=settings.sync_overlap_seconds),
            parse_time(since) if since else None,
            not without_counts,
            delete_many,
        )
    except ValueError:
        raise click.BadParameter(
            f"{since} is no time as 2026-03-01T02:10Z", param_hint="--since"
        ) from None
    if state is None and service is not None:
        raise click.UsageError("--state says where the time of the last run is kept")
    open_source = _source(settings, source, zone, password_file)
    with _complaints(), ExitStack() as stack:
        client: Client | None = None
        if service is None:
            # Before the state is opened: nothing is written where there is no service.
            refuse_other_user(settings.data, "sync")
            client = stack.enter_context(_service(in_force, None))
        last = stack.enter_context(locked_state(state or settings.data / NAME))
        client = client or stack.enter_context(_service(in_force, service))
        target = Service(client)
        last.follow(target.identity())
        found = stack.enter_context(opened(open_source, ignored))
        if not isinstance(found, SqlSource):
            raise CannotSync(
                "A file of documents does not say when they were changed; sync from the database, "
                "or build the index anew from the file by icat-search reindex"
            )
        recorded = target.origin()
        now = origin_of(found, _origin(settings, open_source))
        refuse_another(
            f"What {client.name} holds",
            recorded,
            now,
            all_entities=entities is None,
            cure=_RIGHT_SOURCE,
        )
        if recorded is None and not delete_many:
            refuse_stranger(IndexClient(target), found, wanted.entities)
        units = Units(settings.units)
        is_whole = True
        for updated in update_index(found, target, IndexClient(target), units, wanted, last):
            is_whole = is_whole and not updated.left
            click.echo(update_line(updated))
        if recorded is None and is_whole and target.note_origin(now):
            click.echo("from now on the index is that of this source and zone alone", err=True)


@main.command()
@click.option("--drop-old", is_flag=True, help="Remove those that are kept, but not searched.")
@_with_data
def generations(drop_old: bool, **options: Any) -> None:
    """List the generations of the index: number, made when, documents, size, and what they are."""
    from search_service.engines.embedded.storage.generations import listed
    from search_service.engines.embedded.storage.inspection import current_of

    settings = _settings(**options).settings
    with _complaints():
        current_of(settings.data)
        if drop_old:
            with _host(settings, "generations --drop-old") as host:
                dropped = host.drop_old()
            click.echo(f"dropped: {', '.join(map(str, dropped)) or 'none'}")
        for one in listed(settings.data):
            made = datetime.fromtimestamp(one.made, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            click.echo(
                f"{one.number}  {made}  {one.documents:,} documents  {one.size / 1e6:,.1f} MB  "
                f"{one.state}"
            )


@main.command(cls=Comparison)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_with_data
def verify(as_json: bool, **options: Any) -> None:
    """Compare the files of the data directory with their checksums.

    Reads all of what is searched, what is kept of older generations, and what is beside them; a
    service may run. Names each file that is damaged, and what helps. Exit status: 0 sound, 1
    damaged, 2 it could not be looked at.
    """
    from search_service.runtime import verifying

    settings = _settings(**options).settings
    with _complaints(status=2):
        found = verifying.verified(settings.data)
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


@main.command()
@click.option("--to", "number", type=int, metavar="NUMBER", help="Instead of the one before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_with_data
def rollback(number: int | None, yes: bool, **options: Any) -> None:
    """Search an older generation again: it holds what it held when it was replaced.

    Changes that came since then are not in it. The one that is searched now is kept, so that one
    can go forward again by --to.
    """
    settings = _settings(**options).settings
    click.echo("Changes that came since the older generation was replaced are not in it.", err=True)
    if not yes:
        confirm("Search it?")
    with (
        _complaints(),
        _host(settings, "rollback") as host,
    ):
        found = host.roll_back(number)
    click.echo(f"generation {found} is searched now")


def _host(
    settings: Settings, command: str, *, create: bool = False
) -> "AbstractContextManager[Host]":
    """Who has the data directory of these settings, for a command that writes into it.

    With ``create`` it may be made.
    """
    from search_service.engines.embedded.index.config import fit_of
    from search_service.http import control
    from search_service.http.app import kept_by, open_store
    from search_service.ownership import refuse_other_user

    refuse_other_user(settings.data, command)
    return control.host_of(
        settings.data, fit_of(kept_by(settings)), lambda: open_store(settings, create=create)
    )


def _entities(named: str | None, settings: Settings) -> tuple[str, ...]:
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


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    metavar="DIR",
    help="Where the example catalogue and its index are kept.",
)
@click.option("--port", default=8180, show_default=True, metavar="NUMBER", help="Port to serve on.")
def demo(data: Path, port: int) -> None:
    """Serve an example facility, with five requests to try.

    It is made and indexed when it is not there yet; a second run starts at once.
    """
    from search_service import logs
    from search_service.demo import run
    from search_service.engines.embedded.storage.generations import building
    from search_service.sources.open import SourceAt

    logs.configure(as_json=False, quiet=True)
    with _complaints():
        settings = load(None, {}, {"data": str(data / "index"), "port": port}).settings
        source = SourceAt(run.prepare(data))
        if not run.is_indexed(settings.data):
            click.echo("indexing the example catalogue ...")
            resume = building(settings.data) is not None
            origin = _origin(settings, source)
            _reindex(settings, source, _wanted(settings, resume=resume, origin=origin))

        async def show(url: str) -> None:
            shown = await asyncio.to_thread(run.show, url)
            click.echo(f"\nserving at {url}\n\n{shown}\n\nCtrl-C ends it.")

        _serve(settings, show, quiet=True)


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


@main.command(hidden=True)
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
def manual(directory: Path) -> None:
    """Write the pages of the manual that are made from the code."""
    for name, text in pages().items():
        (directory / name).write_text(text, encoding="utf-8")


def pages() -> Mapping[str, str]:
    """The pages of the manual that are made from the code, by file name."""
    from search_service import errors, metrics
    from search_service.settings import manual as settings_manual

    return {
        "cli.md": _commands(),
        "configuration.md": settings_manual.manual(),
        "errors.md": errors.manual(),
        "metrics.md": metrics.manual(),
    }


def _commands() -> str:
    """Each command with its help."""
    text = "# Commands\n\n<!-- made by `scripts/make-docs` from the help of each command -->\n"
    for name, command in [("", main), *sorted(main.commands.items())]:
        if not command.hidden:
            path = f"icat-search {name}".strip()
            context = click.Context(
                command, info_name=path, terminal_width=80, help_option_names=["-h", "--help"]
            )
            text += f"\n## `{path}`\n\n```text\n{command.get_help(context)}\n```\n"
    return text


def _settings(file: Path | None, others: tuple[str, ...], **named: str | None) -> EffectiveSettings:
    """The settings in force; ends the command when one is wrong."""
    options: dict[str, object] = {}
    for other in others:
        name, sign, value = other.partition("=")
        if not sign:
            raise click.UsageError(f"--set {other}: should be NAME=VALUE")
        options[name.strip()] = value.strip()
    options.update({name: value for name, value in named.items() if value is not None})
    return load(file, os.environ, options)


def _serve(settings: Settings, when_serving: Any = None, *, quiet: bool = False) -> None:
    from search_service import logs
    from search_service.http import server
    from search_service.http.app import create_app
    from search_service.ownership import refuse_other_user

    logs.configure(as_json=settings.log_format is LogFormat.JSON, quiet=quiet)
    with _complaints():
        refuse_other_user(settings.data, "serve", serves=True)
    with _complaints(), server.listen(settings.host, settings.port) as listening:
        server.serve(create_app(settings), listening, when_serving)


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
