"""Words that fit a pattern, however many ways there are to share them among its marks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.query.highlight.wildcards import Wildcards
from search_service.query.text.patterns import joined, pattern_of_values
from search_service.query.tree import ANY, ONE, Mark


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("scan*", ["scan", "scans", "scan_7"], ["sca", "a scan"]),
        ("*scan", ["scan", "a scan"], ["scans"]),
        ("s?an", ["scan", "s\nan"], ["san", "sccan"]),
        ("*a*b*", ["ab", "xaxbx"], ["ba", "a"]),
        ("*", ["", "a"], []),
        ("?", ["a"], ["", "ab"]),
        ("", [""], ["a"]),
        (r"a\*", ["a*"], ["ab"]),
    ],
)
def test_a_word_fits_as_a_whole(pattern: str, fitting: list[str], others: list[str]) -> None:
    wildcards = Wildcards(pattern_of_values(pattern))
    assert all(map(wildcards.fits, fitting))
    assert not any(map(wildcards.fits, others))


def test_a_long_word_is_read_once_whatever_the_marks_are() -> None:
    # A regular expression tries some 200^40 ways to share the word among the marks.
    wildcards = Wildcards(pattern_of_values("*a" * 40 + "b"))
    assert not wildcards.fits("a" * 200_000)
    assert wildcards.fits("a" * 200_000 + "b")


@given(
    st.lists(st.sampled_from(["a", "b", "ab", ANY, ONE]), max_size=8),
    st.text(alphabet="ab", max_size=12),
)
def test_it_fits_what_a_regular_expression_does(parts: list[str | Mark], word: str) -> None:
    pattern = joined(parts)
    expression = "".join(
        part if isinstance(part, str) else ".*" if part == ANY else "." for part in pattern
    )
    fits = re.fullmatch(expression, word, re.DOTALL) is not None
    assert Wildcards(pattern).fits(word) == fits
