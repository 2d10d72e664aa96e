"""Whether more requests come than can be answered: of all callers, or of one.

A short while in which too many come is a burst, and is served; what lasts longer is an overload.
Not here: who is refused then, see ``fair_queue``.
"""

from dataclasses import dataclass

# Too many at once are a burst, which is served; for longer than this they are more than can be.
BURST = 1.0  # seconds
# It is over when nothing waits, and nothing was refused for so long. Few wait while it lasts, so
# that now and then nothing does, for a moment: as many as in a burst would wait again after each.
_CALM = 0.2  # seconds


@dataclass(slots=True)
class Overload:
    """Of all or of one caller. ``since``: when the first was refused; None: none was of late."""

    since: float | None = None
    _refused: float = 0.0  # when the last one was

    def note(self, now: float) -> None:
        """One was refused, as too many wait."""
        if self.since is None:
            self.since = now
        self._refused = now

    def end_if_calm(self, now: float) -> None:
        """Nothing waits."""
        if self.since is not None and now - self._refused > _CALM:
            self.since = None

    def lasts(self, now: float) -> bool:
        """Whether it is no burst any more."""
        return self.since is not None and now - self.since >= BURST
