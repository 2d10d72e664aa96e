"""How many documents are encoded together."""

from itertools import chain

import orjson
from hypothesis import given
from hypothesis import strategies as st

from search_service.engines.documents.pieces import pieces


@given(st.lists(st.integers(0, 200), max_size=50), st.integers(1, 20), st.integers(20, 500))
def test_a_piece_has_no_more_documents_and_bytes(
    lengths: list[int], most: int, most_bytes: int
) -> None:
    documents = [(id_, {"description": "x" * length}) for id_, length in enumerate(lengths)]
    found = list(pieces(documents, most, most_bytes))
    assert list(chain(*found)) == documents
    for piece in found:
        assert 1 <= len(piece) <= most
        assert len(piece) == 1 or len(orjson.dumps(piece)) <= most_bytes
