"""When an instrument trades: sessions in exchange time, weekends and holidays."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from openbell.domain.values import NANOS_PER_SECOND, Nanos

SEARCH_DAYS_MAX = 30
"""Days looked ahead for the next session before giving up: no exchange closes for a month."""


class Session(msgspec.Struct, frozen=True):
    """One trading day: its date in exchange time and the half-open interval [open, close) in UTC nanoseconds."""

    day: date
    open_ns: Nanos
    close_ns: Nanos


class Calendar(msgspec.Struct, frozen=True):
    """Trading hours of an exchange. With `opens` equal to `closes` a session is the whole local day."""

    name: str
    timezone: str
    opens: time
    closes: time
    weekdays: frozenset[int]
    holidays: frozenset[date] = frozenset()
    early_closes: dict[date, time] = {}

    def session_on(self, day: date) -> Session | None:
        """Give the session of a date in exchange time, or None on a day without one."""
        if day.weekday() not in self.weekdays or day in self.holidays:
            return None
        zone = ZoneInfo(self.timezone)
        closes = self.early_closes.get(day, self.closes)
        last_day = day + timedelta(days=1) if closes <= self.opens else day
        return Session(
            day=day,
            open_ns=_nanos(datetime.combine(day, self.opens, zone)),
            close_ns=_nanos(datetime.combine(last_day, closes, zone)),
        )

    def session_at(self, ts_ns: Nanos) -> Session | None:
        """Give the session that is open at an instant, or None while closed."""
        if self.name == ALWAYS.name:
            return _utc_session(ts_ns // _DAY_NS)
        session = self.session_on(self.day_of(ts_ns))
        if session is not None and session.open_ns <= ts_ns < session.close_ns:
            return session
        return None

    def is_open(self, ts_ns: Nanos) -> bool:
        """Tell whether the instrument trades at an instant."""
        return self.session_at(ts_ns) is not None

    def next_session(self, ts_ns: Nanos) -> Session | None:
        """Give the session open at an instant or, while closed, the first one to open after it."""
        if self.name == ALWAYS.name:
            return _utc_session(ts_ns // _DAY_NS)
        day = self.day_of(ts_ns)
        for offset in range(SEARCH_DAYS_MAX):
            session = self.session_on(day + timedelta(days=offset))
            if session is not None and ts_ns < session.close_ns:
                return session
        return None

    def day_of(self, ts_ns: Nanos) -> date:
        """Give the date in exchange time at an instant."""
        utc = datetime.fromtimestamp(ts_ns // NANOS_PER_SECOND, tz=UTC)
        return utc.astimezone(ZoneInfo(self.timezone)).date()


def _nanos(instant: datetime) -> Nanos:
    return int(instant.timestamp()) * NANOS_PER_SECOND


@lru_cache(maxsize=16)
def _utc_session(day_number: int) -> Session:
    """Give the session of a UTC day, counted from 1970: a backtest asks for it with each order."""
    day = date.fromordinal(_EPOCH_ORDINAL + day_number)
    return Session(day=day, open_ns=day_number * _DAY_NS, close_ns=(day_number + 1) * _DAY_NS)


_DAY_NS: Nanos = 86_400 * NANOS_PER_SECOND
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
ALWAYS = Calendar(name="24/7", timezone="UTC", opens=time(0), closes=time(0), weekdays=frozenset(range(7)))
_MONDAY_TO_FRIDAY = frozenset(range(5))
FIRST_YEAR, LAST_YEAR = 1990, 2040


@lru_cache(maxsize=1)
def new_york_stock_exchange() -> Calendar:
    """Give XNYS: 09:30 to 16:00 New York, the regular holidays since 1990 and the 13:00 closes by rule.

    One-off closures (mourning, storms, September 2001) are listed in `_XNYS_CLOSURES`.
    """
    holidays = set(_XNYS_CLOSURES)
    early: dict[date, time] = {}
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        holidays |= _xnys_holidays(year)
        thanksgiving = _nth_weekday(year, 11, 3, 4)
        for day in (thanksgiving + timedelta(days=1), date(year, 7, 3), date(year, 12, 24)):
            if day.weekday() < 5 and day not in holidays:
                early[day] = time(13)
    return Calendar(
        name="XNYS",
        timezone="America/New_York",
        opens=time(9, 30),
        closes=time(16),
        weekdays=_MONDAY_TO_FRIDAY,
        holidays=frozenset(holidays),
        early_closes=early,
    )


@lru_cache(maxsize=1)
def national_stock_exchange_of_india() -> Calendar:
    """Give XNSE: 09:15 to 15:30 Kolkata with the fixed national holidays.

    Festival days follow lunar calendars and are announced by the exchange each year; they are settings, not rules.
    """
    fixed = ((1, 26), (5, 1), (8, 15), (10, 2), (12, 25))
    days = (date(year, month, day) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month, day in fixed)
    return Calendar(
        name="XNSE",
        timezone="Asia/Kolkata",
        opens=time(9, 15),
        closes=time(15, 30),
        weekdays=_MONDAY_TO_FRIDAY,
        holidays=frozenset(days),
    )


def calendar_named(name: str) -> Calendar:
    """Give a calendar by its name: 24/7, XNYS or XNSE. Raises KeyError for another name."""
    return _CALENDARS[name]()


_XNYS_CLOSURES = (
    date(1994, 4, 27),
    date(2001, 9, 11),
    date(2001, 9, 12),
    date(2001, 9, 13),
    date(2001, 9, 14),
    date(2004, 6, 11),
    date(2007, 1, 2),
    date(2012, 10, 29),
    date(2012, 10, 30),
    date(2018, 12, 5),
    date(2025, 1, 9),
)
_CALENDARS: dict[str, Callable[[], Calendar]] = {
    "24/7": lambda: ALWAYS,
    "XNYS": new_york_stock_exchange,
    "XNSE": national_stock_exchange_of_india,
}
_MARTIN_LUTHER_KING_SINCE = 1998
_JUNETEENTH_SINCE = 2022


def _xnys_holidays(year: int) -> set[date]:
    days = {
        _observed(date(year, 7, 4)),
        _observed(date(year, 12, 25)),
        _nth_weekday(year, 2, 0, 3),
        _easter(year) - timedelta(days=2),
        _last_monday_of_may(year),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 11, 3, 4),
    }
    new_year = date(year, 1, 1)
    # A New Year's Day on a Saturday is not moved into the old year.
    if new_year.weekday() != 5:
        days.add(_observed(new_year))
    if year >= _MARTIN_LUTHER_KING_SINCE:
        days.add(_nth_weekday(year, 1, 0, 3))
    if year >= _JUNETEENTH_SINCE:
        days.add(_observed(date(year, 6, 19)))
    return days


def _observed(day: date) -> date:
    shift = {5: -1, 6: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _easter(year: int) -> date:
    """Give Easter Sunday by the anonymous Gregorian computus (Nature, 1876)."""
    golden, century = year % 19, year // 100
    leap_less, century_rest = century // 4, century % 4
    moon = (19 * golden + century - leap_less - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * century_rest + 2 * (year % 100 // 4) - moon - year % 100 % 4) % 7
    correction = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
