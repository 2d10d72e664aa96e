"""What may be asked for when documents are listed by their ids."""

import pytest

from search_service.errors import BadRequest
from search_service.workers.searching.listing import read_listing


@pytest.mark.parametrize(
    ("entity", "body", "said"),
    [
        ("nothing", b"{}", "no indexed entity nothing"),
        ("datafile", b"{", "is not JSON"),
        ("datafile", b"[]", "The body should be an object"),
        ("datafile", b'{"ids": 7}', "'ids' should be an array"),
        ("datafile", b'{"ids": ["7"]}', "'ids' should be a 64-bit integer"),
        ("datafile", b'{"limit": 0}', "from 1 to 10000"),
        ("datafile", b'{"limit": 10001}', "from 1 to 10000"),
        ("datafile", b'{"fields": [1]}', "'fields' should be a string"),
    ],
)
def test_a_wrong_listing_is_refused(entity: str, body: bytes, said: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_listing(entity, body)
    assert said in str(refused.value)


def test_no_ids_are_not_all_ids() -> None:
    assert read_listing("datafile", b'{"ids": []}').ids == ()
    assert read_listing("datafile", b"{}").ids is None
