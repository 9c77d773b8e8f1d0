"""How numbers, money and times are written on the page. Anything undefined is an em dash."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from openbell.analytics.metrics import Unit
from openbell.analytics.round_trips import SCALE

UNDEFINED = "—"
MINUS = "\u2212"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPACT = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
_HOURS_PER_DAY = 24
_DAYS_SHOWN_FROM_HOURS = 72
_DAYS_WHOLE_FROM_HOURS = 2400


def moment(ts_ns: int) -> datetime:
    """Return the UTC time, to the microsecond."""
    return _EPOCH + timedelta(microseconds=ts_ns // 1000)


def day(ts_ns: int) -> str:
    """Return a date such as 4 Mar 2009."""
    at = moment(ts_ns)
    return f"{at.day} {at:%b %Y}"


def stamp(ts_ns: int) -> str:
    """Return a sortable date and time; the ends of a day are left out, because daily bars carry no time of day."""
    at = moment(ts_ns)
    is_whole_day = at.time() in (datetime.min.time(), datetime.max.time())
    return f"{at:%Y-%m-%d}" if is_whole_day else f"{at:%Y-%m-%d %H:%M:%S}"


def number(value: float, *, decimals: int, signed: bool = False) -> str:
    """Return a number with grouped digits and a true minus sign; a rounded zero has no sign."""
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def decimal_text(text: str, *, decimals: int = 2, signed: bool = False) -> str:
    """Return decimal text with grouped digits and at least that many decimals, its value untouched."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    if not amount.is_finite():
        return text
    whole, _, fraction = f"{abs(amount):,f}".partition(".")
    sign = MINUS if amount < 0 else "+" if signed and amount > 0 else ""
    return f"{sign}{whole}.{fraction.rstrip('0').ljust(decimals, '0')}"


def scaled(value: int, *, decimals: int = 2, signed: bool = False) -> str:
    """Return an integer at 1e-8 as grouped decimal text, exactly."""
    return decimal_text(f"{Decimal(value) / SCALE:f}", decimals=decimals, signed=signed)


def decimals_needed(values: Iterable[int]) -> int:
    """Return how many decimals, at least two, write every one of these integers at 1e-8 exactly."""
    return max((len(scaled(value).partition(".")[2]) for value in values), default=2)


def quantity(value: int) -> str:
    """Return an integer quantity at 1e-8 without needless decimals."""
    return scaled(value).removesuffix(".00")


def compact(value: float) -> str:
    """Return an axis label: 1.2M, 120k, 85.5."""
    for size, letter in _COMPACT:
        if abs(value) >= size:
            return f"{MINUS if value < 0 else ''}{abs(value) / size:.4g}{letter}"
    return f"{MINUS if value < 0 else ''}{abs(value):.4g}"


def percent_tick(value: float) -> str:
    """Return an axis label in percent."""
    return compact(value) + "%"


def duration(hours: float) -> str:
    """Return a length of time in the unit a reader would choose."""
    if hours >= _DAYS_WHOLE_FROM_HOURS:
        return f"{hours / _HOURS_PER_DAY:,.0f} d"
    if hours >= _DAYS_SHOWN_FROM_HOURS:
        return f"{hours / _HOURS_PER_DAY:,.1f} d"
    return f"{hours:,.1f} h" if hours >= 1 else f"{hours * 60:,.1f} min"


def metric(value: float | None, *, unit: Unit, signed: bool = False) -> str:
    """Return a metric in its unit."""
    if value is None:
        return UNDEFINED
    if unit == "count":
        return number(value, decimals=0)
    if unit == "fraction":
        return number(100 * value, decimals=1) + "%"
    if unit == "hours":
        return duration(value)
    if unit == "days":
        return duration(_HOURS_PER_DAY * value)
    return number(value, decimals=2, signed=signed) + ("%" if unit == "percent" else "")
