"""What a user may see: investigations of the user or of an instrument the user works on.

Datasets and datafiles follow their investigation.
"""

from search_service.catalogue.model import Entity
from search_service.query.conditions import any_of, joined
from search_service.query.tree import Exact, Query

WAYS = ("InvestigationUser", "InstrumentScientist")
"""Each has the user's name, and joins to what the user may see by it."""


def visible_to(user: str, entity: Entity) -> Query:
    """The documents of ``entity`` that the user may see."""
    is_user = Exact("user.name", (user,))
    ways = (joined(way, entity.name, is_user) for way in WAYS)
    return any_of(way for way in ways if way is not None)
