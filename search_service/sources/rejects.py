"""Whom to tell of what cannot be made into a document: it is left out, and the reading goes on."""

from collections.abc import Callable

# Entity ("" when it is unknown), id (None when there is none), and why.
OnRejected = Callable[[str, int | None, str], None]


def ignored(_entity: str, _id: int | None, _reason: str) -> None:
    """Tells nobody."""
