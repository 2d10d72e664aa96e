"""Patterns are written as the cluster reads them, whatever signs their texts hold."""

import pytest

from search_service.engines.opensearch.search.queries import patterns
from search_service.query.tree import ANY, ONE, Characters, Pattern


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        pytest.param(("scan", ANY), "scan*", id="any-text"),
        pytest.param((ONE, "can"), "?can", id="one-character"),
        pytest.param(("a*b?c\\d", ANY), "a\\*b\\?c\\\\d*", id="signs-of-a-wildcard-are-text"),
        pytest.param(('"[a-z]+"',), '"[a-z]+"', id="signs-of-an-expression-are-text"),
    ],
)
def test_a_wildcard(pattern: Pattern, written: str) -> None:
    assert patterns.as_wildcard(pattern) == written


def test_a_beginning_is_no_wildcard() -> None:
    assert patterns.matching("name", ("sc*an", ANY)) == {"prefix": {"name": "sc*an"}}


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("scan1", "scan1"),
        ("a.b", r"a\.b"),
        ('a"<>@#&~b', r"a\"\<\>\@\#\&\~b"),
        ("процесс µ", "процесс µ"),
    ],
)
def test_a_text_fits_itself_alone(text: str, expression: str) -> None:
    assert patterns.escaped(text) == expression


@pytest.mark.parametrize(
    ("characters", "expression"),
    [
        (Characters.ANYTHING, r"a\..*b."),
        (Characters.DIGITS, r"a\.[0-9]*b[0-9]"),
        (Characters.LATIN, r"a\.[a-z]*b[a-z]"),
    ],
)
def test_marks_may_stand_for_few_characters(characters: Characters, expression: str) -> None:
    assert patterns.as_expression(("a.", ANY, "b", ONE), characters) == expression
