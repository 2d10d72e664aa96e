"""Generations of an index in a cluster, as each machine sees them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search_service.engines.base import Put
from search_service.engines.config import ClusterOptions
from search_service.engines.id_ranges import IdRange, Partition
from search_service.errors import CannotReindex
from tests.support.plain_cluster import FIT, PlainIndex
from tests.support.shared_index import Connection, OtherProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def index(
    shared_options: ClusterOptions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlainIndex]:
    index = PlainIndex(shared_options, tmp_path_factory.mktemp("data"))
    index.shared.open(create=True)
    with index.shared.turn() as turn:
        writer = turn.writer()
        writer.apply("Dataset", [Put(id_, {"id": id_}) for id_ in range(10)])
        writer.apply("Datafile", [Put(1, {"id": 1})])
        writer.commit(["Dataset", "Datafile"])
    yield index
    index.close()


@pytest.fixture
def built(index: PlainIndex) -> Iterator[int]:
    number = index.generations.begin(["Dataset"], FIT)
    yield number
    index.generations.cancel(number)


def test_a_generation_that_is_begun_is_known_to_all(
    index: PlainIndex, built: int, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    other = PlainIndex(shared_options, tmp_path)
    building = other.generations.building()
    assert building is not None
    assert (building.number, building.ids) == (built, {"Dataset": IdRange()})
    assert other.generations.fit(built) == FIT
    assert [found.state for found in other.generations.listed()] == ["current", "building"]
    assert other.shared.state().kept_after is not None
    with pytest.raises(CannotReindex):
        other.generations.begin(["Datafile"], FIT)
    other.close()


def test_nothing_stays_of_one_that_is_cancelled(index: PlainIndex) -> None:
    before = index.indices
    number = index.generations.begin(["Dataset"], FIT)
    place = index.generations.place(number)
    (place / "progress").write_bytes(b"half")
    index.generations.publish(number, "progress")
    copy = index.generations.file(number, "progress")
    index.generations.cancel(number)
    assert index.indices == before
    assert index.generations.building() is None
    assert index.shared.state().kept_after is None
    assert not place.exists()
    assert not copy.exists()


def test_a_range_that_is_read_anew_leaves_the_other_ids_as_they_are(
    index: PlainIndex, built: int
) -> None:
    building = index.generations.building()
    assert building is not None
    planned = replace(building, ids={"Dataset": IdRange(3, 8)})
    partitions = {"Dataset": Partition(100, (3, 5))}
    index.generations.note_plan(planned, partitions, 50)
    assert index.generations.building() == planned
    assert index.generations.partition(built, "Dataset") == partitions["Dataset"]
    assert index.generations.partition(built, "Datafile") == Partition(50)
    generation = index.parts.state.read().generations[built]
    name = generation.indices["Dataset"]
    assert index.found_in(name).keys() == {0, 1, 2, 8, 9}
    assert not index.generations.is_begun(built, ["Dataset"])
    written = index.parts.names.written(name)
    index.parts.kinds.bulk("Dataset", written, [Put(4, {"id": 4})], generation.version)
    assert index.generations.is_begun(built, ["Dataset"])
    assert index.generations.documents(built, ["Dataset"]) == 6
    assert index.found("Dataset").keys() == set(range(10))


def test_what_is_not_built_anew_is_taken_over(index: PlainIndex, built: int) -> None:
    with index.shared.turn() as turn:
        turn.following(built)
    with index.shared.turn() as turn:
        turn.following(built)
    assert index.generations.documents(built, ["Datafile"]) == 1
    assert index.generations.documents(built, ["Dataset"]) == 0
    assert index.generations.size(built, ["Datafile"]) > 0


def builds(connection: Connection, options: ClusterOptions, data: Path, number: int) -> None:
    index = PlainIndex(options, data)
    with index.generations.alone(number):
        connection.send("alone")
        connection.recv()


def test_one_alone_builds_until_it_ends_or_dies(
    index: PlainIndex, built: int, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    generations = index.generations
    assert not generations.is_worked_on(built)
    with OtherProcess(builds, shared_options, tmp_path, built) as other:
        assert other.heard() == "alone"
        assert generations.is_worked_on(built)
        with pytest.raises(CannotReindex), generations.alone(built):
            pass
        other.kill()
    while generations.is_worked_on(built):
        pass  # until its lease has run out
    with generations.alone(built):
        pass
    assert not generations.is_worked_on(built)
