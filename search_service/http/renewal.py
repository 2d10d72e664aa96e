"""Files that are read again while the service runs: when they have changed, and at SIGHUP.

What is wrong with them is logged, and what was read before stays.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from search_service.errors import EndsCommand
from search_service.http.service_manager import NOBODY, ServiceManager

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0


class Renewable(Protocol):
    """What is read from files."""

    what: str
    # Of the files as they were before they were read last: what changed since is not missed.
    last_stamp: object

    def stamp(self) -> object:
        """Another one when a file has changed."""
        ...

    def renew(self) -> None:
        """Read the files again. Raises EndsCommand; then all but ``last_stamp`` is as it was."""
        ...


def stamp_of(files: Iterable[Path]) -> object:
    """Another one when one of these has changed; one that is not there counts as none."""
    found: list[tuple[str, int, int, int]] = []
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return found


@asynccontextmanager
async def renewing(
    items: Sequence[Renewable],
    seconds: float = LOOK_SECONDS,
    *,
    manager: ServiceManager = NOBODY,
    status: str = "",
) -> AsyncIterator[None]:
    """Look at files while the block runs, so often and at SIGHUP, which else would end the process.

    ``manager`` is told of a SIGHUP, and of the ``status`` after it. Without items and a manager
    nothing is done, and SIGHUP is as it was: a terminal that is closed ends what was started there.
    """
    if not items and not manager:
        yield
        return
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, signalled.set)
    looking = asyncio.ensure_future(_look_again(items, signalled, seconds, manager, status))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def _look_again(
    items: Sequence[Renewable],
    signalled: asyncio.Event,
    seconds: float,
    manager: ServiceManager,
    status: str,
) -> None:
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(signalled.wait(), seconds)
        is_told = signalled.is_set()
        signalled.clear()
        if is_told:
            manager.tell_reloading()
        for item in items:
            try:
                # Files may be on a disk that does not answer.
                if is_told or await asyncio.to_thread(item.stamp) != item.last_stamp:
                    await asyncio.to_thread(_renew, item)
            except Exception:
                # Of a defect, or of a system that gives no thread: nobody would look ever again.
                log.exception("not renewed, it is tried again", extra={"what": item.what})
        if is_told:
            manager.tell_ready(status)


def _renew(item: Renewable) -> None:
    try:
        item.renew()
    except (EndsCommand, OSError) as error:
        log.error("not renewed, what there was stays", extra={"what": item.what, "why": str(error)})
    else:
        log.info("renewed", extra={"what": item.what})
