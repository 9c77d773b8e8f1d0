"""When a strategy may take risk: hours and weekdays in an exchange's own time, its holidays left out."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from openbell.domain.calendar import Calendar
from openbell.domain.values import NANOS_PER_SECOND, Nanos

MINUTES_PER_DAY = 24 * 60
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)", re.ASCII)


class InvalidSchedule(ValueError):
    """Hours or days that cannot be read; the message says what is expected."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Hours [start, end) in minutes of the local day, and weekdays counted from 0 = Sunday.

    That is how JavaScript's getDay counts, and the published contract is written in TypeScript. An end before the
    start lies on the following day and belongs to the day it started on; an end equal to the start is the whole day.
    """

    start_minute: int
    end_minute: int
    weekdays: tuple[int, ...]

    def is_open(self, ts_ns: Nanos, *, calendar: Calendar) -> bool:
        """Tell whether risk may be taken at an instant, by the exchange's clock and holidays."""
        utc = datetime.fromtimestamp(ts_ns // NANOS_PER_SECOND, tz=UTC)
        local = utc.astimezone(ZoneInfo(calendar.timezone))
        minute, today = local.hour * 60 + local.minute, local.date()
        if self.start_minute < self.end_minute:
            return self.start_minute <= minute < self.end_minute and self._is_day(today, calendar)
        if minute >= self.start_minute:
            return self._is_day(today, calendar)
        return minute < self.end_minute and self._is_day(today - timedelta(days=1), calendar)

    @property
    def start_time(self) -> str:
        """Start as HH:MM."""
        return _time_text(self.start_minute)

    @property
    def end_time(self) -> str:
        """End as HH:MM."""
        return _time_text(self.end_minute)

    def _is_day(self, day: date, calendar: Calendar) -> bool:
        return day.isoweekday() % 7 in self.weekdays and day not in calendar.holidays


def schedule_of(start_time: str, *, end_time: str, weekdays: tuple[int, ...]) -> Schedule:
    """Read a schedule from HH:MM texts and weekdays 0 (Sunday) to 6. Raises InvalidSchedule.

    >>> schedule_of("09:30", end_time="16:00", weekdays=(5, 1, 1)).weekdays
    (1, 5)
    """
    days = tuple(sorted(set(weekdays)))
    if not days or days[0] < 0 or days[-1] > 6:
        raise InvalidSchedule("days_of_week are numbers from 0 (Sunday) to 6 (Saturday), at least one")
    start, end = _minute(start_time), _minute(end_time)
    return Schedule(start_minute=start % MINUTES_PER_DAY, end_minute=end, weekdays=days)


def _minute(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidSchedule("expected a time of day such as 09:30")
    hours, minutes = (part for part in match.groups() if part is not None)
    return int(hours) * 60 + int(minutes)


def _time_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
