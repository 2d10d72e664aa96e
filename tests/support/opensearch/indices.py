"""Indices made straight from documents, for tests of the reading side alone.

To make an index takes the cluster a third of a second, so entities without documents share theirs.
An index is not emptied to be used again: what was deleted counts in the scores of what is there.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from analyzers import SEPARATORS
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document, Reader
from search_service.engines.config import ClusterOptions, IndexConfig
from search_service.engines.opensearch.index.encode import ClusterCodec
from search_service.engines.opensearch.index.format import ClusterFormat
from search_service.engines.opensearch.index.mapping import body_of
from search_service.engines.opensearch.search.stamps import SeenState
from tests.support.opensearch.fixtures import own_prefix

if TYPE_CHECKING:  # an environment for other tests need not have the library for clusters
    from search_service.engines.opensearch.cluster.answers import Answer
    from search_service.engines.opensearch.cluster.client import Cluster
    from search_service.engines.opensearch.cluster.names import Names
    from search_service.engines.opensearch.search.requests import Requests

CONFIG = IndexConfig(frozenset(FACETABLE_BY_DEFAULT), "", SEPARATORS)

Documents = Mapping[str, Mapping[int, Document]]


class IndexPool:
    """Indices in a cluster."""

    def __init__(self, options: ClusterOptions) -> None:
        from search_service.engines.opensearch.cluster.client import Cluster

        self.cluster: Cluster = Cluster(options)
        self.options = options
        self._empty: dict[str, str] = {}
        self._numbers = count(1)

    def empty(self, entity: str) -> str:
        """An index without documents, which nobody fills."""
        if entity not in self._empty:
            self._empty[entity] = self.new(entity, 1)
        return self._empty[entity]

    def new(self, entity: str, shards: int) -> str:
        """An index without documents."""
        index = f"{self.options.prefix}-{entity.lower()}-{next(self._numbers)}"
        body = body_of(entity, CONFIG)
        body["settings"] |= {"number_of_shards": shards, "number_of_replicas": 0}
        self.cluster.request("PUT", f"/{index}", None, body)
        return index

    def remove(self, index: str) -> None:
        """Remove an index."""
        self.cluster.request("DELETE", f"/{index}")


@dataclass
class MadeIndices:
    """An index of each entity that has documents."""

    pool: IndexPool
    shards: int
    indices: dict[str, str] = field(default_factory=dict)  # by entity
    sent: int = 0
    """Requests that its readers sent so far."""

    def reader(self) -> Reader:
        """A reader over them, as if nothing changed ever."""
        from search_service.engines.opensearch.search.reader import OpenSearchReader

        return OpenSearchReader(self.requests, CONFIG, ClusterFormat(), _OneState())

    @property
    def requests(self) -> "Requests":
        """Searches of them."""
        from search_service.engines.opensearch.search.requests import Requests

        return Requests(_counting(self), _names(self))

    def fill(self, documents: Documents) -> None:
        """Put documents into indices of their own."""
        filled = [entity for entity, found in documents.items() if found]
        with ThreadPoolExecutor(4) as threads:
            made = threads.map(lambda entity: self.pool.new(entity, self.shards), filled)
            self.indices.update(zip(filled, made, strict=True))
        lines: list[bytes] = []
        for entity, index in self.indices.items():
            encode = ClusterCodec(CONFIG).encoder(entity)
            for id_, document in documents[entity].items():
                lines.append(b'{"index":{"_index":"%s","_id":"%d"}}' % (index.encode(), id_))
                lines.append(encode(id_, document).encode())
        if lines:
            answer = self.pool.cluster.bulk(b"\n".join([*lines, b""]), {"refresh": True})
            assert not answer.content["errors"], answer.content

    def remove(self) -> None:
        """Remove them."""
        for index in self.indices.values():
            self.pool.remove(index)


class Indices:
    """What a test makes."""

    def __init__(self, pool: IndexPool) -> None:
        self._pool = pool
        self._made = ExitStack()

    def made(self, documents: Documents, shards: int = 1) -> MadeIndices:
        """Indices of documents, until the test's module ends."""
        return self._made.enter_context(self.of(documents, shards))

    @contextmanager
    def of(self, documents: Documents, shards: int = 1) -> Iterator[MadeIndices]:
        """Indices of documents, with so many shards each."""
        made = MadeIndices(self._pool, shards)
        try:
            made.fill(documents)
            yield made
        finally:
            made.remove()

    def close(self) -> None:
        """Remove what was made."""
        self._made.close()


@pytest.fixture(scope="session")
def index_pool(opensearch_addresses: tuple[str, ...]) -> Iterator[IndexPool]:
    """Indices that all tests share."""
    with own_prefix(opensearch_addresses) as options:
        pool = IndexPool(options)
        yield pool
        pool.cluster.close()


@pytest.fixture(scope="module")
def indices(index_pool: IndexPool) -> Iterator[Indices]:
    """Indices of the documents of a test's module."""
    made = Indices(index_pool)
    yield made
    made.close()


class _OneState:
    """Nothing changes."""

    def seen(self) -> SeenState:
        return SeenState(1, 1)


def _names(made: MadeIndices) -> "Names":
    from search_service.engines.opensearch.cluster.names import Names

    class Made(Names):
        def searched(self, entity: str) -> str:
            return made.indices.get(entity) or made.pool.empty(entity)

    return Made("")


def _counting(made: MadeIndices) -> "Cluster":
    """The cluster, whose requests are counted."""
    from search_service.engines.opensearch.cluster.client import Cluster
    from search_service.engines.opensearch.cluster.nodes import Nodes

    class Counting(Nodes):
        def send(self, *args: Any, **options: Any) -> "Answer":
            made.sent += 1
            return super().send(*args, **options)

    return Cluster(made.pool.options, Counting(made.pool.options))
