"""Fills services with the synthetic facility by lock, addNow and unlock, as a catalogue does.

By itself: ``python -m load_tests.filling --url URL --datafiles N``.
"""

import argparse
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from threading import local

from load_tests.client import Client
from load_tests.documents import Block, Facility, blocks
from load_tests.queries import BASE

THREADS = 4
DATAFILES = 600_000


@dataclass(frozen=True)
class Filled:
    """What a bulk load took: seconds in ``addNow``, and with ``unlock``."""

    documents: int
    bytes: int
    adding: float
    total: float


def fill(url: str, facility: Facility, threads: int = THREADS) -> Filled:
    """Replaces what the service holds by the facility, entity by entity."""
    return populate(url, blocks(facility), threads)


def populate(url: str, parts: Iterable[Block], threads: int = THREADS) -> Filled:
    """Adds blocks from several threads, each entity locked before and unlocked after its own."""
    mine = local()
    clients: list[Client] = []

    def add(block: Block) -> None:
        if not hasattr(mine, "client"):
            mine.client = Client(url)
            clients.append(mine.client)
        mine.client.call(f"{BASE}/addNow/{block.entity}", block.body).json()

    documents, size, adding, locked = 0, 0, 0.0, ""
    begin = time.perf_counter()
    with ExitStack() as opened:
        control = opened.enter_context(Client(url))
        opened.callback(_close, clients)
        pool = opened.enter_context(ThreadPoolExecutor(threads))
        waiting: set[Future[None]] = set()
        for block in parts:
            if block.entity != locked:
                _settle(waiting)
                adding += _turn(control, locked, block.entity)
                locked = block.entity
            if len(waiting) >= 2 * threads:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                _settle(done)
            waiting.add(pool.submit(add, block))
            documents, size = documents + block.count, size + len(block.body)
        _settle(waiting)
        adding += _turn(control, locked, "")
        total = time.perf_counter() - begin
    return Filled(documents, size, total - adding, total)


def _close(clients: list[Client]) -> None:
    for client in clients:
        client.close()


def _turn(control: Client, locked: str, following: str) -> float:
    """Unlocks one entity and locks the next; the seconds that took."""
    begin = time.perf_counter()
    if locked:
        control.call(f"{BASE}/unlock/{locked}").json()
    if following:
        control.call(f"{BASE}/lock/{following}?delete=true").json()
    return time.perf_counter() - begin


def _settle(futures: Iterable[Future[None]]) -> None:
    for future in list(futures):
        future.result()
    if isinstance(futures, set):
        futures.clear()


def main() -> None:
    """Reads the command line and fills a service."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", required=True)
    parser.add_argument("--datafiles", type=int, default=DATAFILES)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--entity", help="only the documents of this one")
    options = parser.parse_args()
    parts = blocks(Facility(options.datafiles), only=options.entity)
    filled = populate(options.url, parts, options.threads)
    print(f"{filled.documents:,} documents in {filled.total:.1f} s")


if __name__ == "__main__":
    main()
