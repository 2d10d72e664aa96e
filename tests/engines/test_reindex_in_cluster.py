"""A re-index onto a cluster, by the same workers: built beside, switched at once, gone on with."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.engines.config import ClusterOptions, EngineOptions
from search_service.engines.id_ranges import IdRange
from search_service.engines.index import Engine
from search_service.engines.open import open_engine
from search_service.errors import BeingReindexed, CannotReindex, SourceLost
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.sources.open import SourceAt
from tests.support.indexed import Indexed, datafiles
from tests.support.json_source import RELEASES, Rows

pytestmark = pytest.mark.slow  # starts processes

ENTITIES = ("Datafile", "Dataset", "Investigation")
ROWS: Rows = {
    "Datafile": datafiles(range(100, 400)),
    "Dataset": {i: {"id": i, "name": f"run {i}"} for i in range(10, 40)},
    "Investigation": {i: {"id": i, "name": f"visit {i}"} for i in (1, 2, 3)},
    RELEASES: {2: {"at": 100}},
}

Machine = Callable[[str], Indexed]


def wanted(*entities: str, **others: object) -> ReindexOptions:
    """Small pieces, so that two workers have several each."""
    given = {"workers": 2, "width": 1000, "memory": 15_000_000, "least": 50, "pauses": ()}
    return ReindexOptions(entities or ENTITIES, **{**given, **others})  # type: ignore[arg-type]


@pytest.fixture
def options(cluster_options: ClusterOptions) -> ClusterOptions:
    return replace(cluster_options, lease_seconds=2.0)


def build(directory: Path, options: ClusterOptions) -> None:
    """Run a re-index, in a process of its own."""
    Indexed(directory, partial(in_cluster, options)).run(wanted(commit_seconds=0.0))


def in_cluster(options: ClusterOptions, given: EngineOptions) -> Engine:
    return open_engine(replace(given, cluster=options))


@pytest.fixture
def machine(options: ClusterOptions, tmp_path: Path) -> Iterator[Machine]:
    """Machines by name, each with a data directory of its own, all with one index."""
    made: dict[str, Indexed] = {}

    def named(name: str) -> Indexed:
        if name not in made:
            (tmp_path / name).mkdir()
            made[name] = Indexed(tmp_path / name, partial(in_cluster, options))
            made[name].source.write(ROWS)
        return made[name]

    yield named
    for each in made.values():
        each.close()


def states(indexed: Indexed) -> list[tuple[int, str]]:
    return [(each.number, each.state) for each in indexed.engine().generations.listed()]


def holds(indexed: Indexed, rows: Rows) -> bool:
    return indexed.holds({name: of for name, of in rows.items() if name != RELEASES})


def wait_for(indexed: Indexed, building: Future[Report]) -> None:
    """Until a worker holds its first block, or nothing is built any more."""
    while not indexed.source.waiting and not building.done():
        wait([building], 0.05)


def test_what_the_source_has_is_found_by_every_service(machine: Machine) -> None:
    here, there = machine("here"), machine("there")
    report = here.run(wanted())
    there.open()
    assert holds(here, ROWS)
    assert holds(there, ROWS)
    assert there.public == {2}
    assert report.documents == {"Datafile": 300, "Dataset": 30, "Investigation": 3}
    assert report.size > 0
    assert states(there) == [(1, "kept"), (2, "current")]


def test_entities_and_ids_that_are_not_built_are_taken_over(machine: Machine) -> None:
    here = machine("here")
    here.run(wanted())
    fewer = {**ROWS, "Datafile": datafiles(range(100, 250)), "Dataset": {}}
    here.source.write(fewer)
    here.run(wanted("Dataset"))
    assert holds(here, {**ROWS, "Dataset": {}})
    here.run(wanted("Datafile", ids=IdRange(200, 260)))
    left = here.found("Datafile")
    assert set(range(100, 250)) <= set(left)
    assert not set(left) & set(range(250, 260))
    assert here.public == {2}


def test_another_machine_goes_on_where_one_has_stopped(machine: Machine) -> None:
    here, there = machine("here"), machine("there")
    here.source.lose_at_the_end()
    with pytest.raises(SourceLost):
        here.run(wanted(commit_seconds=0.0))
    here.close()
    report = there.run(wanted(resume=True))
    assert report.built == 0, "all of it had been built before the source was lost"
    assert holds(there, ROWS)
    assert there.public == {2}


def test_another_machine_goes_on_when_one_is_killed(
    machine: Machine, options: ClusterOptions
) -> None:
    here, there = machine("here"), machine("there")
    here.source.hold()
    process = get_context("spawn").Process(target=build, args=(here.root.parent, options))
    process.start()
    while not here.source.waiting and process.is_alive():
        process.join(0.05)
    process.kill()
    process.join()
    there.run(wanted(resume=True))
    assert holds(there, ROWS)


def test_pieces_that_were_not_done_are_read_on(machine: Machine) -> None:
    here, there = machine("here"), machine("there")
    here.source.kill_readers()
    with pytest.raises(CannotReindex, match="ended unexpectedly"):
        here.run(wanted())
    there.run(wanted(resume=True))
    assert holds(there, ROWS)


def test_what_changes_meanwhile_through_any_service_is_in_it(machine: Machine) -> None:
    here, there = machine("here"), machine("there")
    here.source.hold()
    there.open()
    building = ThreadPoolExecutor(1).submit(here.run, wanted())
    wait_for(here, building)
    assert there.store is not None
    changes = there.store.changes
    changes.modify([Operation("update", "Datafile", 100, {"id": 100, "name": "changed"})])
    changes.commit()
    assert there.found("Datafile") == {100: {"id": 100, "name": "changed"}}
    changes.modify([Operation("delete", "Datafile", 101)])
    with pytest.raises(BeingReindexed):
        changes.lock("Datafile", None, None, delete=True)
    here.source.let_go()
    building.result()
    changes.commit()
    files = {**ROWS["Datafile"], 100: {"id": 100, "name": "changed"}}
    del files[101]
    assert holds(there, {**ROWS, "Datafile": files})


def test_it_can_be_given_up_and_an_older_generation_gone_back_to(machine: Machine) -> None:
    here, there = machine("here"), machine("there")
    here.run(wanted())
    here.source.write({**ROWS, "Datafile": {}})
    here.source.lose_at_the_end()
    with pytest.raises(SourceLost):
        here.run(wanted())
    there.open().generations.cancel()
    assert states(there) == [(1, "kept"), (2, "current")]
    assert holds(there, ROWS)
    here.run(wanted())
    assert there.found("Datafile") == {}
    assert there.store is not None
    there.store.generations.roll_back()
    assert holds(here, ROWS)
    assert there.store.generations.drop_old()
    assert len(states(here)) == 1


def test_disks_that_are_full_end_it_and_it_can_be_gone_on_with(
    machine: Machine, cluster: object, cluster_options: ClusterOptions
) -> None:
    from search_service.engines.opensearch.cluster.client import Cluster

    assert isinstance(cluster, Cluster)

    def block(value: bool | None) -> None:
        path = f"/{cluster_options.prefix}-000002-*/_settings"
        cluster.request("PUT", path, body={"index.blocks.read_only_allow_delete": value})

    here = machine("here")
    here.source.hold()
    building = ThreadPoolExecutor(1).submit(here.run, wanted(commit_seconds=0.0))
    wait_for(here, building)
    block(True)
    here.source.let_go()
    with pytest.raises(CannotReindex, match=r"flood-stage watermark.*go on by --resume"):
        building.result()
    block(None)
    here.run(wanted(resume=True))
    assert holds(here, ROWS)


def test_it_is_filled_from_an_embedded_data_directory(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old, here = Indexed(tmp_path / "old"), machine("here")
    old.source.write(ROWS)
    old.run(wanted())
    store = here.open()
    source = SourceAt(f"index:{old.root}")
    report: Report = reindex(store.generations, here.engine(), source, wanted(), lambda lines: None)
    assert report.rejected == 0
    assert all(here.found(entity) == old.found(entity) for entity in ENTITIES)
    assert here.public == old.public == {2}
    old.close()
