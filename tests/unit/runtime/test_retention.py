"""Which generations go, by how many there are and how old they are."""

import pytest

from search_service.runtime.retention import Retention

DAY = 86_400
NOW = 100.0 * DAY
# By number: the second was gone back to, and replaced again, yesterday.
KEPT_SINCE = {1: NOW - 30 * DAY, 2: NOW - DAY, 4: NOW - 9 * DAY}


@pytest.mark.parametrize(
    ("retention", "expired"),
    [
        pytest.param(Retention(), [], id="all-are-kept"),
        pytest.param(Retention(most=1), [1, 4], id="the-one-that-was-replaced-last-is-kept"),
        pytest.param(Retention(most=3), [], id="as-many-as-there-are"),
        pytest.param(Retention(days=10), [1], id="too-old"),
        pytest.param(Retention(most=1, days=0.5), [1, 2, 4], id="whichever-comes-first"),
    ],
)
def test_kept_no_longer(retention: Retention, expired: list[int]) -> None:
    assert retention.expired(KEPT_SINCE, NOW) == expired
