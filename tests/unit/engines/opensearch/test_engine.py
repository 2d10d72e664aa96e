"""The engine as a whole: what one service commits every other one finds."""

import pickle
from collections.abc import Iterator

import pytest

from search_service.engines.base import Change, Delete, Put
from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.open import open_engine
from search_service.engines.opensearch.engine import OpenSearchEngine
from search_service.errors import NotNow

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(
    shared_options: ClusterOptions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenSearchEngine]:
    config = IndexConfig(frozenset(), "", "/\\")
    data = tmp_path_factory.mktemp("data")
    engine = open_engine(EngineOptions(config, data, cluster=shared_options))
    assert isinstance(engine, OpenSearchEngine)
    assert engine.identity() == ""
    assert engine.shared.open(create=True)
    yield engine
    engine.shared.close()


def dataset(id_: int, name: str) -> Put:
    return Put(id_, {"id": id_, "name": name})


def commit(engine: OpenSearchEngine, entity: str, *changes: Change) -> None:
    with engine.shared.turn() as turn:
        writer = turn.writer()
        writer.apply(entity, changes)
        writer.commit([entity])


def test_another_service_finds_what_was_committed(engine: OpenSearchEngine) -> None:
    other: OpenSearchEngine = pickle.loads(pickle.dumps(engine))
    reader = other.shared.reader()
    commit(engine, "Dataset", dataset(1, "a"), dataset(2, "b"))
    assert reader.renew() is not None
    assert reader.find("Dataset", [1, 2, 3]) == {
        1: {"id": 1, "name": "a"},
        2: {"id": 2, "name": "b"},
    }
    assert reader.renew() is None
    commit(engine, "Dataset", Delete(1), dataset(2, "c"))
    assert reader.renew() is not None
    assert reader.find("Dataset", [1, 2]) == {2: {"id": 2, "name": "c"}}
    assert other.identity() == engine.identity() != ""
    other.shared.close()


def test_a_writer_reads_what_it_has_committed(engine: OpenSearchEngine) -> None:
    with engine.shared.turn() as turn:
        writer = turn.writer()
        writer.apply("Datafile", [Put(1, {"id": 1})])
        assert writer.reader().count("Datafile") == 0
        writer.commit(["Datafile"])
        assert writer.reader().count("Datafile") == 1


def test_a_writer_of_a_generation_that_is_built_reads_that_one(engine: OpenSearchEngine) -> None:
    commit(engine, "Sample", Put(1, {"id": 1}))
    number = engine.generations.begin(["Sample"], engine.fit)
    with engine.shared.turn() as turn:
        writer = turn.following(number)
        writer.apply("Sample", [Put(2, {"id": 2}), Put(3, {"id": 3})])
        writer.commit(["Sample"])
        assert writer.reader().count("Sample") == 2
    assert engine.shared.reader().count("Sample") == 1
    engine.generations.cancel(number)


def test_the_status_counts_what_searches_see(engine: OpenSearchEngine) -> None:
    commit(engine, "InvestigationUser", *(Put(id_, {"id": id_}) for id_ in range(5)))
    status = engine.status()
    assert status.documents["InvestigationUser"] == 5
    assert status.shards["InvestigationUser"] == 1
    assert not status.damaged
    assert all(not each.what for each in engine.verify())


def test_no_process_has_it_alone(engine: OpenSearchEngine) -> None:
    with pytest.raises(NotNow):
        engine.open(create=True)
    with pytest.raises(NotNow):
        engine.hold()
