"""Training of boosted trees with XGBoost (ports.Learner); it comes with the extra `ml`."""

import importlib
from typing import Any

import msgspec
import numpy as np

from openbell.domain.study import Training
from openbell.ports import RunFailed

MISSING = "training needs XGBoost: install the extra, pip install 'openbell[ml]'"
SAMPLED_PART = 0.8
"""Part of the rows each tree sees: trees that differ make a steadier sum."""
CHILD_WEIGHT_MIN = 5.0
"""Least weight of a leaf, which keeps single bars from having one of their own."""


class XGBoostLearner:
    """Trains on one thread, so that the same data and seed give the same trees."""

    def __init__(self) -> None:
        try:
            self._xgboost: Any = importlib.import_module("xgboost")
        except ImportError as missing:
            raise RunFailed(MISSING) from missing

    @property
    def name(self) -> str:
        """Library and version."""
        return f"xgboost {self._xgboost.__version__}"

    def fit(self, rows: np.ndarray, *, labels: np.ndarray, training: Training, seed: int) -> dict[str, Any]:
        """Train and give the trees in XGBoost's own JSON."""
        data = self._xgboost.DMatrix(rows, label=labels, feature_names=list(training.features), nthread=1)
        settings = {
            "objective": "binary:logistic",
            "max_depth": training.depth,
            "eta": training.learning_rate,
            "subsample": SAMPLED_PART,
            "min_child_weight": CHILD_WEIGHT_MIN,
            "seed": seed % 2**31,
            "nthread": 1,
            "tree_method": "hist",
            "verbosity": 0,
        }
        booster = self._xgboost.train(settings, data, num_boost_round=training.trees)
        document: dict[str, Any] = msgspec.json.decode(bytes(booster.save_raw("json")))
        return document
