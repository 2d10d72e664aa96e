"""Which shards get segments anew, and when: one at a time, by a thread beside the commits.

A shard is looked at after a commit of it. Not here: how it is done, see ``rewrite``.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Thread

from search_service.engines.embedded.storage.failures import is_failure
from search_service.engines.embedded.write.open_writers import OpenWriters
from search_service.engines.embedded.write.rewrite import Rewrite
from search_service.engines.embedded.write.shard_writer import ShardWriter
from search_service.errors import ShardDamaged, StorageFailed

log = logging.getLogger(__name__)

LEAST_DELETED = 10_000  # documents; fewer make no search slow
_END_SECONDS = 10.0

IsCurrent = Callable[[ShardWriter], bool]


@dataclass(frozen=True, slots=True)
class _Running:
    rewrite: Rewrite
    thread: Thread
    since: float


class Rewriting:
    """``consider`` and ``tend`` are called by one thread at a time."""

    def __init__(self, writers: OpenWriters, least: int = LEAST_DELETED) -> None:
        """``least``: deleted documents of a shard that are worth it."""
        self._writers = writers
        self._least = least
        self._waiting: dict[ShardWriter, None] = {}
        self._running: _Running | None = None

    def consider(self, shards: Iterable[ShardWriter]) -> None:
        """Look at these, which were committed."""
        self._waiting.update(dict.fromkeys(shards))

    def tend(self, is_current: IsCurrent) -> None:
        """Put in what is ready, or begin with the next shard; it takes no time to speak of.

        ``is_current``: whether a shard is still one that is searched.
        """
        running = self._running
        if running is None:
            if self._waiting:
                shard = next(iter(self._waiting))
                del self._waiting[shard]
                if is_current(shard):
                    self._begin(shard)
        elif not running.thread.is_alive():
            self._finish(running, is_current(running.rewrite.shard))

    def end(self) -> None:
        """Give up what is not ready."""
        self._waiting.clear()
        if self._running is not None:
            running, self._running = self._running, None
            running.thread.join(_END_SECONDS)
            # One that takes longer ends with the process; the next start removes what it left.
            if not running.thread.is_alive():
                running.rewrite.give_up()

    def _begin(self, shard: ShardWriter) -> None:
        with _named(shard):
            rewrite = Rewrite.begin(shard, self._least)
            if rewrite is not None:
                thread = Thread(target=rewrite.merge, name="rewrite", daemon=True)
                self._running = _Running(rewrite, thread, time.monotonic())
                thread.start()

    def _finish(self, running: _Running, is_current: bool) -> None:
        shard = running.rewrite.shard
        with shard.lock:
            done = False
            if is_current and running.rewrite.merged:
                if not self._writers.release(shard):
                    return  # it has changes to commit, or merges: the next time
                with _named(shard):
                    done = running.rewrite.finish()
            self._running = None
            running.rewrite.give_up()
        if done:
            log.info(
                "segments rewritten without what was deleted",
                extra={"path": str(shard.path), "seconds": time.monotonic() - running.since},
            )


class _named:  # noqa: N801 (reads as a statement)
    """What goes wrong is logged: the shard is as it was, and is tried after another commit."""

    def __init__(self, shard: ShardWriter) -> None:
        self._shard = shard

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, ShardDamaged | StorageFailed) or is_failure(error):
            log.warning(
                "segments not rewritten", extra={"path": str(self._shard.path), "why": str(error)}
            )
            return True
        return False
