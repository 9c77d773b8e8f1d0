"""Performance metrics against published examples: facts, their source beside them."""

import numpy as np
import pytest

from openbell.analytics import ratios, returns
from openbell.analytics.drawdown import max_drawdown
from openbell.analytics.trade_statistics import profit_factor

# empyrical-reloaded 0.7.1, tests/test_stats.py and tests/conftest.py.
MIXED = [np.nan, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1]
NEGATIVE = [0.0, -0.06, -0.07, -0.01, -0.09, -0.02, -0.06, -0.08, -0.05]
SORTINO_SAMPLE = [
    -0.00171614, 0.01322056, 0.03063862, -0.01422057, -0.00489779, 0.01268925, -0.03357711, 0.01797036,
]  # fmt: skip


def wealth(of):
    return np.concatenate(([1.0], 1.0 + returns.cumulative_returns(of)))


def test_mixed_returns_have_empyricals_ratios():
    assert ratios.sharpe(MIXED) == pytest.approx(1.7238613961706866, abs=1e-8)
    assert ratios.sortino(MIXED) == pytest.approx(2.605531251673693, abs=1e-8)
    assert ratios.volatility(MIXED) == pytest.approx(0.9136465399704637, abs=1e-8)
    assert ratios.omega(MIXED, required_annual=10.0) == pytest.approx(0.8335426349755793, abs=1e-8)


def test_mixed_returns_have_empyricals_growth_drawdown_and_calmar():
    # Their annual return counts the missing first day as a period.
    path = wealth(MIXED)
    growth = returns.cagr(float(path[-1]), periods=9, periods_per_year=252)
    assert growth == pytest.approx(1.9135925373194231, abs=1e-8)
    assert max_drawdown(path) == pytest.approx(-0.1, abs=1e-8)
    assert ratios.calmar(growth, max_drawdown=max_drawdown(path)) == pytest.approx(19.135925373194233, abs=1e-8)


def test_losing_every_day_has_empyricals_drawdown_and_ratios():
    assert max_drawdown(wealth(NEGATIVE)) == pytest.approx(-0.3659073, abs=1e-8)
    assert ratios.sharpe(NEGATIVE) == pytest.approx(-24.406808633910085, abs=1e-8)
    assert ratios.sortino(NEGATIVE) == pytest.approx(-13.532743075043401, abs=1e-8)


def test_sortino_of_a_plain_sample_is_empyricals():
    assert ratios.sortino(SORTINO_SAMPLE) == pytest.approx(3.0639640966566306, abs=1e-8)


@pytest.mark.parametrize(
    ("equity", "percent"),
    [
        # Investopedia's example, by way of trading.live.
        ([500_000, 750_000, 400_000, 600_000, 350_000, 800_000], -53.33),
        # ycharts.com/glossary/terms/max_drawdown.
        ([100_000, 150_000, 90_000, 120_000, 80_000, 200_000], -46.67),
    ],
)
def test_max_drawdown_runs_from_the_highest_peak_to_the_lowest_trough_after_it(equity, percent):
    depth = max_drawdown(equity)
    assert depth is not None
    assert 100 * depth == pytest.approx(percent, abs=0.005)


@pytest.mark.parametrize(
    ("reward", "risk", "risk_free", "expected", "tolerance"),
    [
        # Sortino: investopedia.com/terms/s/sortinoratio.asp, funds X and Z.
        (0.12, 0.10, 0.025, 0.95, 0.005),
        (0.10, 0.07, 0.025, 1.07, 0.005),
        # Sharpe: fastercapital.com, two funds.
        (0.12, 0.20, 0.03, 0.45, 1e-9),
        (0.06, 0.08, 0.03, 0.375, 1e-9),
    ],
)
def test_reward_to_risk_of_published_funds(reward, risk, risk_free, expected, tolerance):
    ratio = ratios.reward_to_risk(reward, risk=risk, risk_free=risk_free)
    assert ratio == pytest.approx(expected, abs=tolerance)


def test_profit_factor_of_6000_won_and_3000_lost_is_2():
    # stylishfont.tk, trading-profit-factor-formula.
    assert profit_factor([4000, 2000, -3000]) == pytest.approx(2.0, abs=1e-9)
