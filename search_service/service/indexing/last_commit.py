"""When the last commit ended, over restarts: the time of an empty file in the data directory.

A time takes no room, so it is noted on a full disk too. It is not waited for: after a power loss it
may be that of an earlier commit. Not here: an index that several services change, whose state says
it, see ``engines.shared``.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

NAME = "last-commit"


@dataclass(frozen=True, slots=True)
class LastCommit:
    """That of a data directory."""

    root: Path

    def find(self) -> float | None:
        """In seconds since 1970; None: there was none, or it is not known."""
        try:
            return self._path.stat().st_mtime
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("time of the last commit not known", extra={"why": str(error)})
            return None

    def note(self, moment: float) -> None:
        """Keep the time for the next start. The commit holds, also where this cannot be done."""
        try:
            self._path.touch()
            os.utime(self._path, (moment, moment))
        except OSError as error:
            log.warning("time of the last commit not noted", extra={"why": str(error)})

    @property
    def _path(self) -> Path:
        return self.root / NAME
