"""Patterns are text and marks."""

import pytest

from search_service.query.text.patterns import mapped, pattern_of_values, split
from search_service.query.tree import ANY, ONE, Pattern


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("beam energy", ("beam energy",), id="no-marks"),
        pytest.param("b?am*", ("b", ONE, "am", ANY), id="both-marks"),
        pytest.param("***", (ANY,), id="stars-are-one"),
        pytest.param("??", (ONE, ONE), id="question-marks-are-not"),
        pytest.param(r"\*\?\\", ("*?\\",), id="escaped"),
        pytest.param(r"C:\data\run*", (r"C:\data\run", ANY), id="other-backslashes-are-text"),
        pytest.param("a\\", ("a\\",), id="a-backslash-at-the-end"),
    ],
)
def test_a_pattern_against_values(written: str, pattern: Pattern) -> None:
    assert pattern_of_values(written) == pattern


def test_only_the_text_of_a_pattern_is_changed() -> None:
    assert mapped(("AB", ANY, "C"), str.lower) == ("ab", ANY, "c")


def test_a_pattern_is_split_at_separators_of_its_text() -> None:
    assert split(("/dls/i2", ONE, "/", ANY, "\\x"), "/\\") == [
        ("dls",),
        ("i2", ONE),
        (ANY,),
        ("x",),
    ]
