"""When exchanges trade: holidays, half days, and what daylight saving does to an opening."""

from datetime import UTC, date, datetime

import pytest

from openbell.domain.calendar import ALWAYS, calendar_named, new_york_stock_exchange
from openbell.domain.values import NANOS_PER_SECOND

XNYS = new_york_stock_exchange()


def ns(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * NANOS_PER_SECOND


def utc(ts_ns):
    return datetime.fromtimestamp(ts_ns // NANOS_PER_SECOND, tz=UTC).strftime("%H:%M")


@pytest.mark.parametrize(
    "day",
    [
        date(2024, 3, 29),  # Good Friday
        date(2025, 4, 18),  # Good Friday
        date(2024, 11, 28),  # Thanksgiving
        date(2022, 6, 20),  # Juneteenth, moved from a Sunday
        date(2023, 6, 19),  # Juneteenth
        date(2021, 7, 5),  # Independence Day, moved from a Sunday
        date(2020, 7, 3),  # Independence Day, moved from a Saturday
        date(2021, 12, 24),  # Christmas, moved from a Saturday
        date(2024, 9, 2),  # Labor Day
        date(2025, 1, 9),  # a day of mourning
        date(2024, 6, 1),  # a Saturday
        date(2024, 6, 2),  # a Sunday
    ],
)
def test_new_york_is_closed(day):
    assert XNYS.session_on(day) is None


@pytest.mark.parametrize("day", [date(2021, 6, 18), date(2021, 12, 31), date(2024, 10, 14), date(2024, 11, 11)])
def test_new_york_is_open_on_days_that_others_keep(day):
    assert XNYS.session_on(day) is not None


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2024, 3, 8), "14:30", "21:00"),  # the Friday before clocks go forward
        (date(2024, 3, 11), "13:30", "20:00"),  # the Monday after
        (date(2024, 11, 1), "13:30", "20:00"),  # the Friday before they go back
        (date(2024, 11, 4), "14:30", "21:00"),
        (date(2024, 11, 29), "14:30", "18:00"),  # the day after Thanksgiving ends at 13:00
        (date(2024, 12, 24), "14:30", "18:00"),
        (date(2024, 7, 3), "13:30", "17:00"),
    ],
)
def test_sessions_follow_exchange_time(day, opens, closes):
    session = XNYS.session_on(day)
    assert (utc(session.open_ns), utc(session.close_ns)) == (opens, closes)


def test_a_session_includes_its_first_instant_and_not_its_last():
    assert XNYS.is_open(ns(2024, 6, 3, 13, 30))
    assert not XNYS.is_open(ns(2024, 6, 3, 13, 30) - 1)
    assert XNYS.is_open(ns(2024, 6, 3, 20) - 1)
    assert not XNYS.is_open(ns(2024, 6, 3, 20))


def test_the_next_session_after_a_long_weekend_is_on_tuesday():
    assert XNYS.next_session(ns(2024, 8, 30, 20)).day == date(2024, 9, 3)
    assert XNYS.next_session(ns(2024, 9, 3, 15)).day == date(2024, 9, 3)


def test_round_the_clock_never_closes():
    assert ALWAYS.is_open(ns(2024, 12, 25, 23, 59))
    assert ALWAYS.session_at(ns(2024, 6, 1)).close_ns == ns(2024, 6, 2)


def test_mumbai_trades_from_nine_fifteen_to_half_past_three():
    session = calendar_named("XNSE").session_on(date(2024, 6, 3))
    assert (utc(session.open_ns), utc(session.close_ns)) == ("03:45", "10:00")
    assert calendar_named("XNSE").session_on(date(2024, 8, 15)) is None


def test_an_unknown_calendar_is_a_key_error():
    with pytest.raises(KeyError):
        calendar_named("XXXX")
