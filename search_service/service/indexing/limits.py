"""When pending changes are committed without a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommitLimits:
    """As many operations, bytes or seconds since the last commit. ``seconds`` 0: not by time."""

    operations: int = 100_000
    size: int = 64_000_000  # bytes
    seconds: float = 0.0

    def are_reached(self, operations: int, size: int) -> bool:
        """Whether so many operations, with so many bytes, are to be committed."""
        return operations >= self.operations or size >= self.size

    def is_time(self, since: float | None) -> bool:
        """Whether the last commit is too long ago: seconds since it; None: there was none.

        To be measured by a clock that nobody sets.
        """
        return bool(self.seconds) and (since is None or since >= self.seconds)
