"""How much of a result was luck: deflated Sharpe ratio, probability of overfitting, and trades drawn anew."""

from openbell.analytics.robustness.deflated import deflated_sharpe, expected_best_sharpe, probabilistic_sharpe
from openbell.analytics.robustness.monte_carlo import Band, Drawn, Spread, bootstrapped, shuffled
from openbell.analytics.robustness.overfitting import BlockSums, Overfitting, block_sums, overfitting_probability

__all__ = [
    "Band",
    "BlockSums",
    "Drawn",
    "Overfitting",
    "Spread",
    "block_sums",
    "bootstrapped",
    "deflated_sharpe",
    "expected_best_sharpe",
    "overfitting_probability",
    "probabilistic_sharpe",
    "shuffled",
]
