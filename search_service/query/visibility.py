"""What a user may see: investigations of the user or of an instrument the user works on.

Datasets and datafiles follow their investigation. So does what is public: investigations whose
release date has passed.
"""

from dataclasses import dataclass

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.conditions import any_of, joined
from search_service.query.released import Released
from search_service.query.tree import Exact, Query

INVESTIGATION = "Investigation"
WAYS = ("InvestigationUser", "InstrumentScientist")
"""Each has the user's name, and joins to what the user may see by it."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a user, or anybody who looks at what is public, or a user who does both."""

    user: str | None = None
    released: Released | None = None  # None: what is public is not asked for


def visible_to(user: str, entity: Entity) -> Query:
    """The documents of ``entity`` that the user may see."""
    is_user = Exact("user.name", (user,))
    ways = (joined(way, entity.name, is_user) for way in WAYS)
    return any_of(way for way in ways if way is not None)


def seen_by(viewer: Viewer, entity: Entity) -> Query:
    """The documents of a searched entity that the viewer may see."""
    ways: list[Query] = []
    if viewer.user is not None:
        ways.append(visible_to(viewer.user, entity))
    field = investigation_field(entity)
    if viewer.released is not None and field is not None:
        ways.append(viewer.released.on(field))
    return any_of(ways)


def investigation_field(entity: Entity) -> str | None:
    """Where a document has the id of its investigation; None where it has none."""
    if entity.name == INVESTIGATION:
        return "id"
    join = lookup.join(entity.name, INVESTIGATION)
    return None if join is None else join.by
