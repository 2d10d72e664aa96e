"""Who has a data directory, for a command that changes its generations.

The service that runs, or the command itself where none does.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from search_service.client.connection import client_of
from search_service.client.generations import ServiceGenerations
from search_service.engines.index import Engine
from search_service.errors import DoesNotFit
from search_service.runtime.generations import Generations, UnfitGenerations
from search_service.runtime.store import Store

Host = ServiceGenerations | Generations | UnfitGenerations


def running(root: Path) -> ServiceGenerations | None:
    """The service that has the data directory open; None when none has. Raises OSError."""
    if not root.is_dir():
        return None
    with client_of(root) as client:
        return None if client is None else ServiceGenerations(root)


@contextmanager
def host_of(engine: Engine, open_: Callable[[], Store]) -> Iterator[Host]:
    """Who owns the data directory: the service that runs, or the caller by ``open_``.

    What does not fit cannot be opened; then only generations as a whole are worked with.
    """
    service = running(engine.root)
    if service is not None:
        yield service
        return
    try:
        store = open_()
    except DoesNotFit:
        with closing(UnfitGenerations(engine)) as unfit:
            yield unfit
        return
    try:
        yield store.generations
    finally:
        store.changes.close()
