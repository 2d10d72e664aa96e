"""Documents of an index as a source: what was put is what is read, beside a service or without."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.catalogue.origin import Facility, Origin
from search_service.engines.base import Document
from search_service.engines.config import EngineOptions, IndexConfig
from search_service.engines.embedded.storage import manifest
from search_service.engines.open import open_engine
from search_service.errors import SourceRefused
from search_service.runtime.store import Store
from search_service.service.indexing.limits import CommitLimits
from search_service.service.searching import releases
from search_service.sources import origin_file
from search_service.sources.base import Bounds
from search_service.sources.index.reader import IndexSource
from search_service.sources.open import SourceAt, open_source
from tests.support.indexed import CONFIG

ODD: Document = {
    "id": 7,
    "name": "naïve \U0001f600\tscan",
    "fileSize": 2**53 + 1,
    "investigation.id": -3,
    "not.declared": {"any": ["thing", None]},
}


class Filled:
    """A data directory whose service is open, unless it is closed."""

    def __init__(self, root: Path, width: int = 100) -> None:
        self.root = root
        options = EngineOptions(CONFIG, root, width=width, memory=15_000_000, open_writers=4)
        self.engine = open_engine(options)
        self.store = Store.open(self.engine, sync=False, limits=CommitLimits())
        self._sources: list[IndexSource] = []

    def put(self, entity: str, *documents: Document) -> None:
        self.store.changes.modify(
            [Operation("create", entity, document["id"], document) for document in documents]
        )
        self.store.changes.commit()

    @property
    def source(self) -> IndexSource:
        self._sources.append(IndexSource(self.root))
        return self._sources[-1]

    def close(self) -> None:
        for source in self._sources:
            source.close()
        self.store.changes.close()


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Filled]:
    filled = Filled(tmp_path / "data")
    yield filled
    filled.close()


def file(id_: int) -> Document:
    return {"id": id_, "name": f"scan {id_}.nxs"}


def read(source: IndexSource, entity: str, low: int, high: int) -> list[tuple[int, Document]]:
    return [row for block in source.read(entity, low, high) for row in block]


def test_documents_are_read_as_they_were_put(filled: Filled) -> None:
    filled.put("Datafile", ODD)
    assert read(filled.source, "Datafile", -(2**63), 2**63) == [(7, ODD)]
    assert filled.source.checked, "they are not prepared a second time"


def test_a_range_is_read_by_id_across_shards(filled: Filled) -> None:
    ids = [-250, -1, 0, 99, 100, 101, 5_000, 10**12]
    filled.put("Datafile", *map(file, ids))
    source = filled.source
    assert read(source, "Datafile", -(2**63), 2**63) == [(id_, file(id_)) for id_ in ids]
    assert read(source, "Datafile", -1, 101) == [(id_, file(id_)) for id_ in (-1, 0, 99, 100)]
    assert read(source, "Datafile", 102, 5_000) == []
    assert source.count("Datafile", -1, 101) == 4
    assert list(source.ids("Datafile", 0, 10**12, 3)) == [0, 99, 100]
    assert list(source.pick("Datafile", [101, 3, -1])) == [(-1, file(-1)), (101, file(101))]


def test_the_lowest_and_the_highest_ids_are_read(filled: Filled) -> None:
    ids = [-(2**63), 2**63 - 1]
    filled.put("Datafile", *map(file, ids))
    assert [id_ for id_, _ in read(filled.source, "Datafile", ids[0], ids[1] + 1)] == ids


def test_ids_that_are_crowded_come_in_blocks(filled: Filled) -> None:
    ids = [*range(1_000, 1_200), 50_000]
    filled.put("Datafile", *map(file, ids))
    source = IndexSource(filled.root, block=10)
    blocks = list(source.read("Datafile", 0, 100_000))
    source.close()
    assert max(map(len, blocks)) <= 10
    assert [id_ for block in blocks for id_, _ in block] == ids


def test_an_entity_is_cut_into_pieces_of_almost_equal_size(filled: Filled) -> None:
    ids = [*range(1_000, 1_200), *range(50_000, 50_400), 10**9]
    filled.put("Datafile", *map(file, ids))
    source = filled.source
    assert source.bounds("Datafile") == Bounds(1_000, 10**9, len(ids))
    cuts = [1_000, *source.boundaries("Datafile", 4), 10**9 + 1]
    sizes = [source.count("Datafile", low, high) for low, high in pairwise(cuts)]
    assert len(sizes) == 4
    assert all(140 <= size <= 160 for size in sizes)
    assert source.bounds("Sample") is None
    assert list(source.boundaries("Sample", 4)) == []


def test_one_document_is_one_piece(filled: Filled) -> None:
    filled.put("Datafile", file(5))
    assert filled.source.bounds("Datafile") == Bounds(5, 5, 1)
    assert list(filled.source.boundaries("Datafile", 4)) == []


def test_what_is_committed_later_is_not_in_it(filled: Filled) -> None:
    filled.put("Datafile", file(1), file(2))
    source = filled.source
    filled.put("Datafile", file(3))
    assert [id_ for id_, _ in read(source, "Datafile", 0, 10)] == [1, 2]
    assert [id_ for id_, _ in read(filled.source, "Datafile", 0, 10)] == [1, 2, 3]


def test_release_dates_are_those_of_the_generation(filled: Filled) -> None:
    generations = filled.engine.generations
    assert list(filled.source.releases(0, 10)) == []
    releases.write(generations, 1, [(2, 200), (1, 100)], before=1, low=None, high=None)
    assert list(filled.source.releases(0, 10)) == [(1, 100), (2, 200)]
    assert list(filled.source.releases(2, 10)) == [(2, 200)]


def test_the_origin_is_that_of_the_directory(filled: Filled) -> None:
    named = Origin(str(filled.root), left_out=("Sample",))
    assert filled.source.origin(named) == Origin(left_out=("Sample",)), "a copy is no catalogue"
    recorded = Origin("mysql://host/icat", (Facility(1, "LILS"),), "Europe/Berlin", ("Datafile",))
    origin_file.write(filled.engine.generations, 1, recorded)
    assert filled.source.origin(named) == replace(recorded, left_out=("Datafile", "Sample"))


@pytest.mark.parametrize(
    "config", [replace(CONFIG, facetable=frozenset()), replace(CONFIG, units="m: metre")]
)
def test_other_settings_read_the_same(filled: Filled, config: IndexConfig) -> None:
    filled.put("Datafile", ODD)
    filled.close()
    other = open_engine(EngineOptions(config, filled.root))
    assert other.fit != filled.engine.fit
    source = IndexSource(filled.root)
    assert read(source, "Datafile", 0, 10) == [(7, ODD)]
    source.close()
    filled.store = Store.open(filled.engine, sync=False, limits=CommitLimits())


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        (lambda fit: replace(fit, engine="tantivy 9.1"), "written with tantivy 9.1, installed is"),
        (lambda fit: replace(fit, format=99), "written with format 99"),
    ],
)
def test_a_directory_of_another_version_is_refused(
    filled: Filled, spoilt: Callable[..., object], sentence: str
) -> None:
    place = filled.engine.generations.place(1)
    content = manifest.read(place)
    replace(content, fit=spoilt(content.fit)).write(place)  # type: ignore[arg-type]
    with pytest.raises(SourceRefused, match=f"{sentence}.*or build the new index"):
        IndexSource(filled.root)
    content.write(place)


def test_what_is_no_data_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="data directory"):
        open_source(f"index:{tmp_path / 'nothing'}")


def test_an_address_names_the_directory(filled: Filled) -> None:
    filled.put("Datafile", file(5))
    at = SourceAt(f"index:{filled.root}")
    assert (at.address, at.is_database) == (str(filled.root), False)
    source = at()
    assert source.bounds("Datafile") == Bounds(5, 5, 1)
    source.close()
