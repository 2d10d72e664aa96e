"""Fills a piece of a generation that a re-index builds, by bulk requests of which some are open.

Documents are durable when the cluster has answered. Not here: which pieces there are, and who
makes the index.
"""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from search_service.engines.id_ranges import IdRange
from search_service.engines.index import Encoded
from search_service.engines.opensearch.write.bulk import (
    MOST_BYTES,
    MOST_CHANGES,
    BulkRequests,
    Line,
    put_line,
)
from search_service.engines.opensearch.write.indices import Indices, in_range
from search_service.errors import StorageFailed

AT_ONCE = 2
"""Requests of a builder that are open: one is carried out while another is encoded."""

PATIENCE_SECONDS = 600.0
"""For how long a builder tries again what a cluster rejects: somebody may look after it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a builder puts documents: an index of an entity, with the version of the build."""

    entity: str
    index: str
    version: int


class ClusterBuilder:
    """As in ``BulkBuilder``: builds the piece ``low`` <= id < ``high``."""

    def __init__(
        self,
        requests: BulkRequests,
        indices: Indices,
        target: Target,
        ids: IdRange,
        memory: int,
    ) -> None:
        """``memory``: bytes that documents may take that are not acknowledged."""
        self._requests = requests
        self._indices = indices
        self._target = target
        self._ids = ids
        self._written = indices.names.written(target.index)
        self._most_bytes = min(MOST_BYTES, memory // (AT_ONCE + 1))
        self._threads = ThreadPoolExecutor(AT_ONCE, "bulk")
        self._open: deque[Future[bool]] = deque()
        self._lines: list[Line] = []
        self._size = 0

    def put(self, documents: Iterable[tuple[int, Encoded]]) -> None:
        """As in ``BulkBuilder``; documents come by ids ascending."""
        for id_, document in documents:
            line = put_line(self._written, id_, self._target.version, document)
            if self._size + len(line.content) > self._most_bytes or self._is_full:
                self._send()
            self._lines.append(line)
            self._size += len(line.content)

    @property
    def _is_full(self) -> bool:
        return len(self._lines) >= MOST_CHANGES

    def _send(self) -> None:
        if not self._lines:
            return
        while len(self._open) >= AT_ONCE:
            self._wait()
        lines, self._lines, self._size = self._lines, [], 0
        self._open.append(self._threads.submit(self._requests.send, self._target.entity, lines))

    def _wait(self) -> None:
        if not self._open.popleft().result():
            raise StorageFailed(
                f"The index of {self._target.entity} that is built, {self._target.index}, is gone: "
                "the re-index was cancelled, or somebody removed it"
            )

    def commit(self) -> None:
        """As in ``BulkBuilder``: what the cluster has acknowledged is durable."""
        self._send()
        while self._open:
            self._wait()

    def count(self) -> int:
        """As in ``BulkBuilder``."""
        index = self._target.index
        self._indices.refresh([index])
        query = {"query": in_range(self._ids)}
        found: int = self._indices.cluster.request("POST", f"/{index}/_count", body=query)["count"]
        return found

    def close(self) -> None:
        """As in ``BulkBuilder``; what it holds can still be counted."""
        self.commit()
        self._threads.shutdown()

    def drop(self) -> None:
        """As in ``BulkBuilder``: nothing is on the way any more on return."""
        self._requests.give_up()
        self._lines, self._size = [], 0
        self._open.clear()
        self._threads.shutdown(cancel_futures=True)
