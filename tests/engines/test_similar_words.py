"""What ``word~`` finds comes by how similar it is, over any engine and with any matching."""

from collections.abc import Sequence

import pytest

from tests.support.facility import Documents
from tests.support.over import CLUSTER, THREE_SHARDS, over
from tests.support.searching import PEER, PEOPLE, Searching

ENGINES = [
    pytest.param(1000, id="one-shard"),
    pytest.param(3, id="many"),
    pytest.param(None, id="dicts"),
    CLUSTER,
    THREE_SHARDS,
]
TITLES = [
    "the map of a nautrin",  # two letters off
    "the map of a neuron",
    "the map of a neutron",
    "the map of a neutrn",
    "the map of a neutron",
    "the map of many a fine old neuron",
    "the map of many a fine old neutron",
    "the map of cats",
]
EXACT, ONE_OFF, TWO_OFF = {3, 5, 7}, {2, 4, 6}, {1}
LONG = {6, 7}
FILLING = {
    n: {"id": n, "title": f"{word} of a plain old kind", "name": f"n{n}"}
    for n, word in enumerate(["lens", "slit", "wire", "tube", "pump", "gate"] * 10, 101)
}
FILES = ["neutrn_1.nxs", "neutron_1.nxs", "nutrn_1.nxs", "cats_1.nxs"]


def documents() -> Documents:
    titles = {
        n: {"id": n, "title": title, "summary": "of cats and dogs", "name": f"n{n}"}
        for n, title in enumerate(TITLES, 1)
    }
    files = {
        n: {"id": n, "name": name, "location": f"/data/{name}"} for n, name in enumerate(FILES, 1)
    }
    return {"Investigation": titles | FILLING, "Datafile": files}


@pytest.fixture(scope="module", params=ENGINES)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Searching]:
    engine = over(request, request.param)
    return {
        matching: Searching.over(tmp_path_factory.mktemp(matching), documents(), engine, matching)
        for matching in (PEER, PEOPLE)
    }


@pytest.fixture(params=[PEER, PEOPLE])
def searching(request: pytest.FixtureRequest, both: dict[str, Searching]) -> Searching:
    return both[request.param]


def ids(searching: Searching, text: str, entity: str = "Investigation") -> Sequence[int]:
    return searching.search(entity, {"text": text}).ids


@pytest.mark.parametrize("text", ["neutron~", "title:neutron~", "neutron~2", "title:Neutron~2^3"])
def test_the_word_comes_before_one_edit_and_that_before_two(
    searching: Searching, text: str
) -> None:
    found = ids(searching, text)
    assert {*found} == EXACT | ONE_OFF | TWO_OFF
    assert found[:2] == [3, 5]
    assert found[-1:] == [1]
    assert {*[id_ for id_ in found if id_ not in LONG][2:4]} == {2, 4}
    assert [id_ for id_ in found if id_ in LONG] == [7, 6]


@pytest.mark.parametrize("text", ["neutron~1", "title:neutron~1"])
def test_with_one_edit_too(searching: Searching, text: str) -> None:
    found = ids(searching, text)
    assert {*found} == EXACT | ONE_OFF
    assert found[:2] == [3, 5]


def test_a_misspelled_word_finds_short_texts_before_long_ones(searching: Searching) -> None:
    found = ids(searching, "title:neutrron~1")
    assert found == [3, 5, 7]


def test_the_same_is_found_in_another_order_of_hits(searching: Searching) -> None:
    for text in ("neutron~", "title:neutron~1", "+neutron~ +map", "cats neutron~"):
        sorted_by_id = searching.search("Investigation", {"text": text}, sort={"id": "asc"}).ids
        assert sorted_by_id == sorted(ids(searching, text))


def test_pages_follow_on(searching: Searching) -> None:
    whole = ids(searching, "title:neutron~")
    first = searching.search("Investigation", {"text": "title:neutron~"}, limit=3)
    rest = searching.search("Investigation", {"text": "title:neutron~"}, after=first.after)
    assert [*first.ids, *rest.ids] == whole


def test_a_part_of_a_name_as_it_was_typed_comes_first(both: dict[str, Searching]) -> None:
    assert ids(both[PEOPLE], "neutron~", "Datafile") == [2, 1, 3]
