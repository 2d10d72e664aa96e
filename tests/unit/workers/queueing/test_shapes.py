"""What requests have in common that take about as long."""

import json

import pytest

from search_service.workers.frames import Head
from search_service.workers.queueing.shapes import identity, shape


def search(text: str, query_string: bytes = b"maxResults=100") -> tuple[Head, bytes]:
    return ("search", "datafile", query_string), json.dumps({"query": {"text": text}}).encode()


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        pytest.param(search("silicon"), search("calcium"), True, id="two-words"),
        pytest.param(search("*silicon"), search("*calcium"), True, id="two-wildcards"),
        pytest.param(search("silicon"), search("*silicon"), False, id="a-wildcard"),
        pytest.param(search("silicon*"), search("*silicon"), False, id="where-a-wildcard-is"),
        pytest.param(search("silicon"), search("silico~"), False, id="fuzzy"),
        pytest.param(search("a"), search("a " * 100), False, id="length"),
        pytest.param(search("a"), search("a", b"maxResults=1000"), False, id="size-of-a-page"),
        pytest.param(
            search("a"), search("a", b"maxResults=100&sort=%7B%7D"), False, id="whether-sorted"
        ),
    ],
)
def test_shapes(one: tuple[Head, bytes], other: tuple[Head, bytes], are_alike: bool) -> None:
    assert (shape(*one) == shape(*other)) is are_alike


def test_one_request_is_known_again_unless_it_is_large() -> None:
    assert identity(*search("a")) == identity(*search("a"))
    assert identity(*search("a")) != identity(*search("b"))
    assert identity(*search("a" * 100_000)) is None
