"""The parts of the tear sheet: axes, sampling, number formats, monthly returns."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.months import monthly_returns
from openbell.analytics.returns import NS_PER_DAY, NS_PER_HOUR
from openbell.analytics.tear_sheet import formats
from openbell.analytics.tear_sheet.axes import Axis, log_ticks, time_ticks, value_ticks
from openbell.analytics.tear_sheet.heat_map import heat_map
from openbell.analytics.tear_sheet.sampling import min_max_indexes


def at(*date):
    return int(datetime(*date, tzinfo=UTC).timestamp()) * 1_000_000_000


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=400), st.integers(4, 50))
def test_sampling_keeps_both_ends_and_both_extremes_within_its_limit(values, points_max):
    series = np.array(values)
    kept = min_max_indexes(series, points_max=points_max)
    assert len(kept) <= points_max
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, len(values) - 1)
    assert (series[kept].min(), series[kept].max()) == (series.min(), series.max())


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9), st.integers(2, 8))
def test_value_ticks_enclose_the_data_and_have_different_labels(low, spread, count):
    ticks = value_ticks(low, high=low + spread, count=count, label=formats.compact)
    slack = 1e-6 * (abs(low) + spread)
    assert ticks[0].at <= low + slack
    assert ticks[-1].at >= low + spread - slack
    assert 2 <= len(ticks) <= count + 3
    assert len({tick.label for tick in ticks}) == len(ticks)


def test_a_flat_line_still_has_an_axis():
    assert [tick.label for tick in value_ticks(100.0, high=100.0, count=4, label=formats.compact)] == [
        "99", "99.5", "100", "100.5", "101",
    ]  # fmt: skip
    assert len(value_ticks(0.0, high=0.0, count=4, label=formats.compact)) >= 2


def test_close_values_are_told_apart_by_all_their_digits():
    labels = [tick.label for tick in value_ticks(100_010, high=100_030, count=4, label=formats.compact)]
    assert labels == ["100,010", "100,015", "100,020", "100,025", "100,030"]


def test_log_ticks_are_one_two_and_five_times_powers_of_ten():
    assert [tick.at for tick in log_ticks(90, high=1100, label=str)] == [100, 200, 500, 1000]


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [
        (at(2004, 8, 19), at(2008, 3, 1), ["2005", "2006", "2007", "2008"]),
        (at(2023, 11, 5), at(2024, 3, 5), ["Dec", "2024", "Feb", "Mar"]),
        (at(2024, 1, 1), at(2024, 1, 5), ["1 Jan", "2 Jan", "3 Jan", "4 Jan", "5 Jan"]),
        (at(2024, 1, 1, 22), at(2024, 1, 2, 2), ["22:00", "23:00", "2 Jan", "01:00", "02:00"]),
    ],
    ids=["years", "months", "days", "hours"],
)
def test_time_ticks_fall_on_round_times(start, end, labels):
    assert [tick.label for tick in time_ticks(start, end_ns=end, count=6)] == labels


@given(st.integers(0, 10**18), st.integers(1, 10**18), st.integers(3, 12))
def test_time_ticks_stay_inside_and_do_not_crowd(start, span, count):
    ticks = time_ticks(start, end_ns=start + span, count=count)
    assert all(start <= tick.at <= start + span for tick in ticks)
    assert len(ticks) <= count + 2


def test_a_log_axis_puts_equal_ratios_at_equal_distances():
    axis = Axis(low=1, high=100, first=0, last=200, scale="log")
    assert axis.place(10) == pytest.approx(100)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("174289.814", "174,289.814"),
        ("100000", "100,000.00"),
        ("-0.10", "\u22120.10"),
        ("1E+3", "1,000.00"),
        ("0.00000001", "0.00000001"),
        ("a lot", "a lot"),
        ("NaN", "NaN"),
    ],
)
def test_decimal_text_is_grouped_and_never_rounded(text, written):
    assert formats.decimal_text(text) == written


def test_a_number_that_rounds_to_zero_has_no_sign():
    assert formats.number(-0.001, decimals=2, signed=True) == "0.00"
    assert formats.number(-1234.5, decimals=1) == "\u22121,234.5"
    assert formats.number(0.5, decimals=1, signed=True) == "+0.5"


@pytest.mark.parametrize(
    ("value", "written"),
    [(1_250_000, "1.25M"), (-85_000, "\u221285k"), (3.5e9, "3.5B"), (12.5, "12.5"), (0, "0")],
)
def test_axis_labels_are_short(value, written):
    assert formats.compact(value) == written


@pytest.mark.parametrize(
    ("hours", "written"),
    [(0.25, "15.0 min"), (5, "5.0 h"), (71.9, "71.9 h"), (1224, "51.0 d"), (16_272, "678 d")],
)
def test_durations_use_the_unit_a_reader_would(hours, written):
    assert formats.duration(hours) == written


def test_midnight_is_written_as_a_date():
    assert formats.stamp(at(2024, 3, 5)) == "2024-03-05"
    assert formats.stamp(at(2024, 3, 5) + NS_PER_HOUR) == "2024-03-05 01:00:00"
    assert formats.day(at(2024, 3, 5)) == "5 Mar 2024"


def test_months_run_from_the_last_equity_before_them():
    equity = [(at(2024, 1, 10), 100.0), (at(2024, 1, 31), 110.0), (at(2024, 3, 1), 99.0)]
    assert monthly_returns(equity) == {(2024, 1): pytest.approx(0.1), (2024, 3): pytest.approx(-0.1)}
    assert monthly_returns([]) == {}


def test_the_year_compounds_its_months_and_the_newest_year_is_first():
    equity = [(at(2023, 12, 1) + i * NS_PER_DAY, 100.0 + i) for i in range(70)]
    rows = heat_map(equity)
    assert [row.year for row in rows] == [2024, 2023]
    assert rows[0].total.text == formats.number(100 * (169 / 130 - 1), decimals=1)
    assert [cell.text for cell in rows[1].months[:11]] == [""] * 11


def test_the_extreme_month_has_the_deepest_shade():
    equity = [(at(2024, 1, 1), 100.0), (at(2024, 1, 31), 150.0), (at(2024, 2, 28), 148.0)]
    (row,) = heat_map(equity)
    assert row.months[0].shade == "p5"
    assert row.months[1].shade == "n1"
