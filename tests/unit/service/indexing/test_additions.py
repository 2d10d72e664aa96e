"""Documents that cannot be taken are set aside, and the others are added."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from search_service.engines.base import Document
from search_service.errors import EngineUnavailable, NotLocked
from search_service.service.indexing.additions import Added, add_taken, repeated_by
from search_service.service.indexing.refused_operations import NAME, RefusedOperations


class Taking:
    """Takes documents that have a name; raises ``failure`` for those that are to fail."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure
        self.taken: list[int] = []

    def __call__(self, documents: Added) -> None:
        if any("name" not in document for _, document in documents):
            raise self._failure
        self.taken += [id_ for id_, _ in documents]


def set_aside(root: Path) -> Sequence[object]:
    lines = [
        orjson.loads(line)
        for file in (root / NAME).glob("*")
        for line in file.read_bytes().splitlines()
    ]
    return [line["operation"] for line in lines]


DOCUMENTS: list[tuple[int, Document]] = [(1, {"name": "a"}), (2, {}), (3, {"name": "b"})]


def test_those_that_cannot_be_taken_are_set_aside_alone(tmp_path: Path) -> None:
    add = Taking(ValueError("no name"))
    add_taken(add, "Dataset", DOCUMENTS, RefusedOperations(tmp_path))
    assert add.taken == [1, 3]
    assert set_aside(tmp_path) == [{"create": {"_index": "Dataset", "_id": 2, "doc": {}}}]


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(OSError("no room"), id="disk"),
        pytest.param(EngineUnavailable("no answer"), id="cluster"),
        pytest.param(NotLocked("Dataset"), id="refused"),
    ],
)
def test_no_document_is_the_cause_of_a_failure_of_storage_or_of_a_refusal(
    tmp_path: Path, failure: Exception
) -> None:
    add = Taking(failure)
    with pytest.raises(type(failure)):
        add_taken(add, "Dataset", DOCUMENTS, RefusedOperations(tmp_path))
    assert (add.taken, set_aside(tmp_path)) == ([], [])


def test_an_entity_repeats_the_fields_of_what_it_belongs_to() -> None:
    assert "DatafileFormat" in repeated_by("Datafile")
    assert "DatafileFormat" not in repeated_by("Dataset")
