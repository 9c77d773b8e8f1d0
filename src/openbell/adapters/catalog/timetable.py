"""Which bars a calendar expects: what tells a hole in a series from a night, a weekend or a holiday."""

from datetime import date, timedelta
from functools import lru_cache

from openbell.adapters.instruments import SymbolMaster, default_instruments, instrument_for_data
from openbell.domain.calendar import ALWAYS, FIRST_YEAR, LAST_YEAR, Calendar, Session, calendar_named
from openbell.domain.instrument import InvalidSymbol
from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Nanos

NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND
_EPOCH = date(1970, 1, 1).toordinal()
DAYS_OUTSIDE_KNOWN_YEARS = 5
"""Holidays are known for some decades; before and after them a long weekend is four days from bar to bar."""


def calendar_of(symbol: str) -> str:
    """Name the trading hours that an instrument of this symbol really keeps. Raises InvalidSymbol."""
    listed = SymbolMaster(default_instruments("exchange")).resolve(symbol)
    return (listed or instrument_for_data(symbol, tick_size=SCALE)).calendar_name


def known_calendar(name: str, *, symbol: str) -> str:
    """Give the name to count by: the one given, or the symbol's own. Raises ValueError for one that does not exist."""
    try:
        return calendar_named(name).name if name else calendar_of(symbol)
    except KeyError:
        raise ValueError(f"unknown calendar {name!r}: one of 24/7, XNYS, XNSE") from None
    except InvalidSymbol:
        return ALWAYS.name


class Timetable:
    """The bars of one length that a calendar expects. A daily bar is named by its session's date at midnight UTC."""

    def __init__(self, calendar_name: str, timeframe: Timeframe) -> None:
        self._calendar = calendar_named(calendar_name)
        self._length_ns = timeframe.length_ns
        self._is_daily = timeframe is Timeframe.D1
        self._is_always = calendar_name == ALWAYS.name
        self.expects_all = not self._is_daily or self._is_always
        """Whether a bar belongs wherever it is."""
        self._session = lru_cache(maxsize=64)(self._calendar.session_on)

    def missing(self, before_ns: Nanos, after_ns: Nanos) -> int:
        """Count the bars expected strictly between two that are there."""
        apart = after_ns - before_ns
        if apart <= self._length_ns:
            return 0
        if self._is_always:
            return apart // self._length_ns - 1
        return self._days(before_ns, after_ns) if self._is_daily else self._slots(before_ns + self._length_ns, after_ns)

    def expects(self, ts_ns: Nanos) -> bool:
        """Tell whether a daily bar belongs where it is; of shorter ones many a market has some before and after."""
        return self.expects_all or _is_trading_day(self._calendar, _day_of(ts_ns))

    def _days(self, before_ns: Nanos, after_ns: Nanos) -> int:
        first, last = _day_of(before_ns), _day_of(after_ns)
        if first.year < FIRST_YEAR or last.year > LAST_YEAR:
            apart = (last - first).days
            return 0 if apart <= DAYS_OUTSIDE_KNOWN_YEARS else apart * 5 // 7 - 1
        between = (first + timedelta(days=one) for one in range(1, (last - first).days))
        return sum(_is_trading_day(self._calendar, day) for day in between)

    def _slots(self, start_ns: Nanos, end_ns: Nanos) -> int:
        """Count whole bars in the sessions of [start, end): a bar that only reaches into a session is not demanded."""
        day, last, count = self._calendar.day_of(start_ns), self._calendar.day_of(end_ns), 0
        while day <= last:
            session: Session | None = self._session(day)
            if session is not None:
                overlap = min(end_ns, session.close_ns) - max(start_ns, session.open_ns)
                count += max(0, overlap) // self._length_ns
            day += timedelta(days=1)
        return count


def _is_trading_day(calendar: Calendar, day: date) -> bool:
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def _day_of(ts_ns: Nanos) -> date:
    return date.fromordinal(_EPOCH + ts_ns // NANOS_PER_DAY)
