"""Which generations that were searched before are kept no longer.

Not here: who removes them, and when, see ``generations``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """``most``: so many are kept; ``days``: so long. 0: without limit."""

    most: int = 0
    days: float = 0.0

    def expired(self, kept_since: Mapping[int, float], now: float) -> list[int]:
        """The numbers of those that go. ``kept_since``, ``now``: seconds since 1970."""
        # By when they were replaced: one that was gone back to has a low number.
        newest_first = sorted(kept_since, key=lambda number: kept_since[number], reverse=True)
        too_many = newest_first[self.most :] if self.most else []
        too_old = [
            number
            for number, since in kept_since.items()
            if self.days and now - since > self.days * _DAY
        ]
        return sorted({*too_many, *too_old})
