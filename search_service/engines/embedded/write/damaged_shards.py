"""Which shards of an index are damaged, as far as anybody has looked.

A damaged shard is neither searched nor written: its entity is refused. Not here: what is compared,
see ``storage.damage``.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from search_service.engines.embedded.storage.damage import (
    START_BYTES,
    WHOLE,
    Damage,
    Stopped,
    damages_of,
    small_files,
)
from search_service.engines.embedded.storage.shard_files import (
    MANAGED,
    keep_committed,
    shard_path,
    shards_of,
)
from search_service.engines.embedded.storage.view import DamagedShard
from search_service.engines.embedded.write.edition import Edition
from search_service.engines.embedded.write.shard_writer import Codec
from search_service.errors import ShardDamaged

log = logging.getLogger(__name__)

Editions = Mapping[str, Edition]


class DamagedShards:
    """Notes damage. ``editions`` gives the edition of each entity that is searched now."""

    def __init__(self, codec: Codec, editions: Callable[[], Editions]) -> None:
        self._codec = codec
        self._editions = editions
        self._damage: dict[Path, str] = {}  # by shard: what is damaged

    def by_entity(self) -> dict[str, DamagedShard]:
        """Of each damaged entity one shard."""
        of = {edition.path: entity for entity, edition in self._editions().items()}
        noted = sorted(dict(self._damage).items(), reverse=True)  # the first is named
        return {of[s.parent]: DamagedShard(str(s), w) for s, w in noted if s.parent in of}

    def refuse(self, entity: str) -> None:
        """Raises ShardDamaged where the entity has a damaged shard."""
        shard = self.by_entity().get(entity) if self._damage else None
        if shard is not None:
            raise shard.error()

    def note(self, shard: Path, what: str) -> None:
        """Note, and log once, that a shard is damaged."""
        if shard not in self._damage:
            self._damage[shard] = what
            log.error("shard damaged", extra={"why": str(ShardDamaged(shard, what))})

    def look_at_start(self, entities: Collection[str]) -> None:
        """Only so much that it takes no time to speak of, and all that a writer reads first."""
        editions = [self._editions()[entity] for entity in entities]
        shards = [shard_path(e.path, low) for e in editions for low in shards_of(e.path)]
        self._look(entities, small_files(shards, START_BYTES), lambda: True, mend=True)

    def look(self, entities: Iterable[str], goes_on: Callable[[], bool] = lambda: True) -> None:
        """Compare all files of these, until ``goes_on`` says no."""
        self._look(entities, WHOLE, goes_on)

    def _look(
        self,
        entities: Iterable[str],
        up_to: int,
        goes_on: Callable[[], bool],
        *,
        mend: bool = False,
    ) -> None:
        for entity in entities:
            edition = self._editions()[entity]
            schema = self._codec.schema(entity)
            for low in shards_of(edition.path):
                if not goes_on():
                    return
                path = shard_path(edition.path, low)
                try:
                    found = damages_of(path, schema, up_to, goes_on)
                except Stopped:
                    return
                if _is_of_list(found) and (not mend or _mend_list(path, found[0])):
                    # Whoever writes the shard has its own list, or makes one.
                    continue
                for damage in found:
                    # A population or a switch may have taken its place meanwhile.
                    if self._editions()[entity] is edition:
                        self.note(path, damage.sentence)


def _is_of_list(found: Sequence[Damage]) -> bool:
    """Whether nothing is damaged but the list of files that the engine may remove."""
    return bool(found) and {damage.path.name for damage in found} == {MANAGED}


def _mend_list(shard: Path, damage: Damage) -> bool:
    """Write that list anew, as the last commit names the files; whether it could be."""
    try:
        keep_committed(shard)
    except (OSError, ShardDamaged) as error:
        log.warning("list of files not mended", extra={"path": str(shard), "why": str(error)})
        return False
    log.warning("list of files mended", extra={"path": str(damage.path)})
    return True
