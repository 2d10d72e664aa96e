"""The command that serves."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from search_service.cli.exits import Command
from search_service.cli.options import effective_settings, with_settings
from search_service.settings.model import Settings
from search_service.settings.values import LogFormat

if TYPE_CHECKING:
    from search_service.http.server import WhenServing

log = logging.getLogger(__name__)


@click.command(cls=Command)
@with_settings
def serve(**options: Any) -> None:
    """Answer a catalogue server until told to stop (SIGTERM or Ctrl-C)."""
    in_force = effective_settings(**options)
    run_service(in_force.settings, without_effect=in_force.without_effect)


def run_service(
    settings: Settings,
    when_serving: "WhenServing | None" = None,
    *,
    quiet: bool = False,
    without_effect: Sequence[str] = (),
) -> None:
    """Serve until the process is told to stop; ``when_serving`` is given the address then.

    ``quiet``: only warnings and errors are logged. ``without_effect``: settings that were given
    and mean nothing with the engine. Raises what the start of the service raises.
    """
    from search_service import logs
    from search_service.app import create_app
    from search_service.cli.ownership import refuse_other_user
    from search_service.http import server

    logs.configure(as_json=settings.log_format is LogFormat.JSON, quiet=quiet)
    for name in without_effect:
        log.warning(
            "a setting means nothing with this engine",
            extra={"setting": name, "engine": settings.engine.value},
        )
    refuse_other_user(settings.data, "serve", serves=True)
    with server.listen(settings.host, settings.port) as listening:
        server.serve(create_app(settings), listening, when_serving)
