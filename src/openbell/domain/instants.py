"""Instants as text: RFC 3339 in UTC with `Z`, the one way times are written and read."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from openbell.domain.values import NANOS_PER_SECOND, Nanos

_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

NANOS_MAX = 2**63 - 1
"""Instants are kept as 64-bit integers."""


class InvalidInstant(ValueError):
    """Text that is neither a date nor an instant with its offset from UTC."""


@lru_cache(maxsize=1_024)
def instant_text(ts_ns: Nanos) -> str:
    """Write an instant in whole seconds where it is one, else in microseconds, cut off and not rounded.

    >>> instant_text(1_769_380_200_000_000_000), instant_text(1_500_000_999)
    ('2026-01-25T22:30:00Z', '1970-01-01T00:00:01.500000Z')
    """
    seconds, rest = divmod(ts_ns, NANOS_PER_SECOND)
    micros = rest // 1000
    return f"{_second_text(seconds)}.{micros:06d}Z" if micros else f"{_second_text(seconds)}Z"


def day_text(ts_ns: Nanos) -> str:
    """Write the UTC date of an instant.

    >>> day_text(1_769_380_200_000_000_000)
    '2026-01-25'
    """
    return _second_text(ts_ns // NANOS_PER_SECOND)[:10]


def parse_instant(text: str) -> Nanos:
    """Read an instant with its offset, or a date as its first instant in UTC. Raises InvalidInstant.

    >>> parse_instant("2026-01-25") == parse_instant("2026-01-25T01:00:00+01:00")
    True
    """
    try:
        if _DAY.fullmatch(text):
            return _within(_nanos(datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)))
        match = _INSTANT.fullmatch(text)
        if match is None:
            raise InvalidInstant("expected a date such as 2026-01-25 or an instant such as 2026-01-25T22:30:00Z")
        *parts, fraction, offset = match.groups()
        whole = datetime(*(int(part) for part in parts), tzinfo=UTC)  # type: ignore[misc,arg-type]
        return _within(_nanos(whole) - _offset_ns(offset) + int((fraction or "").ljust(9, "0")))
    except (ValueError, OverflowError) as problem:
        raise InvalidInstant(str(problem)) from problem


@lru_cache(maxsize=64)
def _second_text(seconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def _nanos(instant: datetime) -> Nanos:
    return int(instant.timestamp()) * NANOS_PER_SECOND


def _within(ts_ns: Nanos) -> Nanos:
    """Refuse what no store could keep in its 64 bits."""
    if not -NANOS_MAX <= ts_ns <= NANOS_MAX:
        raise InvalidInstant("the instant lies before the year 1678 or after 2261")
    return ts_ns


def _offset_ns(text: str) -> Nanos:
    if text in "Zz":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return (-minutes if text[0] == "-" else minutes) * 60 * NANOS_PER_SECOND
