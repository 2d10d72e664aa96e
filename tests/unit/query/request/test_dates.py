"""Dates are milliseconds, or digits that mean a minute."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import BadRequest
from search_service.query.request.dates import lower_bound, upper_bound

YEAR_ZERO = -62_167_219_200_000


@pytest.mark.parametrize(
    ("value", "lower", "upper"),
    [
        pytest.param(5, 5, 5, id="milliseconds"),
        pytest.param(-5, -5, -5, id="before-1970"),
        pytest.param(5.0, 5, 5, id="a-whole-number"),
        pytest.param("197001010000", 0, 59_999, id="the-first-minute"),
        pytest.param("202402291530", 1_709_220_600_000, 1_709_220_659_999, id="a-leap-day"),
        pytest.param("0000001010000", YEAR_ZERO, YEAR_ZERO + 59_999, id="an-open-lower-end"),
        pytest.param(
            "9000012312359", 2_777_990_083_140_000, 2_777_990_083_199_999, id="an-open-upper-end"
        ),
    ],
)
def test_a_date_is_read(value: Any, lower: int, upper: int) -> None:
    assert lower_bound(value, "'lower'") == lower
    assert upper_bound(value, "'upper'") == upper


@pytest.mark.parametrize(
    "value",
    [
        "", "2015", "2015-01-01", "20150101000", "201501010000 ", "201513010000", "201502300000",
        "202302290000", "201501012400", "201501010060", "yesterday", "٢٠١٥٠١٠١٠٠٠٠", "1" * 5000,
        1.5, True, None, [], {}, 2**63, 1e300,
    ],
)  # fmt: skip
def test_anything_else_is_no_date(value: Any) -> None:
    for bound in (lower_bound, upper_bound):
        with pytest.raises(BadRequest, match="'lower' should be a") as told:
            bound(value, "'lower'")
        assert len(str(told.value)) < 200


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_digits_mean_their_minute_in_utc(moment: datetime) -> None:
    minute = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    expected = (minute - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000
    digits = f"{moment.year:04}{moment:%m%d%H%M}"
    assert lower_bound(digits, "'lower'") == expected
    assert upper_bound("0" + digits, "'upper'") == expected + 59_999


@given(st.integers(0, 10**12 - 1), st.sampled_from(["01010000", "06151200", "12312359"]))
def test_no_year_is_too_far_away(year: int, rest: str) -> None:
    assert -(2**63) <= lower_bound(f"{year:04}{rest}", "'lower'") <= 2**63 - 1
