"""A disk that becomes full while an index is built: what is said, and what is given back.

The service writes its journal to the same disk, so what no commit covers goes at once. In a cluster
the disks are those of its nodes.
"""

import shutil
from collections.abc import Sequence

from search_service.engines.index import Engine
from search_service.errors import CannotReindex
from search_service.files import FULL_CLUSTER
from search_service.reindex.state import Checkpoint

_KEPT = (
    "What is searched is as it was, and what was committed of the new one is kept: make room, then "
    "go on by --resume; or give it up by --cancel"
)


def full(engine: Engine, generation: int, why: str) -> CannotReindex:
    """Says which disk is full and what to do; ``why``: what was said by who found it full."""
    if FULL_CLUSTER in why:
        return CannotReindex(
            f"Generation {generation} could not be built further. {why.rstrip('.')}. {_KEPT}"
        )
    place = engine.generations.place(generation)
    disk = next(path for path in (place, *place.parents) if path.is_mount())
    size = shutil.disk_usage(disk).total
    return CannotReindex(
        f"The disk at {disk} ({size / 1e6:,.0f} MB) is full, so generation {generation} could "
        f"not be built further. {_KEPT}"
    )


def give_back(engine: Engine, generation: int, checkpoints: Sequence[Checkpoint]) -> None:
    """Remove what was not committed; it would be read again in any case. No worker may be left."""
    for checkpoint in checkpoints:
        if not checkpoint.done:
            engine.drop_uncommitted(generation, checkpoint.piece.entity, checkpoint.piece.low)
