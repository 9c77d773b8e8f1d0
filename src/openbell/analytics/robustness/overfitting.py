"""Probability of backtest overfitting by combinatorially symmetric cross-validation (CSCV).

Source: Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting" (2015). Time is cut into
an even number of blocks; for every choice of half of them, the trial that is best there is looked up in the other
half. How often it lands in the worse half of all trials is the probability.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openbell.analytics.returns import Floats

BLOCKS = 16
_CHOICES_AT_A_TIME = 256
_VARIANCE_MIN = 1e-18


class BlockSums(NamedTuple):
    """All that is needed of a trial's returns: in each block their count, sum and sum of squares."""

    counts: Floats
    sums: Floats
    squares: Floats


class Overfitting(NamedTuple):
    """The probability, and the logit of each choice: ln(w / (1 − w)) of the rank w of the chosen trial elsewhere."""

    probability: float
    logits: Floats


def block_sums(returns: ArrayLike, *, blocks: int = BLOCKS) -> BlockSums:
    """Return what the probability needs of a trial's returns."""
    parts = np.array_split(np.asarray(returns, dtype=np.float64), blocks)
    return BlockSums(
        np.array([float(part.size) for part in parts]),
        np.array([float(part.sum()) for part in parts]),
        np.array([float(np.dot(part, part)) for part in parts]),
    )


def overfitting_probability(trials: Sequence[BlockSums]) -> Overfitting | None:
    """Return how likely the best trial is to be below the median out of sample; None below two trials.

    Trials are ranked by Sharpe ratio. All must have been cut into the same even number of blocks.
    """
    if len(trials) < 2:
        return None
    blocks = len(trials[0].counts)
    sums = np.array([trial.sums for trial in trials]).T
    squares = np.array([trial.squares for trial in trials]).T
    counts = np.array([trial.counts for trial in trials]).T
    picks = list(combinations(range(blocks), blocks // 2))
    chosen = np.zeros((len(picks), blocks), dtype=bool)
    np.put_along_axis(chosen, np.array(picks), values=True, axis=1)
    logits: list[Floats] = []
    for start in range(0, len(picks), _CHOICES_AT_A_TIME):
        inside = chosen[start : start + _CHOICES_AT_A_TIME]
        ins = _sharpes(inside, counts, sums, squares)
        outs = _sharpes(~inside, counts, sums, squares)
        best = ins.argmax(axis=1)
        there = np.take_along_axis(outs, best[:, None], axis=1)
        below = (outs < there).sum(axis=1) + 0.5 * ((outs == there).sum(axis=1) - 1)
        rank = (below + 1.0) / (len(trials) + 1.0)
        logits.append(np.log(rank / (1.0 - rank)))
    every = np.concatenate(logits)
    return Overfitting(float(np.mean(every <= 0)), every)


def _sharpes(chosen: NDArray[np.bool_], counts: Floats, sums: Floats, squares: Floats) -> Floats:
    """Return the Sharpe ratio of each trial (columns) over each choice of blocks (rows); 0 without variance."""
    picked = chosen.astype(np.float64)
    count = picked @ counts
    mean = np.divide(picked @ sums, count, out=np.zeros_like(count), where=count > 0)
    variance = np.divide(picked @ squares, count, out=np.zeros_like(count), where=count > 0) - mean**2
    deviation = np.sqrt(np.maximum(variance, 0.0))
    return np.where(variance > _VARIANCE_MIN, mean / np.where(deviation > 0, deviation, 1.0), 0.0)
