"""Tells the service manager that started the service how it is: systemd's `sd_notify(3)`.

It is ready, reads its files again, stops, and, where a watchdog is asked for, that its event loop
goes on. Without a manager nothing is told. The protocol is a line in a datagram; the library for it
(`sdnotify`) has had no release since 2017 and neither reads the watchdog nor what a reload needs.
"""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

log = logging.getLogger(__name__)

ADDRESS, WATCHDOG, WATCHED = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
_PER_TIME = 3  # signs of life: one that comes late is not the end
_WAIT_SECONDS = 2.0  # for a manager that is busy: its queue has room for some ten lines


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Who started the service. ``address``: a socket of it; empty: nobody wants to be told.

    ``watchdog_seconds``: so long without a sign of life, and it ends the service; 0: it does not.
    """

    address: str = ""
    watchdog_seconds: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.address)

    def tell_ready(self, status: str) -> None:
        """Requests are answered from now on, or again after ``tell_reloading``."""
        self._tell("READY=1", f"STATUS={status}")

    def tell_reloading(self) -> None:
        """Files are read again; ``tell_ready`` follows."""
        # A manager of `Type=notify-reload` asks for the time, to know which reload it was.
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now}")

    def tell_stopping(self) -> None:
        """It ends, as soon as requests that run are answered."""
        self._tell("STOPPING=1", "STATUS=finishing what runs")

    @asynccontextmanager
    async def watching(self, serving: asyncio.Event) -> AsyncIterator[None]:
        """Give signs of life while the block runs, as long as the event loop goes on.

        From ``serving`` on: nobody waits for them before, and they would fill the manager's queue.
        """
        if not self.watchdog_seconds:
            yield
            return
        signs = asyncio.ensure_future(self._give_signs(serving))
        try:
            yield
        finally:
            signs.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await signs

    async def _give_signs(self, serving: asyncio.Event) -> None:
        await serving.wait()
        while True:
            self._tell("WATCHDOG=1", seconds=0.0)
            await asyncio.sleep(self.watchdog_seconds / _PER_TIME)

    def _tell(self, *lines: str, seconds: float = _WAIT_SECONDS) -> None:
        if not self.address:
            return
        # "@" stands for the zero byte of an address without a file.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(seconds)
                out.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            log.warning(
                "the service manager was not told", extra={"what": lines[0], "why": str(error)}
            )


NOBODY = ServiceManager()


def service_manager(environment: MutableMapping[str, str]) -> ServiceManager:
    """The manager that the environment names; its variables are removed.

    What this process starts would otherwise speak for it.
    """
    address = environment.pop(ADDRESS, "")
    every = environment.pop(WATCHDOG, "")
    of_process = environment.pop(WATCHED, "")
    is_for_us = of_process in ("", str(os.getpid()))
    is_watched = bool(address) and is_for_us and every.isdecimal()
    return ServiceManager(address, int(every) / 1e6 if is_watched else 0.0)
