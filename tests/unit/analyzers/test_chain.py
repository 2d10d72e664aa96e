"""What texts become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import chain
from analyzers.chain import lower, text_words
from analyzers.words import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("Scattered NEUTRONS", ["scatter", "neutron"], id="case-and-endings"),
        pytest.param("the user's data", ["", "user", "data"], id="possessive"),
        pytest.param("Curie’s Curie＇S CURIE'S", ["curi"] * 3, id="every-apostrophe"),
        pytest.param("users' it's 's", ["user", "", "s"], id="what-is-left-is-treated-as-any-word"),
        pytest.param("as At BE in no of", ["as", "at", "be", "in", "no", "of"], id="symbols-stay"),
        pytest.param("a the b", ["", "", "b"], id="stop-words-keep-their-place"),
        pytest.param("AB_0123.nxs", ["ab_0123", "nx"], id="a-file-name"),
        pytest.param("Röntgen ÜBERPRÜFUNG", ["röntgen", "überprüfung"], id="accents-stay"),
        pytest.param("10.5286/ISIS.E.1", ["10.5286", "isis.", "1"], id="an-identifier"),
    ],
)
def test_a_text_becomes(text: str, found: list[str]) -> None:
    assert text_words(text) == found


def test_a_letter_is_lowered_whatever_stands_beside_it() -> None:
    assert lower("ΟΔΟΣ") == "οδοσ"
    assert lower("İ") == "i"


@given(st.text(st.characters(max_codepoint=127)))
def test_case_makes_no_difference(text: str) -> None:
    assert text_words(text.upper()) == text_words(text) == text_words(text.lower())


@given(st.text())
def test_each_word_keeps_its_place(text: str) -> None:
    assert len(text_words(text)) == len(words(lower(text)))


def test_words_are_the_same_after_the_memory_was_full() -> None:
    before = text_words("scattering of neutrons")
    for number in range(chain.REMEMBERED + 10):
        text_words(f"frame_{number}")
    assert text_words("scattering of neutrons") == before
