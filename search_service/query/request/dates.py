"""Dates as callers write them: epoch milliseconds, or digits ``yyyyMMddHHmm`` in UTC.

Digits beyond twelve belong to the year: web front ends send 0000001010000 and 9000012312359 for
an open end, and those are years that ``datetime`` does not know.
"""

import re
from datetime import date

from search_service.errors import BadRequest
from search_service.query.request.values import HIGHEST, an_integer, shown

DIGITS = re.compile(r"([0-9]{4,12})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
DAYS_IN_400_YEARS = 146_097
EPOCH = date(1970, 1, 1)


def lower_bound(value: object, what: str) -> int:
    """The millisecond from which documents are wanted."""
    if isinstance(value, str):
        return _start_of_minute(value, what)
    return an_integer(value, what)


def upper_bound(value: object, what: str) -> int:
    """The last millisecond wanted: digits mean to the end of their minute."""
    if isinstance(value, str):
        return min(_start_of_minute(value, what) + MINUTE - 1, HIGHEST)
    return an_integer(value, what)


def _start_of_minute(digits: str, what: str) -> int:
    found = DIGITS.fullmatch(digits)
    if not found:
        raise _no_date(digits, what)
    year, month, day, hour, minute = map(int, found.groups())
    if hour > 23 or minute > 59:
        raise _no_date(digits, what)
    # The calendar repeats itself after 400 years, so any year stands for one that is known.
    known_year = 2000 + year % 400
    try:
        days = (date(known_year, month, day) - EPOCH).days
    except ValueError:
        raise _no_date(digits, what) from None
    days += (year - known_year) // 400 * DAYS_IN_400_YEARS
    return min(days * DAY + (hour * 60 + minute) * MINUTE, HIGHEST)


def _no_date(value: str, what: str) -> BadRequest:
    return BadRequest(
        f"{what} should be a date as yyyyMMddHHmm or in epoch milliseconds, but is {shown(value)}"
    )
