"""What caches between a front end and the service are told."""

import pytest

from search_service.http.caching import cacheable
from search_service.workers.answers import PUBLIC_UNTIL, Answer

NOW = 1_700_000_000_000
TAG = b'"1f"'
PUBLIC = Answer(body=b"{}", headers=((b"etag", TAG),), facts={"hits": 1, PUBLIC_UNTIL: None})


def headers(answer: Answer) -> dict[bytes, bytes]:
    return dict(answer.headers)


def seen(answer: Answer, seconds: int = 5, asked_for: bytes = b"") -> Answer:
    return cacheable(answer, seconds, asked_for, lambda: NOW)


def test_of_what_a_user_may_see_nothing_is_told() -> None:
    answer = Answer(body=b"{}", facts={"hits": 1})
    assert seen(answer, asked_for=b"*") == answer


def test_what_everybody_may_see_may_be_repeated_for_a_while() -> None:
    answer = seen(PUBLIC)
    assert (answer.status, answer.facts) == (200, {"hits": 1})
    assert headers(answer) == {b"etag": TAG, b"cache-control": b"public, max-age=5"}


@pytest.mark.parametrize(
    ("seconds", "until", "told"),
    [
        pytest.param(0, None, b"no-cache", id="not-at-all"),
        pytest.param(5, NOW + 3_500, b"public, max-age=3", id="until-the-next-release"),
        pytest.param(5, NOW - 1, b"no-cache", id="not-after-the-next-release"),
        pytest.param(5, NOW + 60_000, b"public, max-age=5", id="no-release-soon"),
    ],
)
def test_it_may_be_repeated(seconds: int, until: int | None, told: bytes) -> None:
    answer = Answer(body=b"{}", headers=((b"etag", TAG),), facts={PUBLIC_UNTIL: until})
    assert headers(seen(answer, seconds))[b"cache-control"] == told


@pytest.mark.parametrize(
    ("asked_for", "status"),
    [
        pytest.param(b'"1f"', 304, id="its-own"),
        pytest.param(b'W/"1f"', 304, id="by-weak-comparison"),
        pytest.param(b'"0", "1f"', 304, id="among-others"),
        pytest.param(b"*", 304, id="any"),
        pytest.param(b'"0"', 200, id="another"),
        pytest.param(b"1f", 200, id="no-tag"),
        pytest.param(b"", 200, id="none"),
    ],
)
def test_an_answer_that_is_there_already_is_not_sent_again(asked_for: bytes, status: int) -> None:
    answer = seen(PUBLIC, asked_for=asked_for)
    assert answer.status == status
    assert answer.body == (b"{}" if status == 200 else b"")
    assert headers(answer)[b"etag"] == TAG
