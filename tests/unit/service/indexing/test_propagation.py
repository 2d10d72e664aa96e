"""The table of related entities, worked through: one row is one sentence of the contract."""

from typing import Any

import pytest

from search_service.catalogue import lookup
from search_service.catalogue.model import Propagation
from search_service.catalogue.relations import PROPAGATIONS
from tests.support.service import Service, create, delete, update

ALL = [
    pytest.param(related, propagation, id=f"{related}-in-{propagation.entity}")
    for related, propagations in PROPAGATIONS.items()
    for propagation in propagations
]


def value(propagation: Propagation, name: str, text: str) -> Any:
    """A value that the field may hold."""
    kind = lookup.entity(propagation.entity).by_name[name].kind
    return len(text) if kind.is_number else text


def said(propagation: Propagation, text: str) -> dict[str, Any]:
    """The related entity's document that gives this value to every repeated field."""
    return {source: value(propagation, own, text) for own, source in propagation.fields.items()}


def repeated(propagation: Propagation, text: str) -> dict[str, Any]:
    return {own: value(propagation, own, text) for own in propagation.fields}


def repeating(propagation: Propagation, id_: int, related_id: int, text: str) -> dict[str, Any]:
    id_field = lookup.entity(propagation.entity).id_field or "id"
    return {id_field: id_, propagation.by: related_id, **repeated(propagation, text)}


def set_up(service: Service, propagation: Propagation) -> None:
    """Two documents repeat the entity 1, one repeats the entity 2."""
    service.commit(
        *(
            create(propagation.entity, id_, repeating(propagation, id_, related_id, "old"))
            for id_, related_id in ((10, 1), (11, 1), (12, 2))
        )
    )


def fields_of(service: Service, propagation: Propagation) -> dict[int, dict[str, Any]]:
    return {
        id_: {name: document[name] for name in propagation.fields if name in document}
        for id_, document in service.found(propagation.entity).items()
    }


def test_what_is_repeated_is_not_repeated_again() -> None:
    """So the order in which changes are propagated to an entity's documents does not matter."""
    for related, propagations in PROPAGATIONS.items():
        sources = {source for propagation in propagations for source in propagation.fields.values()}
        for others in PROPAGATIONS.values():
            for propagation in others:
                if propagation.entity == related:
                    assert not sources & set(propagation.fields), related
                assert propagation.by not in propagation.fields


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_an_update_reaches_the_documents_that_repeat_it(
    service: Service, related: str, propagation: Propagation
) -> None:
    set_up(service, propagation)
    service.commit(update(related, 1, said(propagation, "newer")))
    new, old = repeated(propagation, "newer"), repeated(propagation, "old")
    assert fields_of(service, propagation) == {10: new, 11: new, 12: old}


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_a_field_that_was_not_there_appears(
    service: Service, related: str, propagation: Propagation
) -> None:
    bare = {
        k: v for k, v in repeating(propagation, 10, 1, "").items() if k not in propagation.fields
    }
    service.commit(create(propagation.entity, 10, bare))
    service.commit(update(related, 1, said(propagation, "new")))
    assert fields_of(service, propagation) == {10: repeated(propagation, "new")}


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_a_field_that_the_entity_has_no_longer_goes(
    service: Service, related: str, propagation: Propagation
) -> None:
    set_up(service, propagation)
    service.commit(update(related, 1, {}))
    old = repeated(propagation, "old")
    assert fields_of(service, propagation) == {10: {}, 11: {}, 12: old}
    assert service.found(propagation.entity)[10][propagation.by] == 1


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_a_delete_takes_the_fields_or_the_documents(
    service: Service, related: str, propagation: Propagation
) -> None:
    set_up(service, propagation)
    service.commit(delete(related, 1))
    old = repeated(propagation, "old")
    expected = {12: old} if propagation.whole else {10: {}, 11: {}, 12: old}
    assert fields_of(service, propagation) == expected


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_documents_of_the_same_batch_follow_when_they_come_before(
    service: Service, related: str, propagation: Propagation
) -> None:
    service.commit(
        create(propagation.entity, 10, repeating(propagation, 10, 1, "old")),
        update(related, 1, said(propagation, "newer")),
        create(propagation.entity, 11, repeating(propagation, 11, 1, "latest")),
    )
    assert fields_of(service, propagation) == {
        10: repeated(propagation, "newer"),
        11: repeated(propagation, "latest"),
    }


@pytest.mark.parametrize("committed", [False, True], ids=["pending", "committed"])
@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_so_they_do_when_the_batch_is_sent_again(
    service: Service, related: str, propagation: Propagation, committed: bool
) -> None:
    batch = [
        create(propagation.entity, 10, repeating(propagation, 10, 1, "old")),
        update(related, 1, said(propagation, "newer")),
    ]
    service.modify(*batch)
    if committed:
        service.changes.commit()
    service.commit(*batch)
    assert fields_of(service, propagation) == {10: repeated(propagation, "newer")}


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_an_update_that_changes_nothing_reads_and_writes_no_document_that_repeats_it(
    service: Service, related: str, propagation: Propagation
) -> None:
    set_up(service, propagation)
    service.commit(update(related, 1, said(propagation, "newer")))
    written = service.writer.written.copy()
    service.commit(update(related, 1, said(propagation, "newer")))
    assert service.writer.written == written
    assert service.writer.reader().read == 0


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_that_nothing_changed_is_known_after_a_crash_too(
    service: Service, related: str, propagation: Propagation
) -> None:
    set_up(service, propagation)
    service.commit(update(related, 1, said(propagation, "newer")))
    service.crash()
    written = service.writer.written.copy()
    service.commit(update(related, 1, said(propagation, "newer")))
    assert service.writer.written == written


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_only_documents_that_differ_are_written(
    service: Service, related: str, propagation: Propagation
) -> None:
    service.commit(
        create(propagation.entity, 10, repeating(propagation, 10, 1, "new")),
        create(propagation.entity, 11, repeating(propagation, 11, 1, "old")),
    )
    service.writer.written.clear()
    service.commit(update(related, 1, said(propagation, "new")))
    assert service.writer.written[propagation.entity] == 1


