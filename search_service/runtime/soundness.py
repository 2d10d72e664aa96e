"""Whether the service is sound: damage is looked for after failures, searches are tried.

Both are asked for from outside, as often as somebody likes, so neither is done more than once at a
time, nor again at once. Not here: what is compared with what, which the engine knows.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

log = logging.getLogger(__name__)

GoesOn = Callable[[], bool]

# All files are read: not at each search that fails.
LOOK_AGAIN_SECONDS = 60.0
# Longer nobody is kept waiting for what was found; it goes on.
LOOK_SECONDS = 20.0
TRY_AGAIN_SECONDS = 1.0


class Soundness:
    """Compares all files of the index with their checksums when something has failed."""

    def __init__(self, look: Callable[[GoesOn], Awaitable[bool]]) -> None:
        """``look`` tells whether there is damage."""
        self._look = look
        self._is_wanted = True
        self._looking: asyncio.Future[bool] | None = None
        self._ended: float | None = None

    def begin(self) -> None:
        """Look at what the start had no time for, beside searches."""
        self._looking = asyncio.ensure_future(self._looked())

    async def is_damaged(self) -> bool:
        """Whether damage is found that may have been the cause of a failure just now."""
        if self._looking is None:
            ended = self._ended
            if ended is not None and time.monotonic() - ended < LOOK_AGAIN_SECONDS:
                return False
            self._looking = asyncio.ensure_future(self._looked())
            self._looking.add_done_callback(self._note_end)
        done, _ = await asyncio.wait([self._looking], timeout=LOOK_SECONDS)
        return any(not task.cancelled() and task.result() for task in done)

    def _note_end(self, looked: object) -> None:
        self._ended = time.monotonic()

    def cancel(self) -> None:
        """The service ends."""
        self._is_wanted = False
        if self._looking is not None:
            self._looking.cancel()

    async def _looked(self) -> bool:
        try:
            return await self._look(lambda: self._is_wanted)
        except Exception:
            log.exception("damage could not be looked for")
            return False
        finally:
            self._looking = None


class Undecided(Exception):
    """An attempt had no turn: it tells nothing, and what was known before still holds."""


class Readiness:
    """Remembers for a moment why searches cannot be answered; None: they can."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._tried: float | None = None
        self._why: str | None = None

    async def why_not(self, attempt: Callable[[], Awaitable[str | None]]) -> str | None:
        """What ``attempt`` says, or said a moment ago, or before it was ``Undecided``."""
        async with self._turn:
            tried = self._tried
            if tried is None or time.monotonic() - tried >= TRY_AGAIN_SECONDS:
                with suppress(Undecided):
                    self._why = await attempt()
                self._tried = time.monotonic()
            return self._why
