"""The commands that make a backup of the data directory, and a data directory of a backup."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search_service.cli.exits import Command, stopped_by_sigterm
from search_service.cli.options import effective_settings, json_option, with_data
from search_service.errors import CannotBackUp

if TYPE_CHECKING:
    from search_service.runtime.backups.trees import Brought
    from search_service.service.indexing.moment import Moment

_STOPPED = "Stopped; nothing was changed"


@click.command(
    cls=Command,
    examples="""
    # Beside the service that runs, or without one.
    icat-search backup /backups/icat
    # From a timer: a backup a day, and two weeks of them.
    icat-search backup /backups/icat --keep 14
    """,
)
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--whole", is_flag=True, help="Share no file with earlier backups or the index.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="Remove older backups in DIR afterwards, but for the newest N.",
)
@json_option
@with_data
def backup(directory: Path, whole: bool, keep: int | None, as_json: bool, **options: Any) -> None:
    """Make a backup of the data directory in DIR, while its service runs or when none does.

    It holds all that was acknowledged at one moment, which its name says. On the file system of the
    data directory it takes no room at first, as its files are links; elsewhere files are copied,
    but for those that the backup before it in DIR has. Each backup is whole, and can be removed.
    """
    from search_service.app import engine_by
    from search_service.cli.ownership import refuse_other_user
    from search_service.runtime.backups.make import back_up
    from search_service.runtime.backups.moment import refuse_cluster
    from search_service.runtime.backups.series import moment_text
    from search_service.runtime.host import holder_of

    settings = effective_settings(**options).settings
    engine = engine_by(settings)
    refuse_cluster(engine)
    engine.generations.current()  # raises DirectoryRefused when there is none
    refuse_other_user(settings.data, "backup")

    def link_moment() -> "Moment":
        # Not longer: it may be started while files are copied.
        with holder_of(engine) as holder:
            return holder.link_moment()

    with stopped_by_sigterm(CannotBackUp(_STOPPED)):
        made = back_up(engine, link_moment, directory, whole=whole, keep=keep or 0)
    if as_json:
        click.echo(json.dumps(asdict(made), default=str))
        return
    click.echo(
        f"{made.place}: generation {made.generation} as of {moment_text(made.at)}, "
        f"{_amount(made.files, made.size)}; {_shared(made.copied)}"
    )
    for old in made.removed:
        click.echo(f"removed {old}")


@click.command(
    cls=Command,
    examples=r"""
    # The newest one, into a directory that is empty.
    icat-search restore /backups/icat /var/lib/icat-search
    # One of them, in place of what is there; the service is stopped.
    icat-search restore --replace \
        /backups/icat/2026-03-01T021000Z /var/lib/icat-search
    """,
)
@click.argument("backup", type=click.Path(path_type=Path), metavar="BACKUP")
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--replace", "replacing", is_flag=True, help="Move aside what is in DIR.")
@json_option
@with_data
def restore(backup: Path, directory: Path, replacing: bool, as_json: bool, **options: Any) -> None:
    """Make a data directory DIR of a backup, or of the newest one in a directory of backups.

    All of it is compared with its checksums first. With --replace what is in DIR, where no service
    may run, stays there under replaced-TIME. Then start the service, and bring in by `icat-search
    sync` what changed since the backup.
    """
    from search_service.app import engine_by
    from search_service.cli.ownership import refuse_other_user
    from search_service.runtime.backups import restore as restoring
    from search_service.runtime.backups.moment import refuse_cluster
    from search_service.runtime.backups.series import moment_text

    settings = effective_settings(**options).settings
    refuse_cluster(engine_by(settings))
    refuse_other_user(directory, "restore")
    with stopped_by_sigterm(CannotBackUp(_STOPPED)):
        done = restoring.restore(
            lambda root: engine_by(settings.model_copy(update={"data": root})),
            backup,
            directory,
            replace=replacing,
        )
    if as_json:
        click.echo(json.dumps(asdict(done), default=str))
        return
    click.echo(
        f"{directory} is {done.backup}: generation {done.generation} as of "
        f"{moment_text(done.at)}, {_amount(done.files, done.size)}; {_shared(done.brought)}"
    )
    if done.replaced is not None:
        click.echo(f"what was there is in {done.replaced}; remove it when it is not needed")


def _amount(files: int, size: int) -> str:
    return f"{files:,} files, {size / 1e6:,.1f} MB"


def _shared(brought: "Brought") -> str:
    return (
        f"{_amount(brought.copied, brought.copied_bytes)} copied, "
        f"{_amount(brought.linked, brought.linked_bytes)} linked"
    )
