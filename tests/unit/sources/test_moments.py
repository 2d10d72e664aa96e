from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import SourceRefused
from search_service.sources.moments import Moments

FIRST, LAST = datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")
ZONES = ["UTC", "Europe/Berlin", "America/Chicago", "Australia/Lord_Howe", "Pacific/Chatham"]


@pytest.mark.parametrize(
    ("zone", "text", "utc"),
    [
        pytest.param("UTC", "2024-02-29 23:59:59", "2024-02-29T23:59:59Z", id="utc"),
        pytest.param("Europe/Berlin", "2024-07-01 12:00:00", "2024-07-01T10:00:00Z", id="summer"),
        pytest.param("Europe/Berlin", "2024-01-01 12:00:00", "2024-01-01T11:00:00Z", id="winter"),
        pytest.param(
            "Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z", id="first-of-two"
        ),
        pytest.param(
            "Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z", id="never-shown"
        ),
        pytest.param("UTC", "1931-05-06 07:08:09", "1931-05-06T07:08:09Z", id="before-1970"),
        pytest.param(
            "UTC", "2024-01-01 00:00:00.123456", "2024-01-01T00:00:00.123Z", id="fractions"
        ),
        pytest.param("UTC", "2024-01-01", "2024-01-01T00:00:00Z", id="day-alone"),
        pytest.param("UTC", "2024-01-01 00:00:00+02", "2023-12-31T22:00:00Z", id="with-an-offset"),
    ],
)
def test_a_date_is_read_in_its_zone(zone: str, text: str, utc: str) -> None:
    moments = Moments(zone)
    expected = round(datetime.fromisoformat(utc).timestamp() * 1000)
    assert moments.of_text(text) == expected
    assert moments.of_text(text) == expected  # now from memory


@given(
    st.datetimes(FIRST, LAST),
    st.sampled_from(ZONES),
)
def test_text_and_drivers_dates_agree_in_every_zone(value: datetime, zone: str) -> None:
    whole = value.replace(microsecond=0)
    expected = round(whole.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp() * 1000)
    moments = Moments(zone)
    assert moments.of_text(str(whole)) == moments.of_datetime(whole) == expected


@pytest.mark.parametrize(
    "text",
    ["", "0000-00-00 00:00:00", "2024-02-30 10:00:00", "infinity", "44-03-15 12:00:00 BC", "x"],
)
def test_what_is_no_date_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Moments("UTC").of_text(text)


def test_the_first_day_of_all_is_in_range_or_told() -> None:
    assert Moments("UTC").of_text("0001-01-01 00:00:00") == -62_135_596_800_000
    assert Moments("UTC").of_text("9999-12-31 23:59:59") == 253_402_300_799_000


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc/passwd", "CEST summer"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(SourceRefused, match="There is no time zone"):
        Moments(zone)
