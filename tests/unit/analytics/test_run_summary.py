"""The metrics of a run: names, units, known answers, and None where there is no answer."""

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.metrics import METRICS
from openbell.analytics.returns import NS_PER_DAY, NS_PER_HOUR
from openbell.analytics.round_trips import SCALE, round_trips
from openbell.analytics.summary import summarize

MONDAY = 1_704_067_200_000_000_000
CONTRACT_NAMES = {
    "total_return", "cagr", "sharpe_ratio", "sortino_ratio", "max_drawdown", "win_rate",
    "profit_factor", "total_trades", "avg_trade_duration_hours",
}  # fmt: skip


def daily(values):
    return [(MONDAY + i * NS_PER_DAY, float(value)) for i, value in enumerate(values)]


def trips(*rows):
    fills = [(MONDAY + h * NS_PER_HOUR, q * SCALE, p * SCALE, fee * SCALE) for h, q, p, fee in rows]
    return round_trips(fills)


def test_percent_and_fraction_are_not_mixed_up():
    history = trips((0, 1, 100, 1), (24, -1, 110, 1), (30, 1, 100, 0), (32, -1, 90, 0))
    summary = summarize(daily([100, 110, 99, 120]), round_trips=history.closed)
    assert summary["total_return"] == pytest.approx(20.0)
    assert summary["max_drawdown"] == pytest.approx(-10.0)
    assert summary["win_rate"] == 0.5
    assert summary["profit_factor"] == pytest.approx(0.8)
    assert summary["avg_trade_duration_hours"] == 13.0
    assert summary["total_fees"] == 2.0


def test_every_name_of_the_catalogue_is_given_and_no_other():
    series = daily([100, 101, 99, 103])
    names = {metric.name for metric in METRICS}
    own = {metric.name for metric in METRICS if metric.group != "Benchmark"}
    assert set(summarize(series)) == own
    assert set(summarize(series, benchmark=series)) == names
    assert names >= CONTRACT_NAMES


def test_an_empty_run_has_counts_of_zero_and_no_ratios():
    summary = summarize([])
    assert (summary["total_trades"], summary["net_profit"]) == (0, 0)
    for name in CONTRACT_NAMES - {"total_trades"}:
        assert summary[name] is None


def test_a_flat_run_has_no_return_and_no_sharpe():
    summary = summarize(daily([100] * 10))
    assert (summary["total_return"], summary["max_drawdown"], summary["volatility"]) == (0, 0, 0)
    assert summary["sharpe_ratio"] is None
    assert summary["calmar_ratio"] is None


def test_a_run_that_loses_everything_still_has_a_summary():
    summary = summarize(daily([100, 50, 0]))
    assert (summary["total_return"], summary["cagr"], summary["max_drawdown"]) == (-100, -100, -100)


def test_exposure_counts_overlapping_trades_once_and_open_ones_to_the_end():
    closed = (*trips((0, 1, 1, 0), (24, -1, 1, 0)).closed, *trips((12, 1, 1, 0), (36, -1, 1, 0)).closed)
    still_open = trips((84, 1, 1, 0)).open
    assert still_open is not None
    summary = summarize(daily([1] * 5), round_trips=closed, open_trips=[still_open])
    assert summary["exposure"] == pytest.approx((36 + 12) / 96)


def test_exposure_of_a_trade_inside_another_is_the_outer_ones():
    closed = (*trips((0, 1, 1, 0), (48, -1, 1, 0)).closed, *trips((12, 1, 1, 0), (24, -1, 1, 0)).closed)
    assert summarize(daily([1] * 5), round_trips=closed)["exposure"] == pytest.approx(0.5)


def test_days_a_year_follow_the_weekends_unless_given():
    series = daily([100, 101, 100, 102, 103, 101, 104, 105])
    every_day = summarize(series)["sharpe_ratio"]
    stocks = summarize(series, days_per_year=252)["sharpe_ratio"]
    assert every_day == pytest.approx(stocks * math.sqrt(365 / 252))


@given(st.lists(st.floats(-1e6, 1e300), max_size=40))
def test_no_metric_is_ever_nan_or_infinite(values):
    for value in summarize(daily(values), benchmark=daily(values)).values():
        assert value is None or math.isfinite(value)


def test_a_known_backtest_has_its_known_metrics():
    shared = Path(os.environ.get("OPENBELL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
    file = shared.parent / "known_backtests.json"
    if not file.exists():
        pytest.skip(f"the known backtests are not beside the shared data ({shared})")
    known = json.loads(file.read_text())
    case, expected = (known[key]["long_fixed100_next_open"] for key in ("cases", "metrics"))
    summary = summarize(daily(case["equity"]), days_per_year=252)
    for name, key, factor in [
        ("sharpe_ratio", "sharpe", 1), ("sortino_ratio", "sortino", 1), ("max_drawdown", "max_dd", 100),
        ("cagr", "cagr", 100), ("volatility", "vol", 100), ("calmar_ratio", "calmar", 1),
        ("value_at_risk_95", "var95", 100), ("conditional_value_at_risk_95", "cvar95", 100),
        ("omega_ratio", "omega", 1), ("tail_ratio", "tail", 1), ("skew", "skew", 1), ("kurtosis", "kurt", 1),
    ]:  # fmt: skip
        assert summary[name] == pytest.approx(factor * expected[key], rel=1e-9), name
