"""A re-index in this process, over a data directory without a service, from a JSON file."""

from functools import partial
from pathlib import Path

from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.engines.config import IndexConfig
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.generations import path_of
from search_service.query.tree import Everything
from search_service.reindex.run import Report, Wanted, reindex
from search_service.runtime.store import Store
from search_service.service.indexing.changes import Limits
from search_service.service.searching.releases import Releases
from tests.support.json_source import OpenJson, Rows

KEPT = IndexConfig(frozenset(FACETABLE_BY_DEFAULT), "K: kelvin", "/\\")


class Indexed:
    """A data directory without a service, and a source to index it from."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "data"
        self.source = OpenJson(directory)
        self.store: Store | None = None

    def open(self, kept: IndexConfig = KEPT) -> Store:
        self.store = Store.open(
            self.root,
            kept,
            width=1000,
            ranges={},
            sync=False,
            limits=Limits(),
            writer_memory=15_000_000,
            open_writers=4,
        )
        return self.store

    def close(self) -> None:
        if self.store is not None:
            self.store.changes.close()
            self.store = None

    def run(self, wanted: Wanted) -> Report:
        store = self.store or self.open()
        return reindex(store.generations, self.root, KEPT, self.source, wanted, lambda lines: None)

    @property
    def public(self) -> set[int]:
        """The investigations that are public now."""
        assert self.store is not None
        releases = Releases(partial(path_of, self.root))
        return set(releases.at(self.store.view.generation, releases.now()).ids)

    def found(self, entity: str) -> dict[int, Document]:
        """What a search finds."""
        assert self.store is not None
        reader = EmbeddedReader(KEPT.facetable, KEPT.separators, self.store.view)
        found = reader.documents(entity, Everything(), None, 1_000_000)
        assert len({id_ for id_, _ in found}) == len(found), "a document is there twice"
        return dict(found)

    def holds(self, rows: Rows) -> bool:
        return all(self.found(entity) == dict(of) for entity, of in rows.items())


def datafiles(ids: range) -> dict[int, Document]:
    return {i: {"id": i, "name": f"scan {i}.nxs", "dataset.id": i // 10} for i in ids}
