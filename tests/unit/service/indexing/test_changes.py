from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.errors import BadRequest, EntityLocked, StorageFailed
from search_service.service.indexing.limits import CommitLimits
from tests.support.service import Service, create, delete, update


def test_a_change_is_seen_after_the_commit_and_not_before(service: Service) -> None:
    service.modify(create("Dataset", 1))
    assert service.found("Dataset") == {}
    service.changes.commit()
    assert service.found("Dataset") == {1: {"id": 1}}


def test_operations_on_one_id_apply_in_order(service: Service) -> None:
    service.commit(
        create("Dataset", 1, {"id": 1, "name": "first"}),
        update("Dataset", 1, {"id": 1, "name": "second"}),
        create("Dataset", 2),
        delete("Dataset", 2),
        delete("Dataset", 3),
        create("Dataset", 3, {"id": 3, "name": "third"}),
    )
    assert service.field("Dataset", "name") == {1: "second", 3: "third"}


def test_an_update_replaces_the_whole_document_and_creates_one_that_is_not_there(
    service: Service,
) -> None:
    service.commit(create("Dataset", 1, {"id": 1, "name": "first", "doi": "10.1"}))
    service.commit(update("Dataset", 1, {"id": 1, "name": "second"}), update("Dataset", 2, {}))
    assert service.found("Dataset") == {1: {"id": 1, "name": "second"}, 2: {}}


def test_the_key_of_a_document_is_that_of_its_operation(service: Service) -> None:
    service.commit(create("Dataset", 1, {"id": 5}))
    assert service.found("Dataset") == {1: {"id": 5}}


def test_a_batch_sent_twice_changes_nothing(service: Service) -> None:
    batch = [
        create("Dataset", 1, {"id": 1, "name": "first"}),
        create("Datafile", 7, {"id": 7, "dataset.id": 1, "dataset.name": "first"}),
        update("Dataset", 1, {"id": 1, "name": "second"}),
        delete("Dataset", 9),
    ]
    service.commit(*batch)
    once = service.found("Dataset"), service.found("Datafile")
    service.commit(*batch)
    assert (service.found("Dataset"), service.found("Datafile")) == once
    assert service.field("Datafile", "dataset.name") == {7: "second"}


def test_unknown_entities_are_ignored_whatever_they_hold(service: Service) -> None:
    service.commit(create("Job", 1, {"id": "x"}), delete("Job", 2), create("Dataset", 1))
    assert set(service.found("Dataset")) == {1}


def test_entity_names_are_matched_without_regard_to_case(service: Service) -> None:
    service.commit(create("dataset", 1), update("DATAFILEFORMAT", 3, {"datafileFormat.name": "x"}))
    assert set(service.found("Dataset")) == {1}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(create("Dataset", 2, {"id": 2, "date": "today"}), id="text-for-an-integer"),
        pytest.param(create("Dataset", 2, {"id": 2, "name": None}), id="null-for-a-text"),
        pytest.param(update("User", 2, {"user.fullName": 5}), id="number-for-a-repeated-text"),
        pytest.param(update("ParameterType", 2, {"type.units": []}), id="array-for-units"),
    ],
)
def test_nothing_of_a_request_with_a_bad_operation_is_applied(
    service: Service, bad: Operation
) -> None:
    service.commit(create("Dataset", 1, {"id": 1, "name": "first"}))
    with pytest.raises(BadRequest):
        service.commit(update("Dataset", 1, {"id": 1, "name": "second"}), bad, delete("Dataset", 1))
    service.changes.commit()
    assert service.found("Dataset") == {1: {"id": 1, "name": "first"}}


def test_a_locked_entity_refuses_changes_and_nothing_of_the_request_is_applied(
    service: Service,
) -> None:
    service.changes.lock("Datafile", None, None, delete=False)
    with pytest.raises(EntityLocked, match=r"^Lucene locked for datafile$"):
        service.modify(create("DatafileParameter", 1), create("datafile", 9))
    service.changes.commit()
    assert service.found("DatafileParameter") == {}
    service.commit(create("DatafileParameter", 2))
    assert set(service.found("DatafileParameter")) == {2}


@pytest.mark.parametrize(
    ("related", "locked"),
    [
        ("DatafileFormat", "Datafile"),
        ("Sample", "InvestigationSample"),
        ("Investigation", "Dataset"),
        ("User", "InstrumentScientist"),
    ],
)
def test_a_related_entity_is_refused_in_the_name_of_what_repeats_it(
    service: Service, related: str, locked: str
) -> None:
    service.changes.lock(locked, None, None, delete=False)
    for operation in (update(related, 1, {}), delete(related, 1)):
        with pytest.raises(EntityLocked, match=f"^Lucene locked for {locked}$"):
            service.modify(operation)


