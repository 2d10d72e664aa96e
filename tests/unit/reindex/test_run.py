"""A re-index without a service, over both engines: what was in the source is what is found."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.catalogue.entities import ENTITIES
from search_service.engines.id_ranges import IdRange
from search_service.engines.open import open_engine
from search_service.errors import BeingReindexed, CannotReindex
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.runtime.host import host_of
from tests.support.dict_engine import DictEngine
from tests.support.indexed import CONFIG, Indexed, OpenEngine, datafiles
from tests.support.json_source import RELEASES, Rows

pytestmark = pytest.mark.slow  # starts processes

MakeWanted = Callable[..., ReindexOptions]


@pytest.fixture(
    scope="module",
    params=[pytest.param(open_engine, id="embedded"), pytest.param(DictEngine, id="dictionary")],
)
def engine(request: pytest.FixtureRequest) -> OpenEngine:
    opens: OpenEngine = request.param
    return opens


@pytest.fixture
def indexed(tmp_path: Path, engine: OpenEngine) -> Iterator[Indexed]:
    indexed = Indexed(tmp_path, engine)
    yield indexed
    indexed.close()


@pytest.fixture(scope="module")
def rows() -> Rows:
    return {
        "Datafile": datafiles(range(100, 400)),
        "Dataset": {i: {"id": i, "name": f"run {i}"} for i in range(10, 40)},
    }


@pytest.fixture(scope="module")
def wanted() -> MakeWanted:
    """Small pieces, so that two workers have several each."""

    def make(*entities: str, **others: object) -> ReindexOptions:
        given = {"workers": 2, "width": 1000, "memory": 15_000_000, "least": 50, "pauses": ()}
        return ReindexOptions(entities or ("Datafile", "Dataset"), **{**given, **others})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="module")
def directory_with_an_index(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows, wanted: MakeWanted, engine: OpenEngine
) -> Path:
    """What ``built`` begins with, built once: each re-index starts processes."""
    directory = tmp_path_factory.mktemp("built")
    indexed = Indexed(directory, engine)
    indexed.source.write(rows)
    indexed.run(wanted())
    indexed.close()
    return directory


@pytest.fixture
def built(directory_with_an_index: Path, tmp_path: Path, engine: OpenEngine) -> Iterator[Indexed]:
    """An index that a first re-index made from the rows, as generation 2."""
    shutil.copytree(directory_with_an_index, tmp_path, dirs_exist_ok=True)
    indexed = Indexed(tmp_path, engine)
    yield indexed
    indexed.close()


def test_what_the_source_has_is_what_is_found(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    report = indexed.run(wanted())
    assert indexed.holds(rows)
    assert report.documents == {"Datafile": 300, "Dataset": 30}
    assert (report.generation, report.rejected) == (2, 0)
    assert report.size > 0
    indexed.close()
    indexed.open()
    assert indexed.holds(rows)


def test_the_lowest_and_the_highest_id_are_read_too(indexed: Indexed, wanted: MakeWanted) -> None:
    ids = (-(2**63), -1, 0, 2**63 - 1)
    rows: Rows = {"Datafile": {id_: {"id": id_, "name": f"f{id_}"} for id_ in ids}}
    indexed.source.write(rows)
    report = indexed.run(wanted())
    assert indexed.holds(rows)
    assert (report.documents["Datafile"], report.rejected) == (4, 0)


def test_release_dates_are_kept_beside_the_documents(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    investigations = {i: {"id": i, "name": f"visit {i}"} for i in (1, 2, 3)}
    released = {i: {"at": 100} for i in (1, 2)}
    everything: Rows = {**rows, "Investigation": investigations, RELEASES: released}
    indexed.source.write(everything)
    indexed.run(wanted("Investigation"))
    assert indexed.public == {1, 2}
    assert indexed.found("Investigation") == investigations
    indexed.source.write({**everything, RELEASES: {3: {"at": 100}}})
    indexed.run(wanted("Datafile"))
    assert indexed.public == {1, 2}, "investigations were not read"
    indexed.run(wanted("Investigation", ids=IdRange(2, 1_000)))
    assert indexed.public == {3}, "a part is that of whole shards"
    assert indexed.store is not None
    indexed.store.changes.modify([Operation("update", "Investigation", 3, {"id": 3})])
    indexed.store.changes.modify([Operation("create", "Investigation", 4, {"id": 4})])
    indexed.store.changes.commit()
    assert indexed.public == {3}, "a change does not tell of it"
    indexed.store.changes.clear()
    assert indexed.public == set()


def test_documents_that_the_source_has_no_more_are_gone(
    built: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    fewer = {"Datafile": datafiles(range(200, 210)), "Dataset": {}}
    built.source.write(fewer)
    built.run(wanted())
    assert built.holds(fewer)


def test_entities_that_are_not_built_are_taken_over(
    built: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    other = {"Datafile": datafiles(range(5)), "Dataset": {}}
    built.source.write(other)
    built.run(wanted("Datafile"))
    assert built.holds({"Datafile": other["Datafile"], "Dataset": rows["Dataset"]})


def test_a_part_of_an_entity_is_built_in_whole_shards(
    built: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    found = built.engine().generations.partition(2, "Datafile")
    lows = found.boundaries
    changed = {i: {**document, "name": "new"} for i, document in rows["Datafile"].items()}
    built.source.write({"Datafile": changed})
    report = built.run(wanted("Datafile", ids=IdRange(lows[1] + 1, lows[2] - 1)))
    expected = {
        i: changed[i] if lows[1] <= i < lows[2] else document
        for i, document in rows["Datafile"].items()
    }
    assert built.found("Datafile") == expected
    assert report.documents == {"Datafile": lows[2] - lows[1]}


def test_a_row_that_cannot_be_indexed_is_told_and_stops_nothing(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    wrong = {**rows["Datafile"], 150: {"id": 150, "name": 7}}
    indexed.source.write({"Datafile": wrong})
    report = indexed.run(wanted("Datafile"))
    assert report.rejected == 1
    assert '"id": 150, "reason": "Datafile 150: name should be a string' in (
        report.rejects.read_text()
    )
    assert sorted(indexed.found("Datafile")) == [i for i in range(100, 400) if i != 150]


def test_a_lost_source_is_tried_again_and_nothing_is_there_twice(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    indexed.source.lose(3)
    indexed.run(wanted(pauses=(0.0,) * 3))
    assert indexed.holds(rows)


def test_a_source_that_does_not_come_back_ends_the_run_which_can_go_on(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    indexed.source.lose(1)
    with pytest.raises(CannotReindex, match="go on by --resume"):
        indexed.run(wanted())
    with pytest.raises(CannotReindex, match="has begun and not ended"):
        indexed.run(wanted())
    indexed.close()
    indexed.run(wanted(resume=True, commit_seconds=0.0))
    assert indexed.holds(rows)
    with pytest.raises(CannotReindex, match="no re-index to go on with"):
        indexed.run(wanted(resume=True))


def test_a_source_that_is_lost_when_all_is_built_does_not_make_the_report_forget_it(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write({**rows, "Investigation": {1: {"id": 1, "name": "visit"}}})
    indexed.source.lose_at_the_end()
    report = indexed.run(wanted("Datafile", "Investigation", pauses=(0.0,)))
    assert report.built == 301


def test_a_piece_that_kills_each_worker_ends_the_run_which_can_go_on(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    indexed.source.kill_readers()
    with pytest.raises(CannotReindex, match="3 workers ended unexpectedly at Datafile from id 100"):
        indexed.run(wanted("Datafile", workers=1))
    (indexed.source.directory / "kill").unlink()
    indexed.run(wanted(resume=True))
    assert indexed.holds({"Datafile": rows["Datafile"]})


def test_a_worker_that_is_killed_amid_a_message_is_replaced(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    indexed.source.kill_a_reader_amid_a_message()
    indexed.run(wanted("Datafile", workers=1))
    assert indexed.holds({"Datafile": rows["Datafile"]})


def test_what_changes_meanwhile_is_in_the_next_generation(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    indexed.source.lose(1)
    with pytest.raises(CannotReindex):
        indexed.run(wanted())
    new = {"id": 500, "name": "new", "dataset.id": 11}
    store = indexed.store
    assert store is not None
    store.changes.modify(
        [
            Operation("create", "Datafile", 500, new),
            Operation("update", "Datafile", 120, {"id": 120, "name": "changed"}),
            Operation("delete", "Datafile", 121),
        ]
    )
    store.changes.commit()
    indexed.close()
    store = indexed.open()
    store.changes.modify([Operation("delete", "Dataset", 12)])
    with pytest.raises(BeingReindexed):
        store.changes.clear()
    with pytest.raises(BeingReindexed):
        store.changes.lock("Datafile", None, None, delete=True)
    report = indexed.run(wanted(resume=True))
    expected = {**rows["Datafile"], 500: new, 120: {"id": 120, "name": "changed"}}
    del expected[121]
    of_dataset = [i for i, document in expected.items() if document.get("dataset.id") == 12]
    for id_ in of_dataset:
        del expected[id_]
    assert indexed.found("Datafile") == expected
    assert 12 not in indexed.found("Dataset")
    assert report.caught_up == 4
    store.changes.lock("Datafile", None, None, delete=True)


def test_a_re_index_can_be_given_up(built: Indexed, rows: Rows, wanted: MakeWanted) -> None:
    built.source.lose(1)
    with pytest.raises(CannotReindex):
        built.run(wanted())
    assert built.store is not None
    built.store.generations.cancel()
    built.store.changes.lock("Dataset", None, None, delete=True)
    built.store.changes.unlock("Dataset")
    assert [g.number for g in built.engine().generations.listed()] == [1, 2]
    assert built.found("Datafile") == rows["Datafile"]


def test_an_older_generation_is_gone_back_to_and_dropped(
    built: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    built.source.write({"Datafile": datafiles(range(3))})
    built.run(wanted())
    store = built.store
    assert store is not None
    assert [(g.number, g.state) for g in built.engine().generations.listed()] == [
        (1, "kept"),
        (2, "kept"),
        (3, "current"),
    ]
    assert store.generations.roll_back() == 2
    assert built.holds(rows)
    store.changes.modify([Operation("delete", "Datafile", 100)])
    built.close()
    store = built.open()
    assert sorted(built.found("Datafile")) == list(range(101, 400))
    assert store.generations.drop_old() == [1, 3]
    assert [g.number for g in built.engine().generations.listed()] == [2]


OTHER = replace(CONFIG, units="K: kelvin; J: joule")


def test_what_was_written_with_other_settings_is_built_anew_as_a_whole(
    built: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    built.close()

    def run(wanted: ReindexOptions) -> Report:
        engine = built.engine(OTHER)
        with host_of(engine, lambda: built.open(OTHER)) as host:
            return reindex(host, engine, built.source, wanted, lambda lines: None)

    with pytest.raises(CannotReindex, match="cannot be taken over; re-index every entity"):
        run(wanted())
    every = [entity.name for entity in ENTITIES]
    with pytest.raises(CannotReindex, match="without --min-id"):
        run(wanted(*every, ids=IdRange(1, 2)))
    built.source.lose(1)
    with pytest.raises(CannotReindex, match="connection ended"):
        run(wanted(*every))
    # A service with the settings as they were takes a change in between.
    store = built.open()
    store.changes.modify([Operation("delete", "Datafile", 100)])
    built.close()
    assert run(wanted(*every, resume=True)).generation == 3
    store = built.open(OTHER)
    assert sorted(built.found("Datafile")) == list(range(101, 400))
    store.changes.lock("Datafile", None, None, delete=True)
    built.close()
    with host_of(built.engine(), built.open) as host:
        assert host.roll_back() == 2
    built.open()
    assert 100 not in built.found("Datafile")


def test_two_commands_do_not_build_one_generation(
    indexed: Indexed, rows: Rows, wanted: MakeWanted
) -> None:
    indexed.source.write(rows)
    indexed.source.lose(1)
    with pytest.raises(CannotReindex):
        indexed.run(wanted())
    assert indexed.store is not None
    with indexed.engine().generations.alone(2):
        with pytest.raises(CannotReindex, match="Another icat-search reindex"):
            indexed.run(wanted(resume=True))
        with pytest.raises(CannotReindex, match="Another icat-search reindex"):
            indexed.store.generations.cancel()
