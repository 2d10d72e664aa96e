"""Words one edit away are those of all slices, in however many the documents are."""

import pytest

from search_service.engines.embedded.search.open_slices import OpenSlices
from search_service.engines.embedded.search.queries.near_words import near_words
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.near_words import NearWord
from tests.support.shards import shards_over

TITLES = ["neutron", "neutron", "neuron", "neuttron", "photon", "neutro", "neutron и neutrön"]


@pytest.fixture(scope="module", params=[100, 3, 1], ids=["one-shard", "some", "each-its-own"])
def slices(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Slice]:
    documents = {n: {"id": n, "title": title} for n, title in enumerate(TITLES)}
    directory = tmp_path_factory.mktemp("shards")
    view = shards_over(directory, {"Investigation": documents}, request.param)
    return OpenSlices(view).of("Investigation")


def test_they_are_counted_over_all_slices(slices: list[Slice]) -> None:
    found = near_words(slices, "title", "neutron")
    assert found.frequency == 3
    assert [(near.word, near.frequency) for near in found.words] == [
        ("neutron", 3),
        ("neuttron", 1),
        ("neuron", 1),
        ("neutro", 1),
    ]
    assert found.words[0] == NearWord("neutron", 1.0, 3)


def test_a_word_that_no_document_has_is_none_of_them(slices: list[Slice]) -> None:
    found = near_words(slices, "title", "neutrn")
    assert [near.word for near in found.words] == ["neutro", "neutron"]
    assert near_words(slices, "title", "electron").words == []
    assert near_words(slices, "summary", "neutron").words == []
