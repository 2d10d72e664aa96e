"""Who may call what the routers behind the gate answer, by its path; and which are pages.

Not here: the operations of the contract and for front ends, see ``routes``.
"""

from search_service.http.access import AccessGroup

OPEN = ("/health/live", "/health/ready")
"""Paths that everybody may ask: probes of clusters have no address that could be listed."""

SEARCH, OPERATE, DESCRIPTION = "/", "/operate", "/docs"
SUGGESTIONS = "/suggestions"
PAGES = (SEARCH, OPERATE, DESCRIPTION)
_OF_PAGES = (SEARCH, SUGGESTIONS, OPERATE)
ASSETS = "/assets/"
"""Styles and scripts of the pages, which tell nothing of what the service holds."""


def group_of(path: str) -> AccessGroup | None:
    """The group of a path, of what there will be too; None: everybody may ask."""
    if path in OPEN or path.startswith(ASSETS):
        return None
    return AccessGroup.PAGE if path in _OF_PAGES else AccessGroup.OPERATE
