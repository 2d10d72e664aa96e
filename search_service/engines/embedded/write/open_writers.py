"""How many writers are open at a time: each takes memory and threads.

A new one takes the place of the one that was used least recently. A writer that merges segments is
left open until it has done so: who closes it waits for that, and with it every commit.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from search_service.engines.embedded.write.shard_writer import ShardWriter

LEAST_MEMORY = 15_000_000  # of each thread: the engine refuses less
# Times as many writers as there should be, some of them merging: beyond it merges are waited for.
_MOST_BEYOND = 2


class OpenWriters:
    """``memory``: bytes of one writer; ``limit``: how many are open; ``threads``: in bulk loads."""

    def __init__(
        self,
        memory: int,
        limit: int,
        threads: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threads = max(1, min(threads, memory // LEAST_MEMORY))
        self._memory = max(memory, LEAST_MEMORY * self._threads)
        self._limit = max(1, limit)
        self._clock = clock
        self._turn = Lock()  # of opening and closing
        self._used: dict[ShardWriter, float] = {}

    @contextmanager
    def using(self, shard: ShardWriter, *, bulk: bool = False) -> Iterator[ShardWriter]:
        """The shard with its writer open, for this thread alone."""
        with shard.lock:
            if not shard.is_open:
                with self._turn:
                    self._make_room()
                    # Each thread makes segments of its own: many threads, many small segments.
                    shard.open(self._memory, self._threads if bulk else 1)
            self._used[shard] = self._clock()
            yield shard

    def close_idle(self, seconds: float) -> list[ShardWriter]:
        """Close writers that were not used for so long and have nothing to commit nor to merge."""
        closed = []
        with self._turn:
            now = self._clock()
            for shard, used in list(self._used.items()):
                idle = not shard.dirty and now - used >= seconds
                if idle and not shard.is_merging and self._close(shard):
                    shard.forget()
                    closed.append(shard)
        return closed

    def release(self, shard: ShardWriter) -> bool:
        """Close the writer of a shard, unless it has changes to commit or merges; whether it is."""
        if not shard.is_open:
            return True
        with self._turn:
            return not shard.dirty and not shard.is_merging and self._close(shard)

    def drop(self, shard: ShardWriter) -> None:
        """Close a writer and give up what it had not committed."""
        shard.drop()
        self._used.pop(shard, None)

    def close_all(self) -> None:
        """Commit and close."""
        with self._turn:
            for shard in list(self._used):
                shard.close()
            self._used.clear()

    def __len__(self) -> int:
        return sum(shard.is_open for shard in list(self._used))

    def _make_room(self) -> None:
        by_age = sorted(self._used.items(), key=lambda item: item[1])
        for shard, _ in by_age:
            if len(self) < self._limit:
                return
            if len(self) >= _MOST_BEYOND * self._limit or not shard.is_merging:
                self._close(shard)
        # All others are in use: then one more is open than there should be.

    def _close(self, shard: ShardWriter) -> bool:
        # Waiting here could wait for a thread that itself waits for its turn.
        if not shard.lock.acquire(blocking=False):
            return False
        try:
            shard.close()
            self._used.pop(shard, None)
        finally:
            shard.lock.release()
        return True
