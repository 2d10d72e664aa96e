"""The slices that a view names, each opened once and kept open as long as it does not change."""

from collections.abc import Collection, Hashable

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.embedded.storage.view import View


class OpenSlices:
    """Slices by entity. Raises ShardDamaged for an entity that the view names damaged."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._opened: dict[str, tuple[int, Slice]] = {}  # by path, with its stamp
        self._listed: dict[str, list[Slice]] = {}  # by entity, of this view

    def see(self, view: View) -> None:
        """From now on those that this view names; slices whose stamp is the same stay open."""
        self._view = view
        self._listed.clear()
        named = {shard.path for shards in view.shards.values() for shard in shards}
        self._opened = {path: opened for path, opened in self._opened.items() if path in named}

    def of(self, entity: str) -> list[Slice]:
        """The slices of an entity that hold documents, by their ids."""
        listed = self._listed.get(entity)
        if listed is None:
            found = lookup.find_entity(entity)
            if found is None:
                return []
            self._refuse_damaged(found.name)
            opened = [
                self._open(view.path, view.stamp, found) for view in self._view.of(found.name)
            ]
            listed = self._listed[entity] = [slice_ for slice_ in opened if slice_.documents]
        return listed

    def with_ids(self, entity: str, ids: Collection[int]) -> list[Slice]:
        """The slices of an entity whose range holds some of these ids."""
        found = lookup.find_entity(entity)
        if found is None:
            return []
        self._refuse_damaged(found.name)
        return [
            self._open(view.path, view.stamp, found)
            for view in self._view.of(found.name)
            if any(view.low <= id_ < view.high for id_ in ids)
        ]

    def stamp(self, entity: str) -> Hashable:
        """Another value when documents of an entity may have changed."""
        return tuple((view.path, view.stamp) for view in self._view.of(entity))

    def _refuse_damaged(self, entity: str) -> None:
        slice_ = self._view.damaged.get(entity)
        if slice_ is not None:
            raise slice_.error()

    def _open(self, path: str, stamp: int, entity: Entity) -> Slice:
        known = self._opened.get(path)
        if known is None:
            slice_ = Slice(path, entity)
        else:
            known_stamp, slice_ = known
            if known_stamp == stamp:
                return slice_
            slice_.reload()
        self._opened[path] = (stamp, slice_)
        return slice_
