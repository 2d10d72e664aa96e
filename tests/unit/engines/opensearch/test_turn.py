"""What begins in a turn is ended in it or by the next one; who is too late changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search_service.engines.base import Put
from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.control.current_state import HeldState
from search_service.engines.opensearch.control.state import Phase, PopulationState, Switch
from search_service.errors import CannotReindex, EngineUnavailable, NotNow, TurnLost
from tests.support.plain_cluster import FIT, PlainIndex
from tests.support.shared_index import Connection, OtherProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def index(
    shared_options: ClusterOptions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlainIndex]:
    index = PlainIndex(shared_options, tmp_path_factory.mktemp("data"))
    index.shared.open(create=True)
    yield index
    index.close()


def put(*ids: int, said: str = "here") -> list[Put]:
    return [Put(id_, {"id": id_, "said": said}) for id_ in ids]


def commit(index: PlainIndex, entity: str, changes: list[Put]) -> None:
    with index.shared.turn() as turn:
        last = index.shared.last()
        turn.begin_commit()
        writer = turn.writer()
        writer.apply(entity, changes)
        writer.commit([entity])
        turn.end_commit(last)


def populate(index: PlainIndex, entity: str, *, delete: bool) -> None:
    with index.shared.turn() as turn:
        turn.lock(entity)
        turn.begin_population(entity, delete=delete)


def in_turn(index: PlainIndex) -> None:
    with index.shared.turn():
        pass


# ── commits ──────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_seen_before_the_commit_and_all_of_it_afterwards(index: PlainIndex) -> None:
    with index.shared.turn() as turn:
        writer = turn.writer()
        writer.apply("Datafile", put(1, 2))
        assert index.found("Datafile") == {}
        writer.commit(["Datafile"])
        assert index.found("Datafile").keys() == {1, 2}


def test_what_is_undone_is_not_committed(index: PlainIndex) -> None:
    with index.shared.turn() as turn:
        writer = turn.writer()
        writer.apply("DatafileParameter", put(1))
        writer.undo()
        writer.apply("DatafileParameter", put(2))
        writer.commit(["DatafileParameter"])
    assert index.found("DatafileParameter").keys() == {2}


def test_readers_are_told_which_entities_changed(index: PlainIndex) -> None:
    before = index.parts.state.read()
    commit(index, "InvestigationParameter", put(1))
    after = index.parts.state.read()
    assert after.version > before.version
    changed = {e for e in after.stamps if after.stamps[e] != before.stamps.get(e)}
    assert changed == {"InvestigationParameter"}


def commits(connection: Connection, options: ClusterOptions, data: Path, first: int) -> None:
    index = PlainIndex(options, data)
    connection.send("ready")
    connection.recv()
    for id_ in range(first, first + 5):
        number = index.shared.append(str(id_).encode())
        with index.shared.turn() as turn:
            state, last = turn.state(), index.shared.last()
            if state.committed < number:
                turn.begin_commit()
                writer = turn.writer()
                records = index.shared.records(state.committed, last)
                writer.apply("Sample", put(*(int(record) for record in records)))
                writer.commit(["Sample"])
                turn.end_commit(last)
    connection.send("done")


def test_two_services_that_commit_at_once_lose_nothing(
    index: PlainIndex, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    with (
        OtherProcess(commits, shared_options, tmp_path, 100) as one,
        OtherProcess(commits, shared_options, tmp_path, 200) as other,
    ):
        for process in (one, other):
            assert process.heard() == "ready"
        for process in (one, other):
            process.tell()
        for process in (one, other):
            assert process.heard() == "done"
    assert index.found("Sample").keys() == {*range(100, 105), *range(200, 205)}
    state = index.shared.state()
    assert state.committed == index.shared.last()
    numbers = [str(number) for number in range(1, state.committed + 1)]
    assert not any(index.parts.journal.existing(numbers))


def test_who_waits_for_a_turn_is_told_that_it_is_not_to_be_had(
    index: PlainIndex, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    other = PlainIndex(shared_options, tmp_path)
    with index.shared.turn(), pytest.raises(NotNow), other.shared.turn(wait_seconds=0.1):
        pass
    with other.shared.turn(wait_seconds=0.1):
        pass
    other.close()


# ── holders that stop or die ─────────────────────────────────────────────────────────────────────


def commits_when_told(connection: Connection, options: ClusterOptions, data: Path) -> None:
    index = PlainIndex(options, data)
    try:
        with index.shared.turn() as turn:
            turn.begin_commit()
            writer = turn.writer()
            writer.apply("SampleParameter", put(1, 2, said="too late"))
            connection.send("begun")
            connection.recv()
            writer.commit(["SampleParameter"])
    except TurnLost:
        connection.send("lost")
    connection.recv()


def test_a_holder_that_stood_still_too_long_commits_nothing(
    index: PlainIndex, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    with OtherProcess(commits_when_told, shared_options, tmp_path) as other:
        assert other.heard() == "begun"
        other.stop()
        with index.shared.turn() as turn:
            assert turn.state().in_doubt
            turn.end_commit(turn.state().committed)
        commit(index, "SampleParameter", put(1, said="by the next one"))
        other.tell()
        other.go_on()
        assert other.heard() == "lost"
    in_turn(index)
    found = index.found("SampleParameter")
    assert {id_: found[id_]["said"] for id_ in found} == {1: "by the next one"}


def test_a_change_that_arrives_after_that_of_a_later_turn_loses(index: PlainIndex) -> None:
    state = index.parts.state.read()
    name = index.parts.names.written(state.indices["InvestigationInstrument"])
    commit(index, "InvestigationInstrument", put(1, said="by a later turn"))
    index.parts.kinds.bulk("InvestigationInstrument", name, put(1, 2, said="late"), 1)
    index.parts.indices.refresh([state.indices["InvestigationInstrument"]])
    assert index.found("InvestigationInstrument")[1]["said"] == "by a later turn"


def begins_a_commit(connection: Connection, options: ClusterOptions, data: Path) -> None:
    index = PlainIndex(options, data)
    with index.shared.turn() as turn:
        turn.begin_commit()
        connection.send("begun")
        connection.recv()


def locks(connection: Connection, options: ClusterOptions, data: Path) -> None:
    index = PlainIndex(options, data)
    with index.shared.turn() as turn:
        turn.lock("InvestigationSample")
        connection.send("begun")
        connection.recv()


def killed(
    work: Callable[[Connection, ClusterOptions, Path], None],
    options: ClusterOptions,
    data: Path,
) -> None:
    with OtherProcess(work, options, data) as other:
        assert other.heard() == "begun"
        other.kill()


def test_a_commit_that_a_crash_ended_is_in_doubt(
    index: PlainIndex, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    killed(begins_a_commit, shared_options, tmp_path)
    with index.shared.turn() as turn:
        assert turn.state().in_doubt
        turn.end_commit(turn.state().committed)
        assert not turn.state().in_doubt


def test_a_population_that_was_beginning_is_undone_after_a_crash(
    index: PlainIndex, shared_options: ClusterOptions, tmp_path: Path
) -> None:
    before = index.shared.state()
    killed(locks, shared_options, tmp_path)
    assert "InvestigationSample" in index.shared.state().populations
    in_turn(index)
    after = index.shared.state()
    assert not after.populations
    assert after.locks_version > before.locks_version


def changed(index: PlainIndex, change: Callable[[HeldState], object]) -> None:
    """Leave a state as a holder does that dies after it wrote it."""
    held = index.parts.state.lease(10).take()
    assert held is not None
    with held:
        change(HeldState(held))


def test_a_population_that_was_ending_is_ended(index: PlainIndex) -> None:
    populate(index, "DatasetTechnique", delete=True)
    assert index.shared.add("DatasetTechnique", [(1, {"id": 1})])

    def ends(population: PopulationState) -> PopulationState:
        return replace(population, phase=Phase.ENDS)

    changed(
        index,
        lambda held: held.change(
            lambda state: state.with_population(
                "DatasetTechnique", ends(state.populations["DatasetTechnique"])
            )
        ),
    )
    in_turn(index)
    assert index.found("DatasetTechnique").keys() == {1}
    assert not index.shared.state().populations


def test_indices_that_were_blocked_for_a_copy_are_written_again(index: PlainIndex) -> None:
    name = index.parts.state.read().indices["DatasetParameter"]
    index.parts.indices.block([name], is_blocked=True)
    changed(index, lambda held: held.change(lambda state: replace(state, blocked=[name])))
    commit(index, "DatasetParameter", put(1))
    assert index.found("DatasetParameter").keys() == {1}


def test_an_index_that_was_blocked_too_late_is_written_at_the_next_try(index: PlainIndex) -> None:
    name = index.parts.state.read().indices["InvestigationFacilityCycle"]
    index.parts.indices.block([name], is_blocked=True)
    with pytest.raises(EngineUnavailable):
        commit(index, "InvestigationFacilityCycle", put(1))
    commit(index, "InvestigationFacilityCycle", put(1))
    assert index.found("InvestigationFacilityCycle").keys() == {1}


def test_a_population_that_was_ending_is_undone_where_its_index_is_missing(
    index: PlainIndex,
) -> None:
    commit(index, "InvestigationSample", put(1))
    populate(index, "InvestigationSample", delete=True)
    population = index.parts.state.read().populations["InvestigationSample"]
    index.parts.indices.drop([str(population.index)])
    ends = replace(population, phase=Phase.ENDS)
    changed(
        index,
        lambda held: held.change(lambda state: state.with_population("InvestigationSample", ends)),
    )
    in_turn(index)
    assert not index.shared.state().populations
    assert index.found("InvestigationSample").keys() == {1}


# ── populations ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delete", [False, True])
def test_a_population_is_seen_as_a_whole_when_it_ends(index: PlainIndex, *, delete: bool) -> None:
    entity = "Investigation" if delete else "InvestigationUser"
    commit(index, entity, put(1))
    populate(index, entity, delete=delete)
    assert index.shared.add(entity, [(2, {"id": 2})])
    assert index.found(entity).keys() == {1}
    before = index.indices
    with index.shared.turn() as turn:
        turn.end_population(entity)
    assert index.found(entity).keys() == ({2} if delete else {1, 2})
    assert len(index.indices) == len(before) - 1
    assert not index.shared.add(entity, [(3, {"id": 3})])
    commit(index, entity, put(2, said="changed"))
    assert index.found(entity)[2]["said"] == "changed"


def test_an_abandoned_population_leaves_nothing(index: PlainIndex) -> None:
    commit(index, "InstrumentScientist", put(1))
    before = index.indices
    populate(index, "InstrumentScientist", delete=True)
    filled = index.parts.state.read().populations["InstrumentScientist"].index
    assert filled is not None
    index.shared.add("InstrumentScientist", [(2, {"id": 2})])
    with index.shared.turn() as turn:
        turn.abandon_population("InstrumentScientist")
    assert index.found("InstrumentScientist").keys() == {1}
    late = index.parts.kinds.bulk(
        "InstrumentScientist", index.parts.names.written(filled), put(3), 1
    )
    assert not late
    assert index.indices == before


def test_an_entity_without_an_index_is_locked_and_takes_no_documents(index: PlainIndex) -> None:
    populate(index, "Nothing", delete=False)
    assert index.shared.state().populations["Nothing"].is_open
    assert not index.shared.add("Nothing", [(1, {})])
    with index.shared.turn() as turn:
        turn.end_population("Nothing")
    assert "Nothing" not in index.shared.state().populations


# ── generations ──────────────────────────────────────────────────────────────────────────────────


def test_a_switch_that_a_crash_ended_is_ended_and_a_clear_leaves_nothing(index: PlainIndex) -> None:
    commit(index, "Dataset", put(1))
    first = index.shared.state().generation
    number = index.generations.begin(["Dataset"], FIT)
    with index.shared.turn() as turn:
        writer = turn.following(number)
        writer.apply("Dataset", put(2))
        writer.commit(["Dataset"])
    changed(index, lambda held: held.change(lambda state: replace(state, switch=Switch(number))))
    in_turn(index)
    state = index.shared.state()
    assert (state.generation, state.kept_after) == (number, None)
    assert index.found("Dataset").keys() == {2}
    assert index.generations.kept() == [first]

    index.shared.append(b"over")
    populate(index, "Datafile", delete=True)
    locks_version = index.shared.state().locks_version
    with index.shared.turn() as turn:
        turn.drop(first)
        turn.clear(index.shared.last())
    state = index.shared.state()
    assert state.committed == index.shared.last()
    assert state.locks_version > locks_version
    assert not state.populations
    assert index.found("Dataset") == {}
    assert index.indices == set(index.parts.state.read().indices.values())
    assert [found.number for found in index.generations.listed()] == [state.generation]


def test_a_generation_that_was_handed_over_takes_no_older_changes(index: PlainIndex) -> None:
    with index.shared.turn() as turn:
        current = turn.state().generation
        for number in (current, current + 100):
            with pytest.raises(CannotReindex):
                turn.following(number)


def test_who_cannot_read_the_state_lets_others_have_the_turn(index: PlainIndex) -> None:
    documents = index.parts.state.documents
    stored = documents.read("state")
    assert stored is not None
    of_a_later_release = {**stored.document["state"], "more": 1}
    documents.put("state", {**stored.document, "state": of_a_later_release})
    with pytest.raises(TypeError):
        in_turn(index)
    after = documents.read("state")
    assert after is not None
    assert after.document["lease"]["owner"] is None
    documents.put("state", {**after.document, "state": stored.document["state"]})
    in_turn(index)
