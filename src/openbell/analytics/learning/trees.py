"""Boosted trees as XGBoost writes them (JSON), evaluated here: trading needs no machine learning library.

Values are compared in single precision, as XGBoost does; a missing value (NaN) goes where the tree says.
Format: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from openbell.analytics.returns import Floats

_Node = tuple[int, float, int, int, bool]
"""Feature (−1 for a leaf), threshold or the leaf's value, left and right node, and whether a gap goes left."""


class BoostedTrees:
    """A binary classifier. Raises ValueError for a document of another kind."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        learner = document["learner"]
        if learner["objective"]["name"] != "binary:logistic" or learner["gradient_booster"]["name"] != "gbtree":
            raise ValueError("expected boosted trees with the objective binary:logistic")
        self._trees = [_nodes(tree) for tree in learner["gradient_booster"]["model"]["trees"]]
        base = float(str(learner["learner_model_param"]["base_score"]).strip("[]"))
        self._margin = math.log(base / (1.0 - base))

    def probability(self, features: Sequence[float]) -> float:
        """Return the probability of the positive class."""
        values = np.asarray(features, dtype=np.float32).tolist()
        margin = self._margin
        for nodes in self._trees:
            feature, number, left, right, gap_left = nodes[0]
            while feature >= 0:
                value = values[feature]
                is_left = gap_left if value != value else value < number  # noqa: PLR0124 - NaN differs from itself
                feature, number, left, right, gap_left = nodes[left if is_left else right]
            margin += number
        return 1.0 / (1.0 + math.exp(-margin)) if margin > -700 else 0.0

    def probabilities(self, rows: Floats) -> Floats:
        """Return the probability of each row."""
        return np.array([self.probability(row) for row in rows.tolist()])


def importance_of(document: Mapping[str, Any], *, names: Sequence[str]) -> dict[str, float]:
    """Return each feature's part of the gain of all splits; 0 for one that is never asked."""
    gains = dict.fromkeys(names, 0.0)
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        for feature, left, gain in zip(tree["split_indices"], tree["left_children"], tree["loss_changes"], strict=True):
            if left >= 0:
                gains[names[feature]] += gain
    total = math.fsum(gains.values())
    return {name: gain / total if total > 0 else 0.0 for name, gain in gains.items()}


def _nodes(tree: Mapping[str, Any]) -> list[_Node]:
    if any(tree["split_type"]):
        raise ValueError("categorical splits are not supported")
    thresholds = np.asarray(tree["split_conditions"], dtype=np.float32).tolist()
    return [
        (feature if left >= 0 else -1, number, left, right, bool(gap_left))
        for feature, number, left, right, gap_left in zip(
            tree["split_indices"],
            thresholds,
            tree["left_children"],
            tree["right_children"],
            tree["default_left"],
            strict=True,
        )
    ]