@pytest.mark.parametrize(("related", "propagation"), ALL)
def test_a_change_and_its_reverse_leave_what_was_there(
    service: Service, related: str, propagation: Propagation
) -> None:
    set_up(service, propagation)
    before = fields_of(service, propagation)
    service.commit(
        update(related, 1, said(propagation, "newer")), update(related, 1, said(propagation, "old"))
    )
    assert fields_of(service, propagation) == before


def test_a_deleted_investigation_takes_its_files_and_leaves_its_people(service: Service) -> None:
    service.commit(
        create("Investigation", 1),
        create("Dataset", 2, {"id": 2, "investigation.id": 1}),
        create("Datafile", 3, {"id": 3, "investigation.id": 1, "dataset.id": 2}),
        create("InvestigationUser", 4, {"id": 4, "investigation.id": 1}),
        create("DatasetParameter", 5, {"id": 5, "dataset.id": 2}),
        create("Sample", 6, {"sample.id": 6, "sample.investigation.id": 1}),
    )
    service.commit(delete("Investigation", 1))
    assert not service.found("Investigation")
    assert not service.found("Dataset")
    assert not service.found("Datafile")
    assert set(service.found("InvestigationUser")) == {4}
    assert set(service.found("DatasetParameter")) == {5}
    assert set(service.found("Sample")) == {6}


def test_created_updated_and_deleted_in_one_request_leaves_nothing(service: Service) -> None:
    service.commit(
        create("Dataset", 1, {"id": 1, "name": "first"}),
        create("Datafile", 2, {"id": 2, "dataset.id": 1, "dataset.name": "first"}),
        update("Dataset", 1, {"id": 1, "name": "second"}),
        delete("Dataset", 1),
    )
    assert not service.found("Dataset")
    assert not service.found("Datafile")


def test_a_document_created_after_its_owner_was_deleted_stays(service: Service) -> None:
    service.commit(
        delete("Dataset", 1),
        create("Datafile", 2, {"id": 2, "dataset.id": 1}),
    )
    assert set(service.found("Datafile")) == {2}


def test_the_title_of_an_investigation_does_not_concern_its_datafiles(service: Service) -> None:
    about = {"id": 1, "name": "n", "visitId": "v", "title": "old", "startDate": 1}
    service.commit(
        create("Investigation", 1, about),
        create("Dataset", 2, {"id": 2, "investigation.id": 1, "investigation.title": "old"}),
        create("Datafile", 3, {"id": 3, "investigation.id": 1, "visitId": "not the same"}),
    )
    service.commit(update("Investigation", 1, about))
    service.commit(update("Investigation", 1, {**about, "title": "new"}))
    assert service.field("Dataset", "investigation.title") == {2: "new"}
    assert service.field("Datafile", "visitId") == {3: "not the same"}
    assert service.writer.reader().read == 0


def test_an_investigation_of_which_another_field_changes_touches_no_file(service: Service) -> None:
    about = {"id": 1, "name": "n", "visitId": "v", "title": "t", "startDate": 1}
    service.commit(create("Investigation", 1, about))
    service.commit(create("Datafile", 3, {"id": 3, "investigation.id": 1, "visitId": "other"}))
    service.commit(update("Investigation", 1, {**about, "summary": "new", "endDate": 7}))
    assert service.field("Datafile", "visitId") == {3: "other"}
    assert service.field("Investigation", "summary") == {1: "new"}


def test_the_peer_s_way_of_writing_an_update_of_a_dataset_that_did_not_change_costs_nothing(
    service: Service,
) -> None:
    dataset = {"id": 1, "name": "scan", "fileCount": 3}
    service.commit(create("Dataset", 1, dataset))
    service.writer.written.clear()
    service.commit(*(update("Dataset", 1, dict(dataset)) for _ in range(100)))
    assert not service.writer.written


# ── units ───────────────────────────────────────────────────────────────────────────────────────

TEMPERATURE = {"id": 1, "type.id": 5, "type.name": "t", "type.units": "K", "numericValue": 300}


def test_si_fields_follow_the_units(service: Service) -> None:
    service.commit(create("DatasetParameter", 1, TEMPERATURE))
    assert service.field("DatasetParameter", "numericValueSI") == {1: 300}
    service.commit(update("ParameterType", 5, {"type.name": "t", "type.units": "mK"}))
    assert service.field("DatasetParameter", "numericValueSI") == {1: 0.3}
    service.commit(update("ParameterType", 5, {"type.name": "t", "type.units": "furlong"}))
    assert service.field("DatasetParameter", "numericValueSI") == {}
    assert service.field("DatasetParameter", "type.unitsSI") == {}
    service.commit(update("ParameterType", 5, {"type.name": "t", "type.units": "celsius"}))
    assert service.field("DatasetParameter", "numericValueSI") == {1: 573.15}
    assert service.field("DatasetParameter", "type.unitsSI") == {1: "Kelvin"}


def test_si_fields_follow_the_units_in_one_batch(service: Service) -> None:
    service.commit(
        create("DatasetParameter", 1, TEMPERATURE),
        update("ParameterType", 5, {"type.name": "t", "type.units": "mK"}),
    )
    assert service.field("DatasetParameter", "numericValueSI") == {1: 0.3}
