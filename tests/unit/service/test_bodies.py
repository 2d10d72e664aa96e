"""Large arrays are parsed piece by piece, and as they would be at once."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue.document_limits import DocumentLimits
from search_service.errors import BadRequest, LimitExceeded
from search_service.service.bodies import BodyLimits, elements

LIMITS = BodyLimits()
JSON = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.none(), st.text('a"\\{}[],: é', max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("a},", max_size=3), inner, max_size=3)
    ),
    max_leaves=20,
)


def read(body: bytes, piece: int) -> Any:
    """What is read of a body; of a refused one that it is."""
    try:
        return list(elements(body, LIMITS, piece))
    except BadRequest:
        return "refused"


@given(st.lists(JSON, max_size=12), st.integers(1, 40), st.booleans())
def test_pieces_of_any_length_give_all_elements(
    values: list[Any], piece: int, indented: bool
) -> None:
    body = orjson.dumps(values, option=orjson.OPT_INDENT_2 if indented else 0)
    assert read(body, piece) == values


@given(st.lists(JSON, max_size=6), st.data())
def test_what_is_refused_at_once_is_refused_in_pieces(values: list[Any], data: Any) -> None:
    body = orjson.dumps(values)
    at = data.draw(st.integers(0, len(body)))
    put = data.draw(st.sampled_from([b"", b"}", b"]", b",", b'"', b"{", b"[", b"},", b"\\", b" "]))
    cut = data.draw(st.integers(0, 3))
    broken = body[:at] + put + body[at + cut :]
    assert read(broken, 5) == read(broken, 10_000)


@pytest.mark.parametrize(
    "body", [b"", b"{}" * 50, b'{"a": 1}', b"nonsense" * 10, b'[{"a": 1},' * 9]
)
def test_what_is_no_array_is_refused(body: bytes) -> None:
    assert read(body, 4) == "refused"


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1", b'""', b"[[[]]]"])
def test_values_are_counted_before_any_is_made(value: bytes) -> None:
    body = b'[{"id": 1}' + (b"," + value) * 2_000_000 + b"]"
    with pytest.raises(LimitExceeded, match="max_body_values"):
        next(elements(body, BodyLimits(values=1_000_000)))


@pytest.mark.parametrize(
    "element",
    [
        pytest.param(b'{"id":1,"a":"%b"}' % (b"x" * 3_000_000), id="a-text"),
        pytest.param(b'{"id":1,%b"b":{"c":1},"d":2}' % (b'"a":1,' * 500_000), id="of-many-values"),
        pytest.param(b'{"id":1,"a":[%b{}]}' % (b'{"b":1},' * 300_000), id="of-many-objects"),
        pytest.param(b'{"id":1,"a":"%b' % (b"x" * 3_000_000), id="a-text-without-end"),
    ],
)
@pytest.mark.parametrize("behind", [b"", b',{"id":2}', b',{"id":2,"b":{"c":1},"d":3}' * 100_000])
def test_an_element_larger_than_a_document_is_not_parsed(element: bytes, behind: bytes) -> None:
    limits = BodyLimits(documents=DocumentLimits(size=1_000_000))
    body = b'[{"id":0},%b%b]' % (element, behind)
    with pytest.raises(LimitExceeded, match="max_document"):
        list(elements(body, limits, 100_000))


def test_documents_with_objects_in_them_are_read_in_pieces() -> None:
    values = [{"id": n, "a": [{"b": n}, {"c": "}],"}], "d": 1} for n in range(2_000)]
    limits = BodyLimits(documents=DocumentLimits(size=1_000))
    assert list(elements(orjson.dumps(values), limits, 500)) == values


def test_a_comma_within_a_text_between_braces_parts_nothing() -> None:
    values = [{"a": "}, {"}, {"b": [{"c": "},"}, {"d": 1}]}, {"e": '\\"},{'}] * 20
    assert read(orjson.dumps(values), 3) == values


@pytest.mark.parametrize("sign", [b'\\"', b'"', b"\\\\", b"}"])
def test_an_element_without_end_is_refused_after_one_look_at_it(sign: bytes) -> None:
    with pytest.raises(LimitExceeded, match="max_document"):
        list(elements(b'[{"a": "' + sign * 10_000_000, LIMITS))
