import json
from collections import Counter
from typing import Any

import pytest

from load_tests.documents import Facility, blocks, datafile_blocks
from search_service.catalogue import lookup

DATAFILES = 2_000


@pytest.fixture(scope="module")
def facility() -> Facility:
    return Facility(DATAFILES)


@pytest.fixture(scope="module")
def by_entity(facility: Facility) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for block in blocks(facility):
        documents = json.loads(block.body)
        assert len(documents) == block.count
        found.setdefault(block.entity, []).extend(documents)
    return found


def test_the_same_number_makes_the_same_facility(facility: Facility) -> None:
    assert list(datafile_blocks(facility)) == list(datafile_blocks(Facility(DATAFILES)))


def test_there_are_exactly_so_many_datafiles(by_entity: dict[str, list[dict[str, Any]]]) -> None:
    ids = [document["id"] for document in by_entity["Datafile"]]
    assert ids == list(range(1, DATAFILES + 1))


def test_blocks_have_so_many_documents(facility: Facility) -> None:
    assert [block.count for block in datafile_blocks(facility, 900)] == [900, 900, 200]


@pytest.mark.parametrize(("lean", "lowest", "highest"), [(True, 215, 245), (False, 440, 600)])
def test_a_datafile_has_the_bytes_it_is_said_to_have(
    facility: Facility, lean: bool, lowest: int, highest: int
) -> None:
    size = sum(len(block.body) for block in datafile_blocks(facility, lean=lean))
    assert lowest < size / DATAFILES < highest


def test_fields_are_those_the_service_knows(by_entity: dict[str, list[dict[str, Any]]]) -> None:
    for entity, documents in by_entity.items():
        used = {field for document in documents for field in document}
        assert used <= set(lookup.entity(entity).by_name)


def test_a_datafile_knows_its_dataset(
    facility: Facility, by_entity: dict[str, list[dict[str, Any]]]
) -> None:
    for document in by_entity["Datafile"]:
        dataset = facility.dataset(document["dataset.id"])
        assert facility.dataset_of(document["id"]) == dataset.id
        assert document["location"].startswith(dataset.directory)
        assert document["name"] == dataset.file_name(document["id"])


def test_ids_are_unique_and_refer_to_what_is_there(
    by_entity: dict[str, list[dict[str, Any]]],
) -> None:
    investigations = {document["id"] for document in by_entity["Investigation"]}
    for entity, documents in by_entity.items():
        ids = Counter(document.get("id", document.get("sample.id")) for document in documents)
        assert set(ids.values()) == {1}, entity
        assert {d.get("investigation.id", 1) for d in documents} <= investigations


def test_paths_are_of_both_kinds(by_entity: dict[str, list[dict[str, Any]]]) -> None:
    windows = sum("\\" in document["location"] for document in by_entity["Datafile"])
    assert 0.1 < windows / DATAFILES < 0.6
