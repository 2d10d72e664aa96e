"""The rights of a viewer, cached for type-ahead.

For a viewer who sees little, rights are a condition of the query. For one who sees much that would
take longer than all the rest (measured over 600,000 datafiles of which half are visible: 3 to 6 ms
a field), so hits are filtered afterwards, and the condition is only added when hidden documents
displaced visible ones. Either way only the order can depend on a document that is hidden.
"""

from collections.abc import Hashable, Sequence

from search_service.bounded_cache import BoundedCache
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.base import Hit, Reader
from search_service.query.conditions import any_of
from search_service.query.id_set import IdSet
from search_service.query.released import Released
from search_service.query.simplify import simplify
from search_service.query.tree import Everything, Join, Numbers, Query
from search_service.query.visibility import (
    Viewer,
    visible_to,
)

# A viewer sees little of an entity: at most so many investigations outside of ranges of ids, and at
# most so many documents.
INVESTIGATIONS, DOCUMENTS = 200, 20_000
_MOST_BYTES = 64 << 20  # of the rights that are cached
_OF_AN_ID = 120  # bytes of an investigation in them


class ViewerRights:
    """The rights of one viewer, as of one state of the entities that rights come from."""

    def __init__(self, reader: Reader, viewer: Viewer) -> None:
        self._reader = reader
        self._released = viewer.released
        self._own = IdSet.of(())
        if viewer.user is not None:
            root = lookup.rights_entity()
            mine = simplify(visible_to(viewer.user, root))
            self._own = reader.values(root.name, mine, "id")
        self._own_ids = frozenset(self._own)
        self._conditions: dict[str, Query] = {}
        self._exact: dict[str, Query] = {}

    @property
    def _one_by_one(self) -> int:
        """How many investigations a condition has to name."""
        released = self._released
        of_released = 0 if released is None else len(released.besides) + len(released.without)
        return len(self._own) + of_released

    @property
    def weight(self) -> int:
        """The bytes of them, about; what is public is shared by all viewers."""
        return _OF_AN_ID * len(self._own)

    @property
    def is_empty(self) -> bool:
        """Whether the viewer may see nothing at all."""
        return not self._own and not (self._released and self._released.ids)

    def condition(self, entity: Entity) -> Query:
        """The documents of an entity that the viewer may see.

        ``Everything`` for a viewer who sees much: then ``visible_hits`` filters the hits.
        """
        known = self._conditions.get(entity.name)
        if known is None:
            query = simplify(self._made(entity))
            is_little = (
                self._one_by_one <= INVESTIGATIONS
                and self._reader.tally(entity.name, query, DOCUMENTS + 1) <= DOCUMENTS
            )
            known = self._conditions[entity.name] = query if is_little else Everything()
        return known

    def sees_much(self, entity: Entity) -> bool:
        """Whether hits of ``condition`` may be hidden."""
        return self.condition(entity) == Everything()

    def exact_condition(self, entity: Entity) -> Query:
        """The documents that the viewer may see, of an entity that has an investigation."""
        known = self._exact.get(entity.name)
        if known is None:
            known = self._exact[entity.name] = simplify(self._of_investigations(entity))
        return known

    def visible_hits(self, entity: Entity, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that the viewer may see, of hits of ``condition``, in the same order."""
        if not hits or not self.sees_much(entity):
            return list(hits)
        if lookup.rights_field(entity.name) is not None:
            return self._of_visible_investigations(entity, hits)
        join = lookup.rights_join(entity.name)
        through = lookup.entity(join.to)
        keys = self._reader.numbers(entity.name, hits, join.by)
        wanted = Numbers(join.on, tuple({key for key in keys if key is not None}))
        found = self._reader.some(through.name, wanted, len(hits))
        shown = {hit.id for hit in self._of_visible_investigations(through, found)}
        return [hit for hit, key in zip(hits, keys, strict=True) if key in shown]

    def _of_visible_investigations(self, entity: Entity, hits: Sequence[Hit]) -> list[Hit]:
        field = lookup.rights_field(entity.name) or ""
        investigations = self._reader.numbers(entity.name, hits, field)
        return [
            hit
            for hit, investigation in zip(hits, investigations, strict=True)
            if investigation is not None and self._sees(investigation)
        ]

    def _sees(self, investigation: int) -> bool:
        released = self._released
        return investigation in self._own_ids or (
            released is not None and investigation in released.ids
        )

    def _made(self, entity: Entity) -> Query:
        if lookup.rights_field(entity.name) is None:
            join = lookup.rights_join(entity.name)
            through = self.condition(lookup.entity(join.to))
            if through == Everything():
                return through
            return Join(join.to, by=join.on, on=join.by, query=through)
        return self._of_investigations(entity)

    def _of_investigations(self, entity: Entity) -> Query:
        field = lookup.rights_field(entity.name) or ""
        ways: list[Query] = [Numbers(field, self._own)] if self._own else []
        if self._released is not None:
            ways.append(self._released.on(field))
        return any_of(ways)


class ViewerRightsCache:
    """The rights of the last viewers, until the entities that rights come from change."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: BoundedCache[Viewer, tuple[Hashable, ViewerRights]] = BoundedCache(_MOST_BYTES)
        self._released: Released | None = None  # of the viewers that are known

    def of(self, viewer: Viewer) -> ViewerRights:
        """The rights of this viewer now."""
        stamp = tuple(self._reader.stamp(name) for name in lookup.sources_of_rights())
        known = self._known.get(viewer)
        if known is None or known[0] != stamp:
            known = stamp, ViewerRights(self._reader, viewer)
            self._forget_others(viewer.released)
            self._known.add(viewer, known, known[1].weight + len(viewer.user or ""))
        return known[1]

    def _forget_others(self, released: Released | None) -> None:
        """Keep one set of what is public: a cursor may name any moment, each with another set."""
        if released is not None and released is not self._released:
            self._released = released
            self._known.clear()
