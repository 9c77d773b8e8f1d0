"""Boosted trees evaluated without the library that trained them, and the figures about them."""

import json

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from openbell.adapters.learning.xgboost import XGBoostLearner
from openbell.analytics.learning import (
    BoostedTrees,
    TooFewRows,
    importance_of,
    label_reach,
    purged_walk_forward,
    rises,
    score_of,
)
from openbell.domain.study import Training

TRAINING = Training(features=("a", "b", "c"), trees=40, depth=4)


@pytest.fixture(scope="module")
def lesson():
    draws = np.random.default_rng(3)
    rows = draws.normal(size=(800, 3)) * [1, 50, 1e-4]
    labels = (rows[:, 0] + 0.02 * rows[:, 1] + draws.normal(size=800) > 0).astype(float)
    rows[draws.random(rows.shape) < 0.05] = np.nan
    return rows, labels


@pytest.fixture(scope="module")
def booster(lesson):
    return XGBoostLearner().fit(lesson[0], labels=lesson[1], training=TRAINING, seed=1)


def theirs(document):
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(document).encode()))
    return booster


def test_p16_our_probabilities_are_xgboost_s(lesson, booster):
    expected = theirs(booster).predict(xgboost.DMatrix(lesson[0], feature_names=["a", "b", "c"]))
    ours = BoostedTrees(booster).probabilities(lesson[0])
    assert np.abs(ours - expected).max() < 1e-6


def test_p16_the_importance_is_xgboost_s(booster):
    gains = theirs(booster).get_score(importance_type="total_gain")
    total = sum(gains.values())
    ours = importance_of(booster, names=TRAINING.features)
    assert ours == pytest.approx({name: gains.get(name, 0) / total for name in TRAINING.features}, rel=1e-5)
    assert ours["a"] > ours["c"]


def test_training_twice_gives_the_same_trees(lesson, booster):
    assert XGBoostLearner().fit(lesson[0], labels=lesson[1], training=TRAINING, seed=1) == booster
    assert XGBoostLearner().fit(lesson[0], labels=lesson[1], training=TRAINING, seed=2) != booster


def test_another_kind_of_model_is_refused(booster):
    other = json.loads(json.dumps(booster))
    other["learner"]["objective"]["name"] = "reg:squarederror"
    with pytest.raises(ValueError, match="binary:logistic"):
        BoostedTrees(other)


def test_the_scores_are_scikit_learn_s(lesson):
    draws = np.random.default_rng(5)
    chances = np.round(draws.random(800), 2)
    score = score_of(lesson[1], chances)
    assert score.auc == pytest.approx(metrics.roc_auc_score(lesson[1], chances), rel=1e-12)
    clipped = np.clip(chances, 1e-15, 1 - 1e-15)
    assert score.log_loss == pytest.approx(metrics.log_loss(lesson[1], clipped), rel=1e-12)
    assert score.accuracy == metrics.accuracy_score(lesson[1], chances > 0.5)
    assert score_of(np.ones(4), np.full(4, 0.6)).auc is None


def test_a_label_begins_at_the_next_open_and_ends_horizon_bars_later():
    opens = np.array([10.0, 10, 12, 11, 20, 9])
    labels = rises(opens, horizon=2, least_return=0.05)
    # bar 0: 10 → 11, bar 1: 12 → 20, bar 2: 11 → 9
    assert labels[:3].tolist() == [1, 1, 0]
    assert np.isnan(labels[3:]).all()


@given(st.integers(300, 2_000), st.integers(1, 8), st.integers(1, 20), st.integers(0, 20))
def test_p16_no_label_of_a_training_reaches_what_its_model_is_used_on(last, folds, horizon, embargo):
    reach = label_reach(horizon)
    try:
        splits = purged_walk_forward(33, last=last, folds=folds, reach=reach, embargo=embargo)
    except TooFewRows:
        return
    assert len(splits) == folds
    for split in splits:
        assert split.train_last - 1 + reach + embargo < split.use_first
        assert split.train_first == 33 < split.train_last
    assert [s.use_first for s in splits[1:]] == [s.use_last for s in splits[:-1]]
    assert splits[-1].use_last == last
