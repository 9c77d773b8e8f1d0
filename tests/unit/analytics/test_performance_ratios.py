"""Ratios beside empyrical on random series, and where they have no value."""

import empyrical
import numpy as np
import pandas as pd
import pytest

from openbell.analytics import benchmark, distribution, ratios, returns, trade_statistics
from openbell.analytics.drawdown import max_drawdown


def sample(seed, *, size=500):
    return np.random.default_rng(seed).standard_t(4, size) * 0.01 + 0.0004


PAIRS = [
    (ratios.sharpe, empyrical.sharpe_ratio),
    (ratios.sortino, empyrical.sortino_ratio),
    (ratios.volatility, empyrical.annual_volatility),
    (ratios.downside_risk, empyrical.downside_risk),
    (ratios.omega, empyrical.omega_ratio),
    (distribution.tail_ratio, empyrical.tail_ratio),
    (distribution.stability, empyrical.stability_of_timeseries),
    (distribution.value_at_risk, empyrical.value_at_risk),
    (distribution.conditional_value_at_risk, empyrical.conditional_value_at_risk),
]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("ours", "oracle"), PAIRS, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_a_ratio_is_empyricals(ours, oracle, seed):
    values = sample(seed)
    assert ours(values) == pytest.approx(oracle(pd.Series(values)), abs=1e-9, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_growth_drawdown_and_calmar_are_empyricals(seed):
    values = sample(seed)
    path = np.concatenate(([1.0], 1.0 + returns.cumulative_returns(values)))
    growth = returns.cagr(float(path[-1]), periods=values.size, periods_per_year=252)
    assert growth == pytest.approx(empyrical.cagr(values), abs=1e-9)
    assert max_drawdown(path) == pytest.approx(empyrical.max_drawdown(values), abs=1e-9)
    calmar = ratios.calmar(growth, max_drawdown=max_drawdown(path))
    assert calmar == pytest.approx(empyrical.calmar_ratio(values), rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_benchmark_figures_are_empyricals(seed):
    theirs = sample(seed)
    ours = 0.6 * theirs + sample(seed + 100)
    alpha, beta = empyrical.alpha_beta(ours, theirs)
    assert benchmark.beta(ours, benchmark=theirs) == pytest.approx(beta, abs=1e-9)
    assert benchmark.alpha(ours, benchmark=theirs) == pytest.approx(alpha, abs=1e-9)
    assert benchmark.correlation(ours, benchmark=theirs) == pytest.approx(np.corrcoef(ours, theirs)[0, 1])
    assert benchmark.information_ratio(ours, benchmark=theirs) == pytest.approx(
        np.sqrt(252) * np.mean(ours - theirs) / np.std(ours - theirs, ddof=1)
    )


@pytest.mark.parametrize("seed", range(5))
def test_moments_are_the_population_ones(seed):
    values = sample(seed)
    z = (values - values.mean()) / values.std()
    assert distribution.skew(values) == pytest.approx(np.mean(z**3), abs=1e-9)
    assert distribution.kurtosis(values) == pytest.approx(np.mean(z**4) - 3, abs=1e-9)


@pytest.mark.parametrize("statistic", [ours for ours, _ in PAIRS] + [distribution.skew, distribution.kurtosis])
@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_nothing_observed_has_no_statistic(statistic, values):
    assert statistic(values) is None


def test_a_constant_return_has_no_sharpe_skew_or_beta():
    values = [0.1 / 3] * 7
    assert ratios.sharpe(values) is None
    assert distribution.skew(values) is None
    assert benchmark.beta(values, benchmark=values) is None


def test_without_a_loss_sortino_omega_calmar_and_profit_factor_have_no_value():
    gains = [0.01, 0.02, 0.015]
    assert ratios.sortino(gains) is None
    assert ratios.omega(gains) is None
    assert ratios.calmar(0.3, max_drawdown=0.0) is None
    assert trade_statistics.profit_factor([5, 6]) is None
    assert trade_statistics.payoff_ratio([5, 6]) is None


def test_trade_statistics_of_a_known_list():
    profits = [100.0, -50.0, 0.0, 200.0, -50.0]
    assert trade_statistics.win_rate(profits) == 0.4
    assert trade_statistics.profit_factor(profits) == 3.0
    assert trade_statistics.payoff_ratio(profits) == 3.0
    assert trade_statistics.expectancy(profits) == 40.0
    # mean 40, sample deviation sqrt(47000 / 4), n = 5
    assert trade_statistics.sqn(profits) == pytest.approx(np.sqrt(5) * 40 / np.sqrt(47000 / 4))


def test_no_trades_have_no_statistics_but_a_profit_of_zero():
    for statistic in (
        trade_statistics.win_rate,
        trade_statistics.profit_factor,
        trade_statistics.expectancy,
        trade_statistics.sqn,
    ):
        assert statistic([]) is None
    assert trade_statistics.gross_profit([]) == 0


def test_only_days_that_both_series_have_are_compared():
    day = returns.NS_PER_DAY
    ours = [(0, 100.0), (day, 110.0), (2 * day, 99.0), (3 * day, 120.0)]
    theirs = [(0, 10.0), (2 * day, 12.0), (3 * day, 12.0), (4 * day, 15.0)]
    mine, other = benchmark.aligned_daily_returns(ours, benchmark=theirs)
    assert mine == pytest.approx([-0.01, 120 / 99 - 1])
    assert other == pytest.approx([0.2, 0.0])
