"""What the next generation has from the current one: the shards that a re-index does not build.

They are linked, not copied: the engine never changes a file. Not here: the shards that it builds.
"""

from pathlib import Path

from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.shard_files import link_shard, shard_path, shards_of
from search_service.engines.id_ranges import IdRange
from search_service.errors import StorageFailed
from search_service.files import make_directory, sync_directory


def take_over(
    current: DataDirectory, following: DataDirectory, entity: str, ids: IdRange | None
) -> int:
    """Link the shards of an entity without those that hold any of ``ids``. Returns their number.

    The current ones must be committed. It can be done again after a crash.
    """
    source, target = current.edition(entity), following.edition(entity)
    partition = current.manifest.partition_of(entity)
    lows = [
        low
        for low in shards_of(source)
        if ids is None or not ids.overlaps(low, partition.high_of(low))
    ]
    try:
        _link(source, target, lows)
    except OSError as error:
        raise StorageFailed(f"{entity} could not be taken over: {error}") from error
    return len(lows)


def _link(source: Path, target: Path, lows: list[int]) -> None:
    if not lows:
        return
    make_directory(target)
    for low in lows:
        link_shard(shard_path(source, low), shard_path(target, low))
    sync_directory(target)
