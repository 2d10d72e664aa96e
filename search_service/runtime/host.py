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
from search_service.runtime.generations import UnfitGenerations
from search_service.runtime.service import Generations, OpenedStore
from search_service.runtime.shared_generations import SharedGenerations
from search_service.runtime.shared_store import SharedStore
from search_service.service.indexing.limits import CommitLimits

Host = Generations | UnfitGenerations


def running(root: Path) -> ServiceGenerations | None:
    """The service that has the data directory open; None when none has. Raises OSError."""
    if not root.is_dir():
        return None
    with client_of(root) as client:
        return None if client is None else ServiceGenerations(root)


@contextmanager
def holder_of(engine: Engine) -> "Iterator[ServiceGenerations | UnfitGenerations]":
    """Who owns the data directory: the service that runs, or the caller, who leaves it as it is.

    So it need not fit. Raises DirectoryInUse, DirectoryRefused, JournalDamaged, OSError.
    """
    service = running(engine.root)
    if service is not None:
        yield service
        return
    with closing(UnfitGenerations(engine)) as held:
        yield held


@contextmanager
def host_of(engine: Engine, open_: Callable[[], OpenedStore]) -> Iterator[Host]:
    """Who owns the data directory: the service that runs, or the caller by ``open_``.

    An index that is shared has no owner: then it is the caller. What does not fit cannot be opened;
    then only generations as a whole are worked with.
    """
    service = running(engine.root) if engine.shared is None else None
    if service is not None:
        yield service
        return
    try:
        store = open_()
    except DoesNotFit:
        with _unfit(engine) as unfit:
            yield unfit
        return
    try:
        yield store.generations
    finally:
        store.close()


def _unfit(engine: Engine) -> "closing[UnfitGenerations] | closing[SharedGenerations]":
    index = engine.shared
    if index is None:
        return closing(UnfitGenerations(engine))
    return closing(SharedStore(engine, index, CommitLimits()).generations)
