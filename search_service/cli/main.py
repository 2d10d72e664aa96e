"""The group of all commands: ``icat-search``."""

import click

from search_service import __version__
from search_service.cli.backup import backup, restore
from search_service.cli.checking import check, sync
from search_service.cli.compare import compare
from search_service.cli.completion import completion
from search_service.cli.demo import demo
from search_service.cli.exits import Commands
from search_service.cli.generations import generations, rollback
from search_service.cli.inspecting import config, status, verify, version
from search_service.cli.manual import manual
from search_service.cli.populations import abandon, unlock
from search_service.cli.record import record
from search_service.cli.reindex import reindex
from search_service.cli.serve import serve
from search_service.cli.settings import settings
from search_service.cli.upgrade import upgrade


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def main() -> None:
    """ICAT Search: the search component of an ICAT catalogue server.

    Settings come from the file, the environment (ICAT_SEARCH_PORT) and the options, each stronger
    than the one before.
    """


for _command in (
    serve,
    config,
    status,
    reindex,
    check,
    sync,
    generations,
    verify,
    rollback,
    unlock,
    abandon,
    backup,
    restore,
    upgrade,
    settings,
    record,
    compare,
    demo,
    version,
    completion,
    manual,
):
    main.add_command(_command)
