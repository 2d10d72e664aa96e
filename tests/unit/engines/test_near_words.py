"""Which words are one edit away from another, and how much each of those that there are weighs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.engines.near_words import MOST, NearWords, nearest, one_edit_away, similarity
from tests.support.dict_engine.matching import distance

WORDS = st.text("abcé", min_size=1, max_size=6)


@given(WORDS, st.text("abcé", max_size=7))
def test_they_are_what_the_slow_way_finds(word: str, other: str) -> None:
    is_near = bool(other) and distance(word, other) <= 1
    has_own_letters = {*other} <= {*word, *"abc"}
    assert (other in one_edit_away(word)) == (is_near and has_own_letters)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("neutron", ["neutron", "neuron", "neutrons", "nautron", "nuetron", "zneutron"]),
        ("h2", ["h3", "2h", "h"]),
        ("Ab", ["AB", "ab"]),
        ("наука", ["наук", "нааука", "анука"]),
    ],
)
def test_a_typing_error_has_letters_that_are_likely(word: str, near: list[str]) -> None:
    assert {*near} <= {*one_edit_away(word)}


@pytest.mark.parametrize("near", ["neutron2", "Neutron", "neutrön", ""])
def test_others_are_not_looked_up(near: str) -> None:
    assert near not in one_edit_away("neutron")


def test_the_word_itself_weighs_most_and_short_words_least() -> None:
    assert similarity("scan", "scan") == 1
    assert similarity("scan", "scans") == 3 / 4
    assert similarity("scan", "can") == similarity("can", "scan") == pytest.approx(2 / 3)


def test_the_most_similar_come_first_and_the_commonest_says_how_rare_all_are() -> None:
    found = nearest("scan", {"can": 7, "scan": 1, "span": 2, "scant": 0, "sban": 3})
    assert [near.word for near in found.words] == ["scan", "sban", "span", "can"]
    assert found.frequency == 7
    assert nearest("scan", {"scan": 0}) == NearWords([], 0)
    assert nearest("a", {"b": 1, "a": 1}).words[0].word == "a"


def test_so_many_weigh_as_in_lucene() -> None:
    words = one_edit_away("neutron")
    found = nearest("neutron", dict.fromkeys(words, 1) | {"eutron": 100})
    assert len(found.words) == MOST
    assert found.words[0].word == "neutron"
    assert found.frequency == 1  # a word that does not weigh does not count
