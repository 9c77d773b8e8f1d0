"""Luck, reckoned: against published numbers, against brute force, and against what must be so."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from openbell.analytics.robustness import (
    block_sums,
    bootstrapped,
    deflated_sharpe,
    expected_best_sharpe,
    overfitting_probability,
    probabilistic_sharpe,
    shuffled,
)

DRAWS = np.random.default_rng(11)
MATRIX = DRAWS.normal(0.0, 0.01, (400, 12))


def test_the_best_of_worthless_trials_is_as_good_as_published():
    # Bailey and López de Prado (2014): the expected maximum of N standard normals.
    assert expected_best_sharpe(1.0, trials=10) == pytest.approx(1.57, abs=0.01)
    assert expected_best_sharpe(1.0, trials=1_000) == pytest.approx(3.26, abs=0.01)
    simulated = np.random.default_rng(1).normal(size=(20_000, 100)).max(axis=1).mean()
    assert expected_best_sharpe(1.0, trials=100) == pytest.approx(simulated, abs=0.03)
    assert expected_best_sharpe(1.0, trials=1) == expected_best_sharpe(0.0, trials=9) == 0


def test_the_probabilistic_sharpe_is_the_formula_over_scipy_s_moments():
    sample = DRAWS.standard_t(5, 700) * 0.01 + 0.0006
    sharpe = sample.mean() / sample.std(ddof=1)
    spread = 1 - stats.skew(sample) * sharpe + (stats.kurtosis(sample, fisher=False) - 1) / 4 * sharpe**2
    expected = stats.norm.cdf((sharpe - 0.01) * np.sqrt(699) / np.sqrt(spread))
    assert probabilistic_sharpe(sample, threshold=0.01) == pytest.approx(expected, rel=1e-9)
    assert probabilistic_sharpe(np.zeros(9)) is None
    assert probabilistic_sharpe([0.1, 0.2]) is None


def test_deflating_counts_the_trials():
    sample = DRAWS.normal(0.001, 0.01, 500)
    few, many = ([*DRAWS.normal(0, 0.04, count)] for count in (3, 300))
    assert deflated_sharpe(sample, sharpes=many) < deflated_sharpe(sample, sharpes=few)
    assert deflated_sharpe(sample, sharpes=[0.1]) == probabilistic_sharpe(sample)


def brute_force(matrix, blocks):
    """The method as the paper tells it, choice by choice."""
    parts, logits = np.array_split(matrix, blocks), []
    for chosen in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[i] for i in chosen])
        outside = np.concatenate([parts[i] for i in range(blocks) if i not in chosen])
        best = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0)))
        ranks = stats.rankdata(outside.mean(axis=0) / outside.std(axis=0)) / (matrix.shape[1] + 1)
        logits.append(np.log(ranks[best] / (1 - ranks[best])))
    return logits


def test_the_probability_of_overfitting_is_that_of_brute_force():
    found = overfitting_probability([block_sums(column, blocks=6) for column in MATRIX.T])
    expected = brute_force(MATRIX, 6)
    assert sorted(found.logits) == pytest.approx(sorted(expected), rel=1e-9)
    assert found.probability == np.mean(np.array(expected) <= 0)


def test_skill_is_not_called_luck_and_luck_is_not_called_skill():
    skilled = MATRIX.copy()
    skilled[:, 3] += 0.01
    assert overfitting_probability([block_sums(column) for column in skilled.T]).probability < 0.01
    odds = [
        overfitting_probability([block_sums(column, blocks=8) for column in one.T]).probability
        for one in np.random.default_rng(2).normal(size=(40, 320, 10))
    ]
    assert 0.35 < np.mean(odds) < 0.65
    assert overfitting_probability([block_sums(MATRIX[:, 0])]) is None


def test_shuffling_keeps_the_end_and_covers_every_order():
    profits, cash = [30.0, -20.0, 10.0], 100.0
    drawn = shuffled(profits, cash=cash, samples=4_000, confidence=0.9, seed=3)
    assert drawn.final_equity.low == drawn.final_equity.high == 120
    falls = []
    for order in permutations(profits):
        equity = cash + np.concatenate([[0], np.cumsum(order)])
        falls.append((equity / np.maximum.accumulate(equity) - 1).min())
    assert drawn.max_drawdown.mean == pytest.approx(np.mean(falls), abs=0.003)
    assert [band.trade for band in drawn.bands] == [0, 1, 2, 3]


def test_the_bootstrap_spreads_as_the_sum_of_draws_does():
    profits = DRAWS.normal(5, 40, 60)
    drawn = bootstrapped(profits, cash=1_000.0, samples=20_000, confidence=0.95, seed=5)
    assert drawn.final_equity.mean == pytest.approx(1_000 + profits.sum(), rel=0.01)
    reach = 1.96 * profits.std() * np.sqrt(60)
    assert drawn.final_equity.high - drawn.final_equity.low == pytest.approx(2 * reach, rel=0.05)
    chance = stats.norm.cdf(-profits.sum() / (profits.std() * np.sqrt(60)))
    assert drawn.loss_probability == pytest.approx(chance, abs=0.02)


def test_ruin_is_counted_and_a_seed_gives_the_same_again():
    once = bootstrapped([-60.0, 80.0], cash=100.0, samples=4_000, confidence=0.9, seed=1)
    assert once.ruin_probability == pytest.approx(0.25, abs=0.03)
    assert once == bootstrapped([-60.0, 80.0], cash=100.0, samples=4_000, confidence=0.9, seed=1)
    assert bootstrapped([], cash=1.0, samples=10, confidence=0.9, seed=0) is None


@settings(max_examples=25)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.integers(1, 50))
def test_bands_are_in_order_and_begin_with_the_cash(profits, samples):
    for draw in (bootstrapped, shuffled):
        drawn = draw(profits, cash=1_000.0, samples=samples, confidence=0.8, seed=0)
        assert drawn.bands[0][1:] == (1_000, 1_000, 1_000)
        assert all(band.low <= band.median <= band.high for band in drawn.bands)
        assert -1.01 <= drawn.max_drawdown.low <= drawn.max_drawdown.high <= 0 or drawn.ruin_probability > 0
