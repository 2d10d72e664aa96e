"""A decoded JSON value is what it should be, or the caller is told."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from search_service.errors import BadRequest
from search_service.query.request.values import (
    a_list,
    a_number,
    a_string,
    an_integer,
    an_object,
    shown,
)


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (a_string, ["", "a"]),
        (a_list, [[], [1]]),
        (an_object, [{}, {"a": 1}]),
        (a_number, [0, -1, 1.5]),
        (an_integer, [0, -1, 5.0, 2**63 - 1, -(2**63)]),
    ],
)
def test_what_fits_is_given_back(read: Callable[[object, str], Any], values: list[Any]) -> None:
    for value in values:
        assert read(value, "It") == value


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (a_string, [None, 1, True, [], {}]),
        (a_list, [None, 1, "a", {}]),
        (an_object, [None, 1, "a", []]),
        (a_number, [None, "1", True, float("inf"), float("nan")]),
        (an_integer, [None, "1", True, 1.5, 2**63, -(2**63) - 1, 1e20, float("inf")]),
    ],
)
def test_what_does_not_is_told(read: Callable[[object, str], Any], values: list[Any]) -> None:
    for value in values:
        with pytest.raises(BadRequest, match=r"^It should be an? .*, but is "):
            read(value, "It")


def test_a_zero_has_no_sign() -> None:
    assert math.copysign(1, a_number(-0.0, "It")) == 1
    assert isinstance(a_number(0, "It"), int)


def test_an_integer_is_one() -> None:
    assert isinstance(an_integer(5.0, "It"), int)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        (True, "true"),
        ([], "an array"),
        ({}, "an object"),
        ("", "an empty string"),
        (1.5, "1.5"),
        ("a" * 60, "a" * 60),
        ("a" * 61, "a" * 59 + "…"),
    ],
)
def test_a_sentence_shows_a_value_shortly(value: Any, said: str) -> None:
    assert shown(value) == said
