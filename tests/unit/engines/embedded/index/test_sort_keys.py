"""Sort keys keep the order of strings, and the engine can compare them."""

import tantivy
from hypothesis import given
from hypothesis import strategies as st

from search_service.engines.documents.engine_fields import LONGEST_SORTED
from search_service.engines.embedded.index.sort_keys import decode, encode

ODD = st.text(st.sampled_from("-,+.0159eTO:/*?~^\"'()[]{}<>= \\_az\0\xa0\u2028\u3000"), max_size=8)
STRINGS = ODD | st.text(max_size=20)


@given(STRINGS, STRINGS)
def test_keys_are_in_the_order_of_their_strings(one: str, other: str) -> None:
    assert (encode(one).encode() < encode(other).encode()) == (one.encode() < other.encode())


@given(STRINGS)
def test_a_key_tells_its_string(value: str) -> None:
    assert decode(encode(value)) == value


@given(STRINGS, STRINGS)
def test_the_key_of_a_beginning_is_the_beginning_of_the_key(beginning: str, rest: str) -> None:
    assert encode(beginning + rest).startswith(encode(beginning))


def test_a_long_string_is_cut() -> None:
    assert decode(encode("-" * (LONGEST_SORTED + 5))) == "-" * LONGEST_SORTED


_builder = tantivy.SchemaBuilder()
_builder.add_text_field("key", tokenizer_name="raw", fast=True)
INDEX = tantivy.Index(_builder.build())


@given(STRINGS.filter(bool), STRINGS.filter(bool))
def test_a_key_can_be_a_bound(low: str, high: str) -> None:
    for bounds in (f">={encode(low)}", f"<{encode(low)}", f"[{encode(low)} TO {encode(high)}}}"):
        INDEX.parse_query(f"key:{bounds}")
