"""A search is told by its shape: nobody reads in the log what others search for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.http.request_shape import request_shape

SECRET = "zeolite"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        pytest.param(True, True, id="truth"),
        pytest.param(12, 12, id="number"),
        pytest.param(
            'title:"low zeolite" AND scan* date:[1 TO 2]',
            {
                "characters": 43,
                "words": 7,
                "fields": ["date", "title"],
                "phrases": 1,
                "wildcards": 1,
                "ranges": 1,
            },
            id="text",
        ),
        pytest.param([1, 2, 3, 4, 5], [1, 2, 3, "2 more"], id="list"),
        pytest.param({"no name": 1}, {"(7 characters)": 1}, id="a-key-that-is-no-name"),
    ],
)
def test_a_value_is_shown_as(value: object, shape: object) -> None:
    body = json.dumps({"query": value}).encode()
    assert request_shape(b"", body) == {"query": {"query": shape}}


def test_what_is_no_json_has_a_size() -> None:
    assert request_shape(b"", b"zeolite") == {"query": "7 bytes, no JSON"}
    assert request_shape(b"a=" + b"%7B" + b"1" * 5, b"") == {"params": {"a": "6 bytes, no JSON"}}


def test_a_large_body_is_not_read() -> None:
    assert request_shape(b"", b"[" + b"1," * 200_000) == {"query": "400001 bytes"}


_JSON = st.recursive(
    st.none() | st.integers(0, 9) | st.just(f"{SECRET} {SECRET}") | st.text(max_size=5),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["text", "a b", "user"]), inner)
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_text_is_in_it_and_it_is_small(value: object) -> None:
    shape = json.dumps(
        request_shape(b"search=zeolite&x=%5B%22zeolite%22%5D", json.dumps(value).encode())
    )
    assert SECRET not in shape
