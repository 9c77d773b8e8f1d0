"""Returns, resampling, annualisation and drawdowns of small equity series that can be worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics import drawdown, returns
from openbell.analytics.returns import NS_PER_DAY, NS_PER_HOUR

MONDAY = 1_704_067_200_000_000_000  # 2024-01-01


def weekdays(count):
    return [MONDAY + (i // 5 * 7 + i % 5) * NS_PER_DAY for i in range(count)]


def test_simple_returns_compound_to_the_total():
    equity = [100.0, 110.0, 99.0, 120.0]
    changes = returns.simple_returns(equity)
    assert changes == pytest.approx([0.1, -0.1, 120 / 99 - 1])
    assert returns.cumulative_returns(changes)[-1] == pytest.approx(0.2)
    assert returns.total_return(equity) == pytest.approx(0.2)


def test_a_period_that_starts_with_nothing_has_no_return():
    changes = returns.simple_returns([100.0, 0.0, 50.0])
    assert changes[0] == -1
    assert np.isnan(changes[1])
    assert returns.total_return([0.0, 5.0]) is None
    assert returns.total_return([]) is None


def test_doubling_in_half_a_year_is_four_times_a_year():
    assert returns.cagr(2.0, periods=126, periods_per_year=252) == pytest.approx(3.0)


def test_a_growth_rate_that_has_no_number_is_none():
    assert returns.cagr(1e300, periods=1, periods_per_year=252) is None
    assert returns.cagr(-0.5, periods=10, periods_per_year=252) is None
    assert returns.cagr(1.1, periods=0, periods_per_year=252) is None
    assert returns.cagr(0.0, periods=10, periods_per_year=252) == -1


def test_the_last_point_of_each_utc_day_is_kept():
    series = [(MONDAY + h * NS_PER_HOUR, float(h)) for h in (0, 5, 23, 24, 25, 72)]
    assert [value for _, value in returns.daily_series(series)] == [23.0, 25.0, 72.0]
    assert returns.daily_series([]) == []


def test_an_intraday_run_counts_its_first_day_from_its_first_point():
    series = [(MONDAY + h * NS_PER_HOUR, v) for h, v in ((1, 100.0), (20, 110.0), (30, 121.0))]
    assert returns.daily_returns(series) == pytest.approx([0.1, 0.1])
    daily = [(MONDAY, 100.0), (MONDAY + NS_PER_DAY, 110.0)]
    assert returns.daily_returns(daily) == pytest.approx([0.1])
    assert returns.daily_returns([]).size == 0


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (weekdays(60), 252),
        ([MONDAY + i * NS_PER_DAY for i in range(60)], 365),
        ([MONDAY + i * NS_PER_HOUR for i in range(24 * 30)], 365 * 24),
        ([t + h * NS_PER_HOUR for t in weekdays(20) for h in range(7)], 252 * 7),
        ([MONDAY + i * 7 * NS_PER_DAY for i in range(60)], 365.25 / 7),
        ([MONDAY], 252),
        ([], 252),
    ],
    ids=["stock days", "crypto days", "crypto hours", "stock hours", "weeks", "one bar", "no bars"],
)
def test_periods_a_year_follow_the_bar_spacing(times, expected):
    assert returns.periods_per_year(times) == pytest.approx(expected)


def test_given_trading_days_win_over_the_calendar():
    assert returns.periods_per_year(weekdays(20), trading_days=250) == 250


def test_a_known_drawdown_has_its_peak_trough_and_recovery():
    equity = [100.0, 120.0, 90.0, 108.0, 120.0, 130.0, 117.0]
    first, second = drawdown.drawdowns(equity)
    assert (first.depth, first.peak, first.trough, first.recovery) == (pytest.approx(-0.25), 1, 2, 4)
    assert (first.length, first.decline) == (3, 1)
    assert (second.depth, second.peak, second.recovery, second.end) == (pytest.approx(-0.1), 5, None, 6)


def test_the_largest_drawdowns_come_first_and_no_more_than_asked():
    equity = [100.0, 99.0, 101.0, 80.0, 102.0, 90.0, 103.0]
    depths = [fall.depth for fall in drawdown.largest_drawdowns(equity, count=2)]
    assert depths == pytest.approx([80 / 101 - 1, 90 / 102 - 1])


def test_a_series_that_only_rises_has_no_drawdown():
    assert drawdown.drawdowns([1.0, 2.0, 2.0, 3.0]) == []
    assert drawdown.max_drawdown([1.0, 2.0, 2.0, 3.0]) == 0
    assert drawdown.max_drawdown([]) is None


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60))
def test_the_deepest_episode_is_the_max_drawdown(equity):
    deepest = min((fall.depth for fall in drawdown.drawdowns(equity)), default=0.0)
    slow = min(equity[j] / max(equity[: j + 1]) - 1 for j in range(len(equity)))
    assert drawdown.max_drawdown(equity) == deepest == pytest.approx(slow)
