"""Whatever changes while the next generation is built, it holds what the catalogue holds.

The catalogue is a model: datasets with names, datafiles that repeat the name of theirs. What it
sends reaches the service later than the source shows it, as with a real one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.engines.config import EngineOptions
from search_service.engines.index import Engine
from search_service.engines.open import open_engine
from search_service.reindex.plan import Piece
from search_service.runtime.service import OpenedStore
from tests.support.dict_engine.shared import DictCluster, SharedDictEngine
from tests.support.disks import in_memory
from tests.support.indexed import Indexed, OpenEngine

DATASETS, DATAFILES = range(1, 4), range(1, 7)


class Catalogue:
    """Datasets by their names, datafiles by their datasets; ``unsent`` is on its way."""

    def __init__(self) -> None:
        self.datasets: dict[int, str] = {}
        self.datafiles: dict[int, int] = {}
        self.unsent: list[Operation] = []

    def put_dataset(self, id_: int, name: str) -> None:
        is_new = id_ not in self.datasets
        self.datasets[id_] = name
        document = {"id": id_, "name": name}
        self.unsent.append(Operation("create" if is_new else "update", "Dataset", id_, document))

    def delete_dataset(self, id_: int) -> None:
        if self.datasets.pop(id_, None) is not None:
            self.datafiles = {f: of for f, of in self.datafiles.items() if of != id_}
            self.unsent.append(Operation("delete", "Dataset", id_))

    def put_datafile(self, id_: int, of: int) -> None:
        if of in self.datasets:
            is_new = id_ not in self.datafiles
            self.datafiles[id_] = of
            document = self.datafile(id_)
            self.unsent.append(
                Operation("create" if is_new else "update", "Datafile", id_, document)
            )

    def delete_datafile(self, id_: int) -> None:
        if self.datafiles.pop(id_, None) is not None:
            self.unsent.append(Operation("delete", "Datafile", id_))

    def datafile(self, id_: int) -> Document:
        of = self.datafiles[id_]
        return {"id": id_, "dataset.id": of, "dataset.name": self.datasets[of]}

    def rows(self) -> dict[str, dict[int, Document]]:
        return {
            "Dataset": {i: {"id": i, "name": name} for i, name in self.datasets.items()},
            "Datafile": {i: self.datafile(i) for i in self.datafiles},
        }

    def send(self, store: OpenedStore, number: int) -> None:
        sent, self.unsent = self.unsent[:number], self.unsent[number:]
        if sent:
            store.changes.modify(sent)


Change = tuple[str, int, int, str]
change = st.tuples(
    st.sampled_from(["dataset", "-dataset", "datafile", "datafile", "-datafile", "commit"]),
    st.sampled_from(DATAFILES),
    st.sampled_from(DATASETS),
    st.sampled_from(["A", "B", "C"]),
)
# What happens, and how much of what is unsent reaches the service then.
phase = st.lists(st.tuples(change, st.integers(0, 3)), max_size=8)


def play(catalogue: Catalogue, store: OpenedStore, changes: list[tuple[Change, int]]) -> None:
    for (what, datafile, dataset, name), sent in changes:
        match what:
            case "dataset":
                catalogue.put_dataset(dataset, name)
            case "-dataset":
                catalogue.delete_dataset(dataset)
            case "datafile":
                catalogue.put_datafile(datafile, dataset)
            case "-datafile":
                catalogue.delete_datafile(datafile)
            case _:
                store.changes.commit()
        catalogue.send(store, sent)


def shared(options: EngineOptions, cluster: DictCluster) -> Engine:
    return SharedDictEngine(options, cluster)


def opens_shared() -> OpenEngine:
    """An engine whose index is shared, and outlives who has it open."""
    return partial(shared, cluster=DictCluster())


@contextmanager
def an_index(opens: OpenEngine) -> Iterator[Indexed]:
    """A new data directory, opened; closed and removed afterwards."""
    with in_memory() as directory:
        indexed = Indexed(directory, opens)
        indexed.open()
        try:
            yield indexed
        finally:
            indexed.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "opens",
    [
        pytest.param(lambda: open_engine, id="of-one-service"),
        pytest.param(opens_shared, id="of-several"),
    ],
)
@given(
    before=phase,
    between=st.tuples(phase, phase, phase),
    after=phase,
    entities=st.sampled_from([("Dataset", "Datafile"), ("Datafile", "Dataset"), ("Datafile",)]),
    restart=st.booleans(),
)
@settings(max_examples=25)
def test_the_next_generation_holds_what_the_catalogue_holds(
    opens: Callable[[], OpenEngine],
    before: list[tuple[Change, int]],
    between: tuple[list[tuple[Change, int]], ...],
    after: list[tuple[Change, int]],
    entities: tuple[str, ...],
    restart: bool,
) -> None:
    catalogue = Catalogue()
    with an_index(opens()) as indexed:
        store = indexed.store
        assert store is not None
        play(catalogue, store, before)
        number = store.generations.begin(entities, indexed.engine().fit)
        for place, entity in enumerate(entities):
            play(catalogue, store, between[place])
            indexed.source.write(catalogue.rows())
            indexed.build(number, Piece(entity, 0, 1000, 6))
            if restart:
                indexed.close()
                store = indexed.open()
        play(catalogue, store, between[2])
        store.generations.hand_over()
        play(catalogue, store, after)
        catalogue.send(store, len(catalogue.unsent))
        store.changes.commit()
        assert {e: indexed.found(e) for e in ("Dataset", "Datafile")} == catalogue.rows()
