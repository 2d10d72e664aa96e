"""The moment that a backup is of. Not here: how it is taken, see ``runtime.backups.moment``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """All that was acknowledged then. ``at``: seconds since 1970."""

    at: float
    generation: int
