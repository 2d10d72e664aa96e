from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from search_service.errors import BadRequest, EngineUnavailable, EntityLocked, TurnLost
from search_service.service.indexing.limits import CommitLimits
from tests.support.dict_engine.shared import Died
from tests.support.service import create, delete, update
from tests.support.shared_services import SharedService, SharedServices


def test_what_one_service_acknowledged_another_commits(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1))
    assert other.found("Dataset") == {}
    other.changes.commit()
    assert one.found("Dataset") == {1: {"id": 1}}


def test_changes_through_several_services_apply_in_the_order_of_their_acknowledgement(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1, {"id": 1, "name": "first"}))
    other.modify(update("Dataset", 1, {"id": 1, "name": "second"}))
    one.modify(create("Dataset", 2))
    other.modify(delete("Dataset", 2))
    one.changes.commit()
    assert other.field("Dataset", "name") == {1: "second"}
    assert set(other.found("Dataset")) == {1}


def test_a_related_entity_reaches_documents_that_came_through_another_service(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Datafile", 7, {"id": 7, "dataset.id": 1, "dataset.name": "first"}))
    one.changes.commit()
    other.modify(update("Dataset", 1, {"id": 1, "name": "second"}))
    one.changes.commit()
    assert one.field("Datafile", "dataset.name") == {7: "second"}


def test_nothing_of_a_request_with_a_bad_operation_is_acknowledged(one: SharedService) -> None:
    with pytest.raises(BadRequest):
        one.modify(create("Dataset", 1), create("Dataset", 2, {"id": 2, "name": None}))
    one.changes.commit()
    assert one.found("Dataset") == {}


def test_a_commit_without_anything_pending_asks_for_no_turn(one: SharedService) -> None:
    one.modify(create("Dataset", 1))
    one.changes.commit()
    one.steps.clear()
    one.changes.commit()
    assert one.steps == ["last", "state"]


def test_two_commits_at_once_do_no_harm(one: SharedService, other: SharedService) -> None:
    one.modify(create("Dataset", 1))
    threads = [Thread(target=each.changes.commit) for each in (one, other, one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.found("Dataset") == {1: {"id": 1}}
    assert one.cluster.commits == 1


STEPS_OF_A_COMMIT = [
    "turn", "begin commit", "read", "apply", "commit", "end commit", "drop records"
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS_OF_A_COMMIT)
def test_a_commit_of_a_service_that_died_is_made_by_another(
    one: SharedService, other: SharedService, step: str
) -> None:
    one.modify(
        create("Dataset", 1, {"id": 1, "name": "x"}), create("Datafile", 2), delete("Sample", 3)
    )
    one.die_before(step)
    with pytest.raises(Died):
        one.changes.commit()
    other.changes.commit()
    assert set(other.found("Dataset")) == {1}
    assert set(other.found("Datafile")) == {2}
    assert not other.index.state().in_doubt


def test_a_related_entity_that_was_propagated_by_halves_is_propagated_whole(
    one: SharedService, other: SharedService
) -> None:
    files = [
        create("Datafile", id_, {"id": id_, "datafileFormat.id": 1, "datafileFormat.name": "a"})
        for id_ in range(1, 5)
    ]
    one.modify(*files, update("DatafileFormat", 1, {"datafileFormat.name": "b"}))
    one.changes.commit()
    one.modify(update("DatafileFormat", 1, {"datafileFormat.name": "c"}))
    one.die_before("remember")
    with pytest.raises(Died):
        one.changes.commit()
    other.changes.commit()
    assert set(other.field("Datafile", "datafileFormat.name").values()) == {"c"}


def test_a_request_that_was_not_answered_can_be_sent_again(
    one: SharedService, other: SharedService
) -> None:
    one.die_before("appended")
    with pytest.raises(Died):
        one.modify(create("Dataset", 1))
    other.modify(create("Dataset", 1))
    other.changes.commit()
    assert other.found("Dataset") == {1: {"id": 1}}


def test_a_commit_goes_on_when_another_service_took_over(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1))
    taken: list[str] = []

    def take_over(step: str) -> None:
        if step == "commit" and not taken:
            taken.append(step)
            one.cluster.take_turn_away()

    one.index.before = take_over
    one.changes.commit()
    assert one.found("Dataset") == {1: {"id": 1}}


def test_a_lock_that_another_service_took_over_says_so(one: SharedService) -> None:
    def take_over(step: str) -> None:
        if step == "open population":
            one.cluster.take_turn_away()

    one.index.before = take_over
    with pytest.raises(TurnLost, match="nothing is lost"):
        one.changes.lock("Dataset", None, None, delete=True)


def test_what_the_cluster_does_not_take_is_refused_until_it_is_back(one: SharedService) -> None:
    one.cluster.is_there = False
    with pytest.raises(EngineUnavailable):
        one.modify(create("Dataset", 1))
    with pytest.raises(EngineUnavailable):
        one.changes.commit()
    one.cluster.is_there = True
    one.modify(create("Dataset", 1))
    one.changes.commit()
    assert set(one.found("Dataset")) == {1}


def test_an_operation_that_the_cluster_does_not_take_is_set_aside(
    services: SharedServices, one: SharedService
) -> None:
    services.cluster.refuses = lambda document: document.get("name") == "odd"
    one.modify(create("Dataset", 1), create("Dataset", 2, {"id": 2, "name": "odd"}))
    one.changes.commit()
    assert set(one.found("Dataset")) == {1}
    assert len(list((services.directory / "set-aside").iterdir())) == 1


def test_a_cluster_that_goes_during_a_commit_sets_nothing_aside(
    services: SharedServices, one: SharedService
) -> None:
    one.modify(create("Dataset", 1), create("Dataset", 2))

    def leave(step: str) -> None:
        if step == "commit":
            raise EngineUnavailable("gone")

    one.index.before = leave
    with pytest.raises(EngineUnavailable):
        one.changes.commit()
    one.index.before = lambda step: None
    one.changes.commit()
    assert set(one.found("Dataset")) == {1, 2}
    assert not (services.directory / "set-aside").exists()


# ── locks ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_that_came_while_another_service_locked_is_refused_and_never_made(
    one: SharedService, other: SharedService
) -> None:
    def lock(step: str) -> None:
        if step == "append":
            one.index.before = lambda step: None
            other.changes.lock("Dataset", None, None, delete=True)

    one.index.before = lock
    with pytest.raises(EntityLocked, match="Lucene locked for Dataset"):
        one.modify(create("Dataset", 1))
    other.changes.commit()
    other.changes.unlock("Dataset")
    other.changes.commit()
    assert other.found("Dataset") == {}


def test_what_was_refused_during_a_population_is_not_made_after_it_either(
    one: SharedService, other: SharedService
) -> None:
    def lock(step: str) -> None:
        if step == "append":
            one.index.before = lambda step: None
            other.changes.lock("Dataset", None, None, delete=True)

    one.index.before = lock
    with pytest.raises(EntityLocked):
        one.modify(create("Dataset", 1))
    other.changes.unlock("Dataset")
    other.changes.commit()
    assert other.found("Dataset") == {}


def test_a_change_of_another_entity_goes_on_while_one_is_locked(
    one: SharedService, other: SharedService
) -> None:
    def lock(step: str) -> None:
        if step == "append":
            one.index.before = lambda step: None
            other.changes.lock("Dataset", None, None, delete=True)

    one.index.before = lock
    one.modify(create("InvestigationUser", 1))
    other.changes.commit()
    assert set(other.found("InvestigationUser")) == {1}


# ── when nobody asks ──────────────────────────────────────────────────────────────────────────────


def test_so_many_operations_are_committed_without_a_request(tmp_path: Path) -> None:
    one, other = SharedServices(tmp_path, limits=CommitLimits(operations=4)).all
    other.modify(create("Dataset", 9))
    one.modify(create("Dataset", 1), create("Dataset", 2), create("Dataset", 3))
    assert one.found("Dataset") == {}
    one.modify(create("Dataset", 4))
    assert set(one.found("Dataset")) == {1, 2, 3, 9}


def test_so_many_bytes_are_committed_without_a_request(tmp_path: Path) -> None:
    one, _ = SharedServices(tmp_path, limits=CommitLimits(size=100)).all
    one.modify(create("Dataset", 1, {"id": 1, "name": "x" * 100}))
    assert one.found("Dataset") == {}
    one.modify(create("Dataset", 2))
    assert set(one.found("Dataset")) == {1}


def test_after_so_many_seconds_what_any_service_acknowledged_is_committed(tmp_path: Path) -> None:
    one, other = SharedServices(tmp_path, limits=CommitLimits(seconds=10)).all
    other.modify(create("Dataset", 1))
    one.changes.tend()
    assert set(one.found("Dataset")) == {1}
    other.modify(create("Dataset", 2))
    one.changes.tend()
    one.monotonic += 9
    one.changes.tend()
    assert set(one.found("Dataset")) == {1}
    one.monotonic += 1
    one.changes.tend()
    assert set(one.found("Dataset")) == {1, 2}


def left_in_commit(service: SharedService) -> None:
    service.modify(create("Dataset", 1))
    service.die_before("end commit")
    with pytest.raises(Died):
        service.changes.commit()


def left_in_lock(service: SharedService) -> None:
    service.die_before("open population")
    with pytest.raises(Died):
        service.changes.lock("Dataset", None, None, delete=True)


def left_in_unlock(service: SharedService) -> None:
    service.changes.lock("Dataset", None, None, delete=True)
    service.die_before("see population")
    with pytest.raises(Died):
        service.changes.unlock("Dataset")


@pytest.mark.parametrize("leave", [left_in_commit, left_in_lock, left_in_unlock])
def test_what_a_service_left_is_ended_though_nobody_asks(
    one: SharedService, other: SharedService, leave: Callable[[SharedService], None]
) -> None:
    leave(one)
    other.changes.tend()
    other.monotonic += 4
    other.changes.tend()
    assert other.index.state().in_doubt or other.index.state().populations
    other.monotonic += 2
    other.changes.tend()
    state = other.index.state()
    assert (state.in_doubt, dict(state.populations)) == (False, {})


def test_the_status_counts_what_waits_for_a_commit(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1), create("Dataset", 2))
    other.modify(create("Dataset", 3))
    assert one.changes.status().pending_operations == 3
    assert other.changes.status().pending_operations == 2
    one.changes.commit()
    assert other.changes.status().pending_operations == 0
    assert other.changes.status().last_commit is not None


def test_a_service_that_ends_commits_nothing_and_loses_nothing(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1))
    one.changes.close()
    assert other.found("Dataset") == {}
    other.changes.commit()
    assert set(other.found("Dataset")) == {1}


def test_a_clear_ends_what_all_services_acknowledged(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1))
    one.changes.commit()
    other.modify(create("Dataset", 2))
    other.changes.lock("Sample", None, None, delete=False)
    one.changes.clear()
    other.changes.commit()
    assert other.found("Dataset") == {}
    assert not other.index.state().populations
    other.modify(create("Dataset", 3))
    one.changes.commit()
    assert set(one.found("Dataset")) == {3}
