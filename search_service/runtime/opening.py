"""Opens the index that an engine is for, whether it belongs to one process or is shared."""

from search_service.engines.index import Engine
from search_service.runtime import upgrading
from search_service.runtime.retention import Retention
from search_service.runtime.service import OpenedStore
from search_service.runtime.shared_store import SharedStore
from search_service.runtime.store import Store
from search_service.service.indexing.limits import CommitLimits


def open_store(
    engine: Engine,
    *,
    limits: CommitLimits,
    sync: bool = True,
    create: bool = True,
    serves: bool = False,
    own_files: int = 0,
    retention: Retention | None = None,
) -> OpenedStore:
    """Open the index, or make it with ``create``.

    ``serves``: for a service, which no other shares its data directory with. The others are as in
    ``Store.open``. Raises what that and ``SharedStore.open`` raise.
    """
    index = engine.shared
    if index is None:
        if serves:
            upgrading.finish(engine)
        return Store.open(
            engine,
            sync=sync,
            limits=limits,
            create=create,
            own_files=own_files,
            retention=retention,
        )
    return SharedStore.open(engine, index, limits=limits, create=create, serves=serves)
