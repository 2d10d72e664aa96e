"""Which service a command asks, and who has the data directory that it changes."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from search_service.errors import CannotSync
from search_service.settings.load import EffectiveSettings
from search_service.settings.model import Settings
from search_service.settings.values import TOKEN_VARIABLE

if TYPE_CHECKING:
    from search_service.client.connection import Client
    from search_service.engines.index import Engine
    from search_service.runtime.host import Host


@contextmanager
def service_at(in_force: EffectiveSettings, url: str | None) -> "Iterator[Client]":
    """The service at an address, otherwise that of the data directory. Raises CannotSync."""
    from search_service.client.connection import Client, Unanswered, client_of

    data = in_force.settings.data
    try:
        if url is not None:
            with closing(Client.at(url, service_token(in_force.settings))) as client:
                _refuse_other_directory(in_force, client)
                yield client
            return
        with client_of(data) as of_data:
            if of_data is None:
                raise CannotSync(
                    f"No service has {data} open, so there is none to ask or to change; start it "
                    "(icat-search serve), name the right directory by --data, or the address of a "
                    "service by --service"
                )
            yield of_data
    except Unanswered as error:
        raise CannotSync(str(error)) from error


def service_token(settings: Settings) -> str:
    """What is sent to a service at an address; empty: no token. Raises Unreadable."""
    from search_service.files import secret_in

    file = settings.service_token_file
    if file:
        return secret_in(Path(file), "service_token_file").strip()
    return os.environ.get(TOKEN_VARIABLE, "").strip()


def _refuse_other_directory(in_force: EffectiveSettings, client: "Client") -> None:
    """Whoever names a data directory and an address means one service. Raises CannotSync."""
    from search_service.app import engine_by
    from search_service.client.operations import Service

    if in_force.sources["data"] != "command line":
        return
    data = in_force.settings.data
    wanted = engine_by(in_force.settings).identity()
    found = Service(client).identity() if wanted else ""
    if wanted and found and wanted != found:
        raise CannotSync(
            f"{client.name} has another data directory open than {data}; leave out --data or the "
            "address, whichever is wrong"
        )


def refuse_other_index(engine: "Engine", client: "Client") -> None:
    """What is noted of an index must be of the one that the service has. Raises CannotSync."""
    from search_service.client.operations import Service

    if engine.identity() != Service(client).identity():
        raise CannotSync(
            f"{client.name} has another index open than that of the settings; give those of the "
            "service (--config), or another address"
        )


def data_directory_host(
    settings: Settings, command: str, *, create: bool = False
) -> "AbstractContextManager[Host]":
    """Who has the data directory of these settings, for a command that writes into it.

    With ``create`` it may be made.
    """
    from search_service.app import engine_by, open_store
    from search_service.cli.ownership import refuse_other_user
    from search_service.runtime.host import host_of

    refuse_other_user(settings.data, command)
    return host_of(engine_by(settings), lambda: open_store(settings, create=create))
