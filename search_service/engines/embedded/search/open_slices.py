"""The slices that a view names, each opened once and kept open as long as it does not change."""

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.embedded.search.linked_slices import CannotLink, LinkedSlices
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.embedded.storage.slices.dealing import SliceOptions
from search_service.engines.embedded.storage.slices.own_directory import OwnDirectory
from search_service.engines.embedded.storage.view import ShardView, View

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Linking:
    """Where slices are made: in the data directory ``root``, and how many of an entity."""

    root: Path
    wanted: SliceOptions


class OpenSlices:
    """Slices by entity. Raises ShardDamaged for an entity that the view names damaged."""

    def __init__(self, view: View, linking: Linking | None = None) -> None:
        """Without ``linking`` each shard is a slice."""
        self._view = view
        self._linking = linking
        self._own = None if linking is None else OwnDirectory(linking.root)
        self._linked: dict[str, LinkedSlices] = {}  # by entity
        self._shards: dict[str, tuple[int, Slice]] = {}  # by path, with its stamp
        self._listed: dict[str, list[Slice]] = {}  # by entity, of this view
        self._refused: dict[str, str] = {}  # by entity, why no links could be made
        self._stamps = count(1)
        self._stamp: dict[str, int] = {}

    def see(self, view: View) -> None:
        """From now on those that this view names; slices whose stamps are the same stay open."""
        before, self._view = self._view, view
        changed = [
            entity
            for entity in {*before.shards, *view.shards}
            if before.of(entity) != view.of(entity)
        ]
        for entity in changed:
            self._listed.pop(entity, None)
            self._stamp[entity] = next(self._stamps)
            if _edition(before.of(entity)) != _edition(view.of(entity)):
                self._drop(entity)
        if changed and self._shards:
            named = {shard.path for shards in view.shards.values() for shard in shards}
            self._shards = {path: opened for path, opened in self._shards.items() if path in named}

    def close(self) -> None:
        """Remove what was made on the disk."""
        self._linked.clear()
        self._listed.clear()
        if self._own is not None:
            self._own.remove()

    def of(self, entity: str) -> list[Slice]:
        """The slices of an entity that hold documents."""
        listed = self._listed.get(entity)
        if listed is not None and not self._view.damaged:
            return listed  # a text asks for its words some hundred times
        found = lookup.find_entity(entity)
        if found is None:
            return []
        if self._view.damaged:
            self._refuse_damaged(found.name)
        listed = self._listed.get(found.name)
        if listed is None:
            opened = self._opened(found, self._view.of(found.name))
            listed = self._listed[found.name] = [slice_ for slice_ in opened if slice_.documents]
        return listed

    def stamp(self, entity: str) -> Hashable:
        """Another value when documents of an entity may have changed."""
        return self._stamp.get(entity, 0)

    @property
    def cores(self) -> int:
        """How many slices may be asked at once."""
        return 1 if self._linking is None else self._linking.wanted.cores

    def _refuse_damaged(self, entity: str) -> None:
        shard = self._view.damaged.get(entity)
        if shard is not None:
            raise shard.error()

    def _opened(self, entity: Entity, shards: tuple[ShardView, ...]) -> list[Slice]:
        if self._linking is None or self._own is None:
            return [self._open(shard, entity) for shard in shards]
        linked = self._linked.get(entity.name)
        if linked is None:
            linked = LinkedSlices(entity, self._own, self._linking.wanted)
            self._linked[entity.name] = linked
        try:
            slices = linked.see(shards)
        except CannotLink as error:
            self._tell(entity.name, str(error))
            return [self._open(shard, entity) for shard in shards]
        if self._shards:
            for shard in shards:
                self._shards.pop(shard.path, None)
        return slices

    def _tell(self, entity: str, why: str) -> None:
        """Once for a reason: it is tried again whenever the entity changes."""
        if self._refused.get(entity) != why:
            self._refused[entity] = why
            log.warning(
                "no slices made, shards are searched one by one",
                extra={"entity": entity, "why": why},
            )

    def _open(self, shard: ShardView, entity: Entity) -> Slice:
        known = self._shards.get(shard.path)
        if known is None:
            slice_ = Slice(shard.path, entity)
        else:
            stamp, slice_ = known
            if stamp == shard.stamp:
                return slice_
            slice_.reload()
        self._shards[shard.path] = (shard.stamp, slice_)
        return slice_

    def _drop(self, entity: str) -> None:
        linked = self._linked.pop(entity, None)
        if linked is not None:
            linked.close()


def _edition(shards: tuple[ShardView, ...]) -> Path | None:
    return Path(shards[0].path).parent if shards else None
