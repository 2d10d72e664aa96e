import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from search_service.engines.base import Document
from search_service.errors import (
    AlreadyLocked,
    BadRequest,
    NotLocked,
    RangeOccupied,
    StorageFailed,
)
from tests.support.service import Service, create, delete, update


@pytest.fixture
def filled(service: Service) -> Service:
    service.commit(*(create("Dataset", id_) for id_ in (5, 7, 9)))
    return service


def lock(
    service: Service,
    entity: str = "Dataset",
    low: int | None = None,
    high: int | None = None,
    delete: bool = False,
) -> None:
    service.changes.lock(entity, low, high, delete=delete)


def test_a_second_lock_is_refused(service: Service) -> None:
    lock(service, "Dataset")
    with pytest.raises(AlreadyLocked, match=r"^Lucene already locked for dataset$"):
        lock(service, "dataset", delete=True)


@pytest.mark.parametrize("entity", ["Dataset", "Nonsense", "Instrument", "dataset"])
def test_an_unlock_without_a_lock_is_refused(service: Service, entity: str) -> None:
    with pytest.raises(NotLocked, match=f"^Lucene is not currently locked for {entity}$"):
        service.changes.unlock(entity)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (None, None, 9),
        (0, None, 9),
        (None, 8, 7),
        (6, 7, 7),
        (5, 9, 9),
        (4, 5, 5),
    ],
)
def test_documents_in_the_range_refuse_the_lock(
    filled: Service, low: int | None, high: int | None, found: int
) -> None:
    with pytest.raises(
        RangeOccupied, match=f"^While locking index, found id {found} in specified range$"
    ):
        lock(filled, low=low, high=high)
    with pytest.raises(NotLocked):
        filled.changes.unlock("Dataset")


@pytest.mark.parametrize(("low", "high"), [(9, None), (None, 4), (7, 8), (5, 6)])
def test_documents_outside_the_range_do_not(
    filled: Service, low: int | None, high: int | None
) -> None:
    lock(filled, low=low, high=high)
    filled.changes.unlock("Dataset")
    assert set(filled.found("Dataset")) == {5, 7, 9}


def test_pending_documents_are_in_the_range_too(filled: Service) -> None:
    filled.modify(create("Dataset", 12))
    with pytest.raises(RangeOccupied, match="found id 12 in"):
        lock(filled)
    filled.modify(*(delete("Dataset", id_) for id_ in (5, 7, 9, 12)))
    lock(filled)


def test_a_population_is_seen_at_its_end_and_not_before(filled: Service) -> None:
    lock(filled, low=9)
    filled.changes.add_now("Dataset", [{"id": 11}, {"id": 5, "name": "replaced"}])
    filled.changes.commit()
    assert set(filled.found("Dataset")) == {5, 7, 9}
    filled.changes.unlock("Dataset")
    assert set(filled.found("Dataset")) == {5, 7, 9, 11}
    assert filled.field("Dataset", "name") == {5: "replaced"}


def test_a_population_may_start_from_nothing(filled: Service) -> None:
    lock(filled, delete=True)
    filled.changes.add_now("dataset", [{"id": 1}])
    filled.changes.unlock("Dataset")
    assert set(filled.found("Dataset")) == {1}


def test_a_crash_undoes_a_population_and_its_lock(filled: Service) -> None:
    lock(filled, delete=True)
    filled.changes.add_now("Dataset", [{"id": 1}])
    filled.crash()
    assert set(filled.found("Dataset")) == {5, 7, 9}
    filled.commit(create("Dataset", 10))
    with pytest.raises(NotLocked):
        filled.changes.unlock("Dataset")


def test_documents_added_to_an_unlocked_entity_are_seen_after_a_commit(filled: Service) -> None:
    filled.changes.add_now("Dataset", [{"id": 11}, {"id": 5, "name": "replaced"}])
    assert set(filled.found("Dataset")) == {5, 7, 9}
    filled.changes.commit()
    assert set(filled.found("Dataset")) == {5, 7, 9, 11}
    assert filled.field("Dataset", "name") == {5: "replaced"}


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"name": "no id"}, id="no-id"),
        pytest.param({"id": "x"}, id="id-is-text"),
        pytest.param({"id": 4, "fileSize": 1.5}, id="fraction"),
    ],
)
def test_nothing_of_a_batch_with_a_bad_document_is_added(
    service: Service, locked: bool, bad: Document
) -> None:
    if locked:
        lock(service)
    with pytest.raises(BadRequest):
        service.changes.add_now("Dataset", [{"id": 1}, bad])
    if locked:
        service.changes.unlock("Dataset")
    service.changes.commit()
    assert service.found("Dataset") == {}


def test_the_id_of_a_sample_is_in_a_field_of_its_own(service: Service) -> None:
    service.changes.add_now("Sample", [{"sample.id": 9, "sample.name": "amethyst"}])
    service.changes.commit()
    assert set(service.found("Sample")) == {9}


def test_documents_of_an_entity_without_an_index_are_ignored(service: Service) -> None:
    lock(service, "Job")
    service.changes.add_now("Job", [{"id": 1}])
    service.changes.unlock("Job")
    service.changes.add_now("Job", [{}])


def test_a_population_that_cannot_begin_leaves_no_lock(service: Service) -> None:
    service.writer.is_full = True
    with pytest.raises(StorageFailed, match="full"):
        lock(service)
    service.writer.is_full = False
    lock(service)


def test_after_a_population_nothing_is_known_of_what_its_documents_repeat(
    service: Service,
) -> None:
    service.commit(update("DatafileFormat", 3, {"datafileFormat.name": "new"}))
    lock(service, "Datafile")
    service.changes.add_now(
        "Datafile", [{"id": 1, "datafileFormat.id": 3, "datafileFormat.name": "old"}]
    )
    service.changes.unlock("Datafile")
    service.commit(update("DatafileFormat", 3, {"datafileFormat.name": "new"}))
    assert service.field("Datafile", "datafileFormat.name") == {1: "new"}


def test_an_unlock_waits_for_what_is_being_added(service: Service) -> None:
    lock(service)
    inside, go_on = threading.Event(), threading.Event()
    add = service.writer.add

    def slow(entity: str, documents: Sequence[tuple[int, Document]]) -> None:
        inside.set()
        go_on.wait()
        add(entity, documents)

    service.writer.add = slow  # type: ignore[method-assign]
    with ThreadPoolExecutor() as threads:
        adding = threads.submit(service.changes.add_now, "Dataset", [{"id": 1}])
        inside.wait()
        unlocking = threads.submit(service.changes.unlock, "Dataset")
        late = threads.submit(service.changes.add_now, "Dataset", [{"id": 2}])
        assert not unlocking.done()
        go_on.set()
        for done in (adding, unlocking, late):
            done.result()
    assert 1 in service.found("Dataset")
    service.changes.commit()
    assert set(service.found("Dataset")) == {1, 2}


def test_a_population_that_is_abandoned_leaves_what_was_there(filled: Service) -> None:
    lock(filled, delete=True)
    filled.changes.add_now("Dataset", [{"id": 11, "name": "half"}])
    filled.changes.abandon("dataset")
    assert sorted(filled.found("Dataset")) == [5, 7, 9]
    filled.commit(create("Dataset", 13))
    assert sorted(filled.found("Dataset")) == [5, 7, 9, 13]
    with pytest.raises(NotLocked, match="not currently locked for Dataset"):
        filled.changes.abandon("Dataset")
