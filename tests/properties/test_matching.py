"""Where text is read as people mean it: many shards answer as one, a text means one thing."""

import pytest
from hypothesis import given, settings

from tests.support.facility import HIGHEST_ID, made_up
from tests.support.questions import Question, asked
from tests.support.searching import PEER, PEOPLE, Searching

SHARDS = {1: (HIGHEST_ID + 1, 1), 3: (HIGHEST_ID // 3 + 1, 2), 17: (HIGHEST_ID // 17, 5)}
"""How many ids a shard has, and in how many slices they are searched."""


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Searching]:
    documents = made_up(1)
    return {
        count: Searching.over_shards(
            tmp_path_factory.mktemp(f"people-{count}"), documents, width, PEOPLE, slices
        )
        for count, (width, slices) in SHARDS.items()
    }


@pytest.fixture(scope="module")
def as_the_peer(tmp_path_factory: pytest.TempPathFactory) -> Searching:
    directory = tmp_path_factory.mktemp("peer")
    return Searching.over_shards(directory, made_up(1), HIGHEST_ID + 1, PEER)


@settings(max_examples=100)
@given(asked())
def test_many_shards_find_the_same_documents(
    shards: dict[int, Searching], question: tuple[str, Question]
) -> None:
    wanted = set(shards[1].search(*question).ids)
    for count, searching in shards.items():
        assert set(searching.search(*question).ids) == wanted, f"over {count}"


@settings(max_examples=100)
@given(asked())
def test_one_word_is_found_as_the_peer_finds_it_and_more(
    shards: dict[int, Searching], as_the_peer: Searching, question: tuple[str, Question]
) -> None:
    entity, conditions = question
    text = conditions.get("text")
    # A technique is found by its long name as a whole, by the peer by any word of it.
    if not isinstance(text, str) or not text.isalpha() or text.isupper():
        return
    found = shards[1].search(entity, conditions).ids
    assert set(as_the_peer.search(entity, conditions).ids) <= set(found)
