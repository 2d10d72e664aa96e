import pytest

from search_service.engines.fit import Fit
from search_service.errors import (
    AlreadyLocked,
    BeingReindexed,
    EntityLocked,
    NotLocked,
    RangeOccupied,
)
from tests.support.dict_engine.shared import Died
from tests.support.service import create, update
from tests.support.shared_services import SharedService, SharedServices


def lock(service: SharedService, entity: str = "Dataset", *, delete: bool = False) -> None:
    service.changes.lock(entity, None, None, delete=delete)


def test_one_service_begins_a_population_others_fill_it_and_another_ends_it(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1))
    lock(one, delete=True)
    other.changes.add_now("Dataset", [{"id": 2}])
    one.changes.add_now("Dataset", [{"id": 3}])
    assert set(one.found("Dataset")) == {1}
    other.changes.unlock("dataset")
    assert set(one.found("Dataset")) == {2, 3}


def test_a_population_goes_on_when_the_service_ends_that_began_it(
    one: SharedService, other: SharedService
) -> None:
    lock(one)
    one.index.die()
    other.changes.add_now("Dataset", [{"id": 2}])
    other.changes.unlock("Dataset")
    assert set(other.found("Dataset")) == {2}


def test_a_locked_entity_is_locked_for_every_service(
    one: SharedService, other: SharedService
) -> None:
    lock(one)
    with pytest.raises(EntityLocked, match="Lucene locked for DATASET"):
        other.modify(create("DATASET", 1))
    with pytest.raises(AlreadyLocked):
        lock(other, "dataset")
    with pytest.raises(EntityLocked):
        other.modify(update("Investigation", 1, {"id": 1, "visitId": "x"}))
    one.changes.unlock("Dataset")
    with pytest.raises(NotLocked, match="Lucene is not currently locked for Dataset"):
        other.changes.unlock("Dataset")


def test_what_any_service_acknowledged_is_in_a_population_that_begins(
    one: SharedService, other: SharedService
) -> None:
    other.modify(create("Dataset", 1))
    lock_fails = pytest.raises(RangeOccupied, match="found id 1 in specified range")
    with lock_fails:
        lock(one)
    one.modify(create("Dataset", 2))
    one.changes.lock("Dataset", 2, None, delete=False)
    other.changes.unlock("Dataset")
    assert set(one.found("Dataset")) == {1, 2}


def test_a_lock_that_is_refused_leaves_no_lock(one: SharedService, other: SharedService) -> None:
    one.modify(create("Dataset", 1))
    with pytest.raises(RangeOccupied):
        lock(one)
    other.modify(create("Dataset", 2))


def test_a_population_that_is_abandoned_leaves_what_was_there(
    one: SharedService, other: SharedService
) -> None:
    one.modify(create("Dataset", 1))
    lock(one, delete=True)
    one.changes.add_now("Dataset", [{"id": 2}])
    other.changes.abandon("Dataset")
    other.changes.commit()
    assert set(one.found("Dataset")) == {1}


def test_an_entity_without_an_index_can_be_locked(one: SharedService, other: SharedService) -> None:
    lock(one, "Job")
    with pytest.raises(EntityLocked):
        other.modify(create("job", 1))
    other.changes.add_now("Job", [{"id": 1}])
    other.changes.unlock("Job")


@pytest.mark.parametrize("step", ["lock", "begin commit", "read", "copy population"])
def test_a_population_that_a_dead_service_began_is_undone(
    one: SharedService, other: SharedService, step: str
) -> None:
    one.modify(create("Dataset", 1))
    one.die_before(step)
    with pytest.raises(Died):
        lock(one, delete=True)
    other.modify(create("DatasetParameter", 1))
    other.changes.commit()
    assert set(other.found("Dataset")) == {1}
    lock(other, delete=True)
    other.changes.unlock("Dataset")
    assert other.found("Dataset") == {}


def test_an_addition_waits_for_who_begins_a_population_and_ends_what_a_dead_one_left(
    one: SharedService, other: SharedService
) -> None:
    one.die_before("open population")
    with pytest.raises(Died):
        lock(one)
    other.changes.add_now("Dataset", [{"id": 1}])
    other.changes.commit()
    assert set(other.found("Dataset")) == {1}


@pytest.mark.parametrize("step", ["see population", "unlock"])
def test_a_population_that_a_dead_service_was_ending_is_ended(
    one: SharedService, other: SharedService, step: str
) -> None:
    lock(one)
    one.changes.add_now("Dataset", [{"id": 1}])
    one.die_before(step)
    with pytest.raises(Died):
        one.changes.unlock("Dataset")
    other.modify(create("DatasetParameter", 1))
    other.changes.commit()
    assert set(other.found("Dataset")) == {1}
    other.modify(create("Dataset", 2))


def test_a_document_that_the_cluster_does_not_take_is_set_aside(
    services: SharedServices, one: SharedService
) -> None:
    services.cluster.refuses = lambda document: document["id"] == 2
    lock(one)
    one.changes.add_now("Dataset", [{"id": 1}, {"id": 2}, {"id": 3}])
    one.changes.unlock("Dataset")
    assert set(one.found("Dataset")) == {1, 3}


def test_nothing_is_populated_while_a_generation_is_built(
    one: SharedService, other: SharedService
) -> None:
    with one.index.turn() as turn:
        turn.begin_generation(["Dataset"], Fit("dicts", {}, "dict"))
    with pytest.raises(BeingReindexed):
        lock(other)
    with pytest.raises(BeingReindexed):
        other.changes.clear()
    other.changes.add_now("Dataset", [{"id": 1}])
