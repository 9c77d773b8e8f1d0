"""How well probabilities foretell what happened."""

import math

import numpy as np

from openbell.analytics.returns import Floats
from openbell.domain.model import Score

_CERTAIN = 1e-15


def score_of(labels: Floats, probabilities: Floats) -> Score:
    """Return the usual measures of a binary forecast; labels are 0 or 1 and there is at least one."""
    truth = labels > 0
    chance = np.clip(probabilities, _CERTAIN, 1.0 - _CERTAIN)
    return Score(
        rows=int(labels.size),
        base_rate=float(truth.mean()),
        accuracy=float(np.mean((probabilities > 0.5) == truth)),
        auc=area_under_curve(truth.astype(np.float64), probabilities),
        log_loss=-math.fsum(np.where(truth, np.log(chance), np.log1p(-chance)).tolist()) / labels.size,
    )


def area_under_curve(labels: Floats, probabilities: Floats) -> float | None:
    """Return the area under the ROC curve as the Mann-Whitney statistic, ties counting half; None for one class."""
    positives = int(labels.sum())
    negatives = labels.size - positives
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    return float((ranks[labels > 0].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))
