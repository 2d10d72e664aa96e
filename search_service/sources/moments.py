"""Dates of a database, which have no zone, → epoch milliseconds.

Where clocks are put back, an hour comes twice: the first of the two is taken. Where they are put
forward, an hour is missing: a time in it is read by the clock before the change.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from search_service.errors import SourceRefused

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_HOUR = timedelta(hours=1)
_SINCE_THE_HOUR = {
    f":{minute:02}:{second:02}": (60 * minute + second) * 1000
    for minute in range(60)
    for second in range(60)
}
_HOURS_KEPT = 200_000


class Moments:
    """Converts dates of one zone. Raises ValueError for what is no date, or out of range."""

    def __init__(self, zone: str) -> None:
        self._zone = _zone(zone)
        # The start of an hour in milliseconds; None when clocks are changed within it. A date by
        # way of it takes 0.2 µs, by `fromisoformat` 1.5.
        self._hours: dict[str, int | None] = {}

    def of_text(self, value: str) -> int:
        """Epoch milliseconds of ``YYYY-MM-DD HH:MM:SS``, with or without fractions or an offset.

        The day alone is its midnight. Raises ValueError.
        """
        hour = value[:13]
        try:
            start = self._hours[hour]
        except KeyError:
            start = self._start(hour)
        if start is not None and (since := _SINCE_THE_HOUR.get(value[13:])) is not None:
            return start + since
        return self.of_datetime(datetime.fromisoformat(value))

    def of_datetime(self, value: datetime) -> int:
        """Epoch milliseconds of a date as some drivers give it."""
        placed = value if value.tzinfo else value.replace(tzinfo=self._zone)
        try:
            return (placed - _EPOCH) // _MILLISECOND
        except OverflowError as error:
            raise ValueError(f"{value} is out of range") from error

    def wall(self, moment: datetime) -> datetime:
        """The time that a clock of the zone shows at a moment, without zone and fractions."""
        return moment.astimezone(self._zone).replace(tzinfo=None, microsecond=0)

    def _start(self, hour: str) -> int | None:
        try:
            begin = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=self._zone)
            end = begin + _HOUR - timedelta(seconds=1)
            even = begin.utcoffset() == end.utcoffset()
            start = self.of_datetime(begin) if even else None
        except (ValueError, OverflowError):
            return None
        if len(self._hours) >= _HOURS_KEPT:
            self._hours.clear()
        self._hours[hour] = start
        return start


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceRefused(
            f"There is no time zone {name}; name it as in Europe/Berlin or UTC"
        ) from None