def test_what_was_acknowledged_survives_a_crash(service: Service) -> None:
    service.commit(create("Dataset", 1), create("Dataset", 2))
    service.modify(update("Dataset", 1, {"id": 1, "name": "changed"}))
    service.modify(delete("Dataset", 2))
    service.changes.add_now("Dataset", [{"id": 3}])
    service.crash()
    assert service.found("Dataset") == {1: {"id": 1, "name": "changed"}, 3: {"id": 3}}
    assert service.changes.status().replayed == 3


def test_what_was_committed_is_not_replayed(service: Service) -> None:
    service.commit(create("Dataset", 1))
    service.crash()
    assert service.changes.status().replayed == 0


def test_a_clear_removes_everything_and_a_crash_brings_nothing_back(service: Service) -> None:
    service.commit(create("Dataset", 1))
    service.modify(create("Dataset", 2))
    service.changes.lock("Datafile", None, None, delete=False)
    service.changes.clear()
    service.commit(create("Datafile", 3))
    service.crash()
    assert service.found("Dataset") == {}
    assert set(service.found("Datafile")) == {3}


def test_a_crash_in_the_middle_of_a_clear_leaves_nothing(service: Service) -> None:
    service.commit(create("Dataset", 1))
    service.modify(create("Dataset", 2))
    service.writer.clear()
    service.crash()
    assert service.found("Dataset") == {}


def test_a_commit_that_failed_is_made_up_for_by_the_next(service: Service) -> None:
    service.commit(create("Dataset", 1, {"id": 1, "name": "first"}))
    service.commit(create("Datafile", 7, {"id": 7, "dataset.id": 1, "dataset.name": "first"}))
    service.modify(update("Dataset", 1, {"id": 1, "name": "second"}), create("Dataset", 2))
    service.writer.fails = 1
    with pytest.raises(StorageFailed, match="full"):
        service.changes.commit()
    service.modify(delete("Dataset", 2))
    service.changes.commit()
    assert service.field("Dataset", "name") == {1: "second"}
    assert service.field("Datafile", "dataset.name") == {7: "second"}


@pytest.mark.parametrize("entity", ["Datafile", "Dataset"])
def test_a_crash_in_the_middle_of_a_commit_is_made_up_for_at_the_start(
    service: Service, entity: str
) -> None:
    service.commit(create("Dataset", 1, {"id": 1, "name": "first"}))
    service.commit(create("Datafile", 7, {"id": 7, "dataset.id": 1, "dataset.name": "first"}))
    service.modify(update("Dataset", 1, {"id": 1, "name": "second"}))
    service.journal.turn()
    half = service.writer
    half.apply("Dataset", [])
    half.applied["Dataset"][1] = {"id": 1, "name": "second"}
    half.commit(["Dataset"])
    service.crash()
    assert service.field("Datafile", "dataset.name") == {7: "second"}


def test_too_many_pending_operations_are_committed_unasked(tmp_path: Path) -> None:
    service = Service(tmp_path, CommitLimits(operations=10))
    for id_ in range(25):
        service.modify(create("Dataset", id_))
    assert len(service.found("Dataset")) == 20
    assert service.changes.status().pending_operations == 5
    service.end()


def test_too_large_a_journal_is_committed_unasked(tmp_path: Path) -> None:
    service = Service(tmp_path, CommitLimits(size=1000))
    for id_ in range(10):
        service.modify(create("Dataset", id_, {"id": id_, "name": "x" * 500}))
    assert len(service.found("Dataset")) >= 8
    assert service.journal.size < 3000
    service.end()


def test_a_commit_comes_by_itself_when_the_time_is_set(tmp_path: Path) -> None:
    service = Service(tmp_path, CommitLimits(seconds=30))
    service.modify(create("Dataset", 1))
    service.changes.tend()
    service.modify(create("Dataset", 2))
    service.monotonic += 29
    service.now += 3600  # somebody sets the clock
    service.changes.tend()
    assert set(service.found("Dataset")) == {1}
    service.monotonic += 1
    service.now -= 7200
    service.changes.tend()
    assert set(service.found("Dataset")) == {1, 2}
    service.end()


def test_an_end_commits(service: Service) -> None:
    service.modify(create("Dataset", 1))
    service.changes.close()
    assert set(service.found("Dataset")) == {1}
    service.start()
    assert service.changes.status().replayed == 0
