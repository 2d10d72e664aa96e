"""What a user may see: investigations of the user or of an instrument the user works on.

Datasets and datafiles follow their investigation. So does what is public: investigations whose
release date has passed. What is joined to a document that is seen has to be seen itself: the same
sample may belong to an investigation that is hidden.
"""

from dataclasses import dataclass, replace

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.conditions import any_of, joined
from search_service.query.released import Released
from search_service.query.tree import Bool, Exact, Join, Query, rebuilt


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a user, or anybody who looks at what is public, or a user who does both."""

    user: str | None = None
    released: Released | None = None  # None: what is public is not asked for


def visible_to(user: str, entity: Entity) -> Query:
    """The documents of ``entity``, which is or has an investigation, that the user may see."""
    root, field = lookup.rights_entity(), lookup.rights_field(entity.name)
    of_user = (
        joined(giver.name, root.name, Exact(name, (user,)))
        for giver, name in lookup.rights_givers()
    )
    # By the investigation, which no join has to tell: those of samples are by the sample.
    return any_of(
        replace(way, on=field) for way in of_user if isinstance(way, Join) and field is not None
    )


def seen_by(viewer: Viewer, entity: Entity) -> Query:
    """The documents of a searched entity that the viewer may see."""
    ways: list[Query] = []
    if viewer.user is not None:
        ways.append(visible_to(viewer.user, entity))
    field = lookup.rights_field(entity.name)
    if viewer.released is not None and field is not None:
        ways.append(viewer.released.on(field))
    return any_of(ways)


class OnlySeen:
    """Conditions that ask no document which the viewer may not see."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    def of(self, query: Query, target: Entity) -> Query:
        """The condition on documents of ``target``, which are seen; what joins to them is too.

        A part that stands in several places still is one part.
        """
        known: dict[int, Query] = {}

        def of(query: Query) -> Query:
            found = known.get(id(query))
            if found is None:
                found = known[id(query)] = made(query)
            return found

        def made(query: Query) -> Query:
            return self._joined(query, target) if isinstance(query, Join) else rebuilt(query, of)

        return of(query)

    def carried(self, query: Query, to: Entity) -> Query:
        """What joins to documents that are seen, as far as it is seen too."""
        if isinstance(query, Join) and _is_of_one_investigation(
            query.entity, query.by, to, query.on
        ):
            return query
        return self._among(query, to)

    def _joined(self, join: Join, target: Entity) -> Join:
        source = lookup.entity(join.entity)
        query = self.of(join.query, source)
        if not _is_of_one_investigation(source.name, join.by, target, join.on):
            query = self._among(query, source)
        return join if query is join.query else replace(join, query=query)

    def _among(self, query: Query, entity: Entity) -> Query:
        """Those of an entity; what has no investigation of its own belongs to what joins it."""
        if lookup.rights_field(entity.name) is None:
            return query
        return Bool(must=(query,), filter=(seen_by(self._viewer, entity),))


def _is_of_one_investigation(source: str, by: str, target: Entity, on: str) -> bool:
    """Whether a join is by the investigation of both, so that with one the other is seen."""
    return by == lookup.rights_field(source) and on == lookup.rights_field(target.name)
