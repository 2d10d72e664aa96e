"""A re-index in this process, over an index without another service, from a JSON file."""

from collections.abc import Callable
from pathlib import Path

from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.engines.config import EngineOptions, IndexConfig
from search_service.engines.index import Engine
from search_service.engines.open import open_engine
from search_service.query.tree import Everything
from search_service.reindex.plan import Piece
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.reindex.state import Checkpoint
from search_service.reindex.worker import Builder, Job
from search_service.runtime.opening import open_store
from search_service.runtime.service import OpenedStore
from search_service.service.indexing.limits import CommitLimits
from search_service.service.searching.releases import Releases
from tests.support.json_source import OpenJson, Rows

CONFIG = IndexConfig(frozenset(FACETABLE_BY_DEFAULT), "K: kelvin", "/\\")

OpenEngine = Callable[[EngineOptions], Engine]


class Indexed:
    """A data directory without a service, and a source to index it from."""

    def __init__(self, directory: Path, open_engine: OpenEngine = open_engine) -> None:
        self.root = directory / "data"
        self.source = OpenJson(directory)
        self.store: OpenedStore | None = None
        self._open_engine = open_engine

    def engine(self, config: IndexConfig = CONFIG) -> Engine:
        return self._open_engine(
            EngineOptions(config, self.root, width=1000, memory=15_000_000, open_writers=4)
        )

    def open(self, config: IndexConfig = CONFIG) -> OpenedStore:
        self.store = open_store(self.engine(config), sync=False, limits=CommitLimits())
        return self.store

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    def run(self, wanted: ReindexOptions) -> Report:
        store = self.store or self.open()
        return reindex(store.generations, self.engine(), self.source, wanted, lambda lines: None)

    def build(self, generation: int, piece: Piece) -> None:
        """Build a piece as a worker does, in this process."""
        job = Job(self.source, self.engine(), generation, 15_000_000)
        Builder(job, lambda message: None).build(Checkpoint(piece, piece.low, 0, False))

    @property
    def public(self) -> set[int]:
        """The investigations that are public now."""
        assert self.store is not None
        releases = Releases(self.engine().generations)
        return set(releases.at(self.store.state().generation, releases.now()).ids)

    def found(self, entity: str) -> dict[int, Document]:
        """What a search finds."""
        assert self.store is not None
        reader = self.engine().reader()
        view = self.store.view
        if view is None:
            reader.renew()
        else:
            reader.see(view)
        found = reader.documents(entity, Everything(), None, 1_000_000)
        assert len({id_ for id_, _ in found}) == len(found), "a document is there twice"
        return dict(found)

    def holds(self, rows: Rows) -> bool:
        return all(self.found(entity) == dict(of) for entity, of in rows.items())


def datafiles(ids: range) -> dict[int, Document]:
    return {i: {"id": i, "name": f"scan {i}.nxs", "dataset.id": i // 10} for i in ids}
