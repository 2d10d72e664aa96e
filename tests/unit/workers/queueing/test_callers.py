"""Who asks, as far as it decides whose turn it is."""

import pytest

from search_service.workers.queueing.callers import Caller, caller


@pytest.mark.parametrize(
    ("body", "user"),
    [
        pytest.param(b'{"query": {"text": "a", "user": "db/ada"}}', "db/ada", id="contract"),
        pytest.param(b'{"entity":"dataset","user":"db/ada","public":true}', "db/ada", id="v1"),
        pytest.param(b'{"user" : "db\\/\\u0061da"}', "db/ada", id="written-with-escapes"),
        pytest.param(b'{"query": {"text": "\\"user\\": \\"eve\\""}}', "", id="only-in-a-text"),
        pytest.param(b'{"fields": ["user", "name"]}', "", id="only-as-a-value"),
        pytest.param(b'{"query": {"text": "a"}}', "", id="none"),
        pytest.param(b'{"user": 7}', "", id="no-text"),
        pytest.param(b'{"user": "\xff"}', "", id="no-utf-8"),
        pytest.param(b'{"user": "' + b"a" * 1000 + b'"}', "", id="endless"),
        pytest.param(b'{"user": "ada', "", id="cut-off"),
    ],
)
def test_the_user_of_a_body_is(body: bytes, user: str) -> None:
    assert caller("192.0.2.1", b"maxResults=5", body) == Caller("192.0.2.1", user)
    assert caller("192.0.2.1", b"maxResults=5", bytearray(body)) == Caller("192.0.2.1", user)


@pytest.mark.parametrize(
    ("query_string", "user"),
    [
        pytest.param(b"entity=dataset&user=db/ada&prefix=a", "db/ada", id="plain"),
        pytest.param(b"user=db%2Fada", "db/ada", id="with-percent-signs"),
        pytest.param(b"prefix=user%3Deve&public=true", "", id="only-in-a-value"),
        pytest.param(b"superuser=eve", "", id="another-key"),
        pytest.param(b"", "", id="none"),
    ],
)
def test_the_user_of_a_query_string_is(query_string: bytes, user: str) -> None:
    assert caller("192.0.2.1", query_string, b"") == Caller("192.0.2.1", user)
