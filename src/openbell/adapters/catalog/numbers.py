"""Numbers and times as files write them, read exactly: decimal text to steps, dates and epochs to nanoseconds."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from openbell.domain.values import NANOS_PER_SECOND, SCALE, Nanos

NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND
YEAR_MIN, YEAR_MAX = 1700, 2261
"""What 64 bits of nanoseconds reach, in whole years."""

_PLAIN = re.compile(r"(\d{1,11})(?:\.(\d{1,8})0*)?", re.ASCII)
# Bounded before a Decimal is made of it: a hostile exponent must not cost time.
_ANY_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_EPOCH = re.compile(r"(\d{9,19})(?:\.(\d{1,9}))?", re.ASCII)
_BASIC_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)


class NotRead(ValueError):
    """Text that cannot be read as what its column holds; the message says what is wrong, in a few words."""


# The same prices come again and again. What cannot be read is not kept, so an entry is never long.
@lru_cache(maxsize=65_536)
def steps_of(text: str) -> tuple[int, bool]:
    """Read a number as scaled steps; the second value tells that decimals past the eighth were rounded half up.

    Exponents as spreadsheets and data frames write them (1e-05) are accepted. Raises NotRead.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        whole, fraction = plain.groups()
        return int(whole) * SCALE + (int(fraction.ljust(8, "0")) if fraction else 0), False
    if not text:
        raise NotRead("is missing")
    if not _ANY_NUMBER.fullmatch(text):
        raise NotRead("is not a number")
    exact = Decimal(text) * SCALE
    steps = exact.to_integral_value(ROUND_HALF_UP)
    return int(steps), steps != exact


def nanos_of(text: str, *, is_daily: bool) -> Nanos:
    """Read a time: ISO 8601 (without an offset it is UTC), YYYYMMDD, or an epoch in s, ms, µs or ns by its size.

    For daily bars midnight in a given offset names the session's date, so it is that date's midnight in UTC.
    Raises NotRead.
    """
    iso = _ISO.fullmatch(text)
    if iso is not None:
        return _of_iso(iso, is_daily=is_daily)
    epoch = _EPOCH.fullmatch(text)
    if epoch is not None:
        return _of_epoch(epoch[1], epoch[2] or "")
    basic = _BASIC_DATE.fullmatch(text)
    if basic is not None:
        return _day_ns("-".join(basic.groups()))
    raise NotRead("is not a time: expected 2024-01-31, 2024-01-31T14:30:00Z or an epoch" if text else "is missing")


def _of_iso(match: re.Match[str], *, is_daily: bool) -> Nanos:
    day, hour, minute, second, fraction, zone = match.groups()
    midnight = _day_ns(day)
    if hour is None:
        return midnight
    if hour > "23" or minute > "59" or (second or "00") > "59":
        raise NotRead("is not a time of day")
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    within = seconds * NANOS_PER_SECOND + int((fraction or "").ljust(9, "0"))
    if within == 0 and is_daily:
        return midnight
    return midnight + within - _offset_ns(zone)


def _offset_ns(zone: str | None) -> Nanos:
    if zone in (None, "Z", "UTC"):
        return 0
    digits = str(zone)[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (-seconds if str(zone)[0] == "-" else seconds) * NANOS_PER_SECOND


def _of_epoch(whole: str, fraction: str) -> Nanos:
    """Tell the unit by the number of digits: up to 11 seconds, 14 milliseconds, 17 microseconds, else nanoseconds."""
    digits = next((limit for limit in (11, 14, 17) if len(whole) <= limit), 20)
    decimals = 20 - digits if digits < 20 else 0
    nanos = int(whole + fraction.ljust(9, "0")[:decimals].ljust(decimals, "0"))
    if nanos >= 2**63:
        raise NotRead("is past the year 2261")
    return nanos


@lru_cache(maxsize=4096)
def _day_ns(text: str) -> Nanos:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotRead("is not a date") from None
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise NotRead(f"is outside the years {YEAR_MIN} to {YEAR_MAX}")
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * NANOS_PER_DAY
