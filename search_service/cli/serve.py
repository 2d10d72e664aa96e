"""The command that serves."""

import logging
import os
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


@click.command(
    cls=Command,
    examples="""
    # As a service manager starts it.
    icat-search serve --config /etc/icat-search/search.toml
    # For a look, without a settings file.
    icat-search serve --host 0.0.0.0 --port 8080 --data /var/lib/icat-search
    """,
)
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
    from search_service import logs, memory, system_limits
    from search_service.app import certificates_by, create_app, log_level_of, tokens_by
    from search_service.cli.ownership import refuse_other_user
    from search_service.http import server
    from search_service.http.service_manager import service_manager
    from search_service.http.tracing.opening import tracing_by

    memory.share_arenas()
    system_limits.allow_open_files()
    manager = service_manager(os.environ)
    as_json = settings.log_format is LogFormat.JSON
    logs.configure(as_json=as_json, quiet=quiet, level=log_level_of(settings))
    for name in without_effect:
        log.warning(
            "a setting means nothing with this engine",
            extra={"setting": name, "engine": settings.engine.value},
        )
    refuse_other_user(settings.data, "serve", serves=True)
    tokens, certificates = tokens_by(settings), certificates_by(settings)
    with tracing_by(os.environ) as tracing:
        app = create_app(settings, tokens=tokens, tracing=tracing)
        with server.listen(settings.host, settings.port) as listening:
            server.serve(
                app,
                listening,
                when_serving,
                certificates=certificates,
                renewed=(tokens,) if tokens else (),
                manager=manager,
            )
