"""Where words begin and end."""

import tracemalloc
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.words import LONGEST, any_words, words
from tests.support.plain_words import plain_words

# Everything that one of the rules speaks of, so that short texts meet many rules.
NOTABLE = "abZ09_.,;:'’\"- #*é́µא״東ひカกำ한\u200d\ufe0f\ufe0e👍🏽👩ℹ🇩🇪\u20e3\u00ad\n"

notable_text = st.text(st.sampled_from(NOTABLE), max_size=30)
ascii_text = st.text(st.characters(max_codepoint=127)) | st.text(st.sampled_from("aZ9_.,;:'- "))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \t\n.,-", []),
        ("Raw data", ["Raw", "data"]),
        ("x-ray", ["x", "ray"]),
        ("/dls/i22/data", ["dls", "i22", "data"]),
    ],
)
def test_words_lie_between_what_is_no_word(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("scan.dat", ["scan.dat"], id="a-dot-joins-letters"),
        pytest.param("scan.5", ["scan", "5"], id="but-not-a-letter-and-a-digit"),
        pytest.param("5.scan", ["5", "scan"], id="nor-a-digit-and-a-letter"),
        pytest.param("120.5", ["120.5"], id="a-dot-joins-digits"),
        pytest.param("scan..dat", ["scan", "dat"], id="two-dots-join-nothing"),
        pytest.param("1,5 1;5", ["1,5", "1;5"], id="comma-and-semicolon-join-digits"),
        pytest.param("a,b a;b", ["a", "b", "a", "b"], id="but-not-letters"),
        pytest.param("dls:i22 12:30", ["dls:i22", "12", "30"], id="a-colon-joins-letters-only"),
        pytest.param("don't user’s 2'5", ["don't", "user’s", "2'5"], id="an-apostrophe-joins-both"),
        pytest.param("users' 'quoted'", ["users", "quoted"], id="an-apostrophe-outside-is-none"),
        pytest.param("scan_12 _x y_", ["scan_12", "_x", "y_"], id="an-underscore-is-a-letter"),
        pytest.param("_ __ ___", [], id="underscores-alone-are-no-word"),
        pytest.param("a_.b a._b", ["a_", "b", "a", "_b"], id="a-dot-beside-underscores-parts"),
        pytest.param("LaMnO3 In2O3 ZSM-5", ["LaMnO3", "In2O3", "ZSM", "5"], id="formulas"),
    ],
)
def test_punctuation_in_a_word(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Röntgen — Überprüfung", ["Röntgen", "Überprüfung"], id="Latin"),
        pytest.param(
            "cafe\u0301 soft\u00adhyphen", ["cafe\u0301", "soft\u00adhyphen"], id="marks-belong"
        ),
        pytest.param("µSR Å 5Ω", ["µSR", "Å", "5Ω"], id="Greek-and-units"),
        pytest.param("東京タワー", ["東", "京", "タワー"], id="Han-alone-Katakana-together"),
        pytest.param("ひらがな", ["ひ", "ら", "が", "な"], id="Hiragana-alone"),
        pytest.param("한국어 데이터", ["한국어", "데이터"], id="Hangul-together"),
        pytest.param("ไทยภาษา", ["ไทยภาษา"], id="Thai-in-runs"),
        pytest.param('צה"ל', ['צה"ל'], id="Hebrew-double-quote"),
        pytest.param("١٢٫٥", ["١٢٫٥"], id="Arabic-digits"),
        pytest.param("👍🏽👩\u200d🔬☃", ["👍🏽", "👩\u200d🔬", "☃"], id="emoji-sequences"),
        pytest.param("🇩🇪🇫🇷 🇩", ["🇩🇪", "🇫🇷"], id="flags-in-pairs"),
        pytest.param("#\ufe0f\u20e3 # *", ["#\ufe0f\u20e3"], id="a-keycap-makes-a-word"),
        pytest.param("→ ½ ① € ’", [], id="symbols-are-no-words"),
    ],
)
def test_writing_of_the_world(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_word_of_more_than_255_characters_is_cut() -> None:
    assert [len(word) for word in words("a" * 600)] == [255, 255, 90]
    assert words("x " + "é" * 256) == ["x", "é" * 255, "é"]
    assert words("a" * LONGEST + " b") == ["a" * LONGEST, "b"]


def test_a_cut_does_not_see_beyond_itself() -> None:
    assert words("a" * 254 + ".b") == ["a" * 254, "b"]
    assert words("a" * 253 + ".b") == ["a" * 253 + ".b"]


@pytest.mark.parametrize(
    "part",
    ["_", "_é_", "\u200d", "☃\u200d", "☃\u0301\u200d", "#\ufe0f", "a.", "a.a", "é:", "1,", "'"],
)
def test_a_long_line_of_anything_costs_no_more_than_its_length(part: str) -> None:
    for tail in ("", " ", " é"):
        assert len(words(part * 100_000 + tail)) <= 100_001


@pytest.mark.parametrize("part", ["a.a", "é.", "é:", "é_", "1,", "☃\u200d", "☃\u0301\u200d"])
def test_a_long_word_takes_no_memory_but_its_own(part: str) -> None:
    text = part * 50_000
    words(part)
    tracemalloc.start()
    words(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * len(text)


@given(notable_text | ascii_text | st.text())
def test_words_are_those_of_the_rules_followed_one_by_one(text: str) -> None:
    assert words(text) == plain_words(text)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(NOTABLE), min_size=1, max_size=5), st.integers(100, 400))
def test_so_are_those_of_long_words(pieces: list[str], count: int) -> None:
    text = "".join(pieces) * count
    assert words(text[:count]) == plain_words(text[:count])
    assert words(f"{text}a") == plain_words(f"{text}a")


@given(ascii_text)
def test_the_short_way_for_ascii_gives_the_same(text: str) -> None:
    found = words(text)
    assert found == words(text + "\u00a0")
    if all(len(word) < LONGEST for word in found):
        assert found == any_words(text)


@given(notable_text, notable_text)
def test_a_space_always_parts(one: str, other: str) -> None:
    assert words(f"{one} {other}") == words(one) + words(other)


@given(st.text() | notable_text)
def test_words_are_pieces_of_the_text_in_order(text: str) -> None:
    at = 0
    for word in words(text):
        assert 0 < len(word) <= LONGEST
        at = text.index(word, at) + len(word)


def test_the_table_of_characters_is_in_order_and_known_to_the_rules() -> None:
    table = files("analyzers").joinpath("data/word_break.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in table.splitlines() if not line.startswith("#")]
    assert len(rows) > 1000
    end = -1
    for first, last, letter in rows:
        assert end < int(first, 16) <= int(last, 16)
        end = int(last, 16)
        assert letter in set("LlHNKEIiTtXZVvkmbqndcPBMR")
