"""E4: every metric against independent libraries where conventions agree, to 1e-9, and by hand where they do not."""

import math
import warnings
from statistics import NormalDist

import empyrical
import numpy as np
import pandas as pd
import pytest

from openbell.analytics.metrics import BY_NAME, METRICS
from openbell.analytics.returns import NS_PER_DAY
from openbell.analytics.summary import summarize

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it draws with is not ours to mend
    quantstats = pytest.importorskip("quantstats", reason="quantstats, a test-only second opinion, is not installed")

START = 1_104_537_600_000_000_000  # 2005-01-01
P = 252


@pytest.fixture(scope="module", params=[1, 2, 3], ids="seed{}".format)
def case(request):
    """Daily equity and benchmark of 900 days from random returns, and the metrics of them."""
    chance = np.random.default_rng(request.param)
    theirs = chance.normal(0.0003, 0.011, 900)
    ours = 0.6 * theirs + chance.normal(0.0004, 0.008, 900)
    series = [
        [(START + i * NS_PER_DAY, float(v)) for i, v in enumerate(np.cumprod(np.append(100.0, 1 + r)))]
        for r in (ours, theirs)
    ]
    made = summarize(series[0], benchmark=series[1], days_per_year=P)
    index = pd.date_range("2005-01-02", periods=900)
    return made, pd.Series(ours, index), pd.Series(theirs, index)


def fractions(made, *names):
    return [made[name] / 100 if BY_NAME[name].unit == "percent" else made[name] for name in names]


def test_e4_metrics_equal_empyricals(case):
    made, r, b = case
    alpha, beta = empyrical.alpha_beta(r, b)
    known = {
        "total_return": empyrical.cum_returns_final(r),
        "cagr": empyrical.annual_return(r),
        "volatility": empyrical.annual_volatility(r),
        "sharpe_ratio": empyrical.sharpe_ratio(r),
        "sortino_ratio": empyrical.sortino_ratio(r),
        "downside_risk": empyrical.downside_risk(r),
        "max_drawdown": empyrical.max_drawdown(r),
        "calmar_ratio": empyrical.calmar_ratio(r),
        "omega_ratio": empyrical.omega_ratio(r),
        "tail_ratio": empyrical.tail_ratio(r),
        "stability": empyrical.stability_of_timeseries(r),
        "value_at_risk_95": empyrical.value_at_risk(r),
        "value_at_risk_99": empyrical.value_at_risk(r, cutoff=0.01),
        "conditional_value_at_risk_95": r[r <= np.percentile(r, 5)].mean(),
        "alpha": alpha,
        "beta": beta,
        "up_capture": empyrical.up_capture(r, b),
        "down_capture": empyrical.down_capture(r, b),
        "capture_ratio": empyrical.up_down_capture(r, b),
        "information_ratio": empyrical.excess_sharpe(r, b) * math.sqrt(P),
        "batting_average": empyrical.batting_average(r, b)["batting average"],
    }
    for name, value in known.items():
        assert fractions(made, name)[0] == pytest.approx(value, rel=1e-9, abs=1e-9), name


def test_e4_metrics_equal_quantstats(case):
    made, r, b = case
    known = {
        "total_return": quantstats.stats.comp(r),
        "cagr": quantstats.stats.cagr(r),
        "calmar_ratio": quantstats.stats.calmar(r),
        "volatility": quantstats.stats.volatility(r, prepare_returns=False),
        "sharpe_ratio": quantstats.stats.sharpe(r),
        "sortino_ratio": quantstats.stats.sortino(r),
        "max_drawdown": quantstats.stats.max_drawdown(r),
        "omega_ratio": quantstats.stats.omega(r),
        "gain_to_pain_ratio": quantstats.stats.gain_to_pain_ratio(r),
        "tail_ratio": quantstats.stats.tail_ratio(r),
        "parametric_value_at_risk_95": quantstats.stats.value_at_risk(r),
        "beta": quantstats.stats.greeks(r, b)["beta"],
        "r_squared": quantstats.stats.r_squared(r, b),
        "information_ratio": quantstats.stats.information_ratio(r, b) * math.sqrt(P),
    }
    for name, value in known.items():
        assert fractions(made, name)[0] == pytest.approx(value, rel=1e-9, abs=1e-9), name


def test_e4_differences_to_quantstats_are_the_stated_ones(case):
    made, r, _ = case
    n = len(r)
    assert made["ulcer_index"] / 100 == pytest.approx(
        quantstats.stats.ulcer_index(r) * math.sqrt((n - 1) / (n + 1)), rel=1e-9
    )
    assert made["skew"] == pytest.approx(quantstats.stats.skew(r) * (n - 2) / math.sqrt(n * (n - 1)), rel=1e-9)


def test_e4_composed_metrics_are_what_their_formula_says(case):
    made, r, b = case
    ratio, n = r.mean() / r.std(), len(r)
    g3, g4 = made["skew"], made["kurtosis"] + 3
    spread = math.sqrt(1 - g3 * ratio + (g4 - 1) / 4 * ratio**2)
    known = {
        "average_annual_return": 100 * P * r.mean(),
        "probabilistic_sharpe_ratio": NormalDist().cdf(ratio * math.sqrt(n - 1) / spread),
        "ulcer_performance_index": made["cagr"] / made["ulcer_index"],
        "recovery_factor": -made["total_return"] / made["max_drawdown"],
        "common_sense_ratio": made["omega_ratio"] * made["tail_ratio"],
        "treynor_ratio": made["cagr"] / 100 / made["beta"],
        "tracking_error": 100 * (r - b).std() * math.sqrt(P),
        "correlation": r.corr(b),
        "excess_return": made["total_return"] - made["benchmark_return"],
    }
    for name, value in known.items():
        assert made[name] == pytest.approx(value, rel=1e-9), name


def test_e4_there_are_forty_metrics_and_more_each_with_its_formula():
    assert len(METRICS) >= 70
    for metric in METRICS:
        assert all((metric.label, metric.formula, metric.annualisation, metric.source, metric.meaning)), metric.name
