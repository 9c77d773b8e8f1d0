"""Training of a model: features and labels from bars, boosters walk-forward, and what they foretold unseen."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from openbell import __version__
from openbell.analytics.learning import (
    BoostedTrees,
    Split,
    TooFewRows,
    UnknownFeature,
    feature_columns,
    importance_of,
    label_reach,
    purged_walk_forward,
    rises,
    score_of,
)
from openbell.analytics.learning.features import Columns, FeatureSet
from openbell.analytics.returns import Floats
from openbell.domain.model import Fold, Model, Score, named
from openbell.domain.study import Training
from openbell.domain.values import SCALE
from openbell.ports import BarColumns, Learner, RunFailed
from openbell.runtime.jobs import Prepared


class Lesson(msgspec.Struct, frozen=True):
    """What there is to learn from: a row a bar, with its label."""

    rows: Floats
    labels: Floats
    """1, 0, or NaN where the future is not known."""
    first: int
    """First row with all its features."""


def lesson_of(bars: BarColumns, training: Training) -> Lesson:
    """Make features and labels. Raises RunFailed for an unknown feature."""
    try:
        quiet = FeatureSet(training.features).warm_up_bars
        rows = feature_columns(training.features, _floats(bars))
    except UnknownFeature as problem:
        raise RunFailed(str(problem)) from problem
    opens = bars.open.astype(np.float64) / SCALE
    labels = rises(opens, horizon=training.horizon, least_return=training.least_return)
    return Lesson(rows, labels, quiet - 1)


def train(
    prepared: Prepared, training: Training, *, learner: Learner, on_part: Callable[[float], None] | None = None
) -> Model:
    """Train boosters one after the other, each on everything before what it is used on. Raises RunFailed."""
    lesson = lesson_of(prepared.bars, training)
    splits = _splits(lesson, training)
    foretold = np.full(len(prepared.bars.ts_ns), np.nan)
    folds: list[Fold] = []
    for split in splits:
        booster = _fit(learner, lesson, split, training, prepared.request.seed)
        used = slice(split.use_first, split.use_last)
        foretold[used] = BoostedTrees(booster).probabilities(lesson.rows[used])
        folds.append(_fold(prepared, split, training, booster, _score(lesson.labels[used], foretold[used])))
        if on_part is not None:
            on_part(len(folds) / len(splits))
    score = _score(lesson.labels, foretold)
    if score is None:
        raise RunFailed("no label lies within the folds: take more data or a shorter horizon")
    return named(_model(prepared, training, folds, score, learner.name))


def model_document(model: Model) -> dict[str, Any]:
    """Describe a model without its trees."""
    document: dict[str, Any] = msgspec.to_builtins(model)
    for fold in document["folds"]:
        del fold["booster"]
    return {"type": "training", **document}


def _splits(lesson: Lesson, training: Training) -> list[Split]:
    """Give the walk-forward splits and, after them, one on everything, whose bars are yet to come."""
    count, reach = len(lesson.rows), label_reach(training.horizon)
    try:
        splits = purged_walk_forward(
            lesson.first, last=count, folds=training.folds, reach=reach, embargo=training.embargo
        )
    except TooFewRows as problem:
        raise RunFailed(str(problem)) from problem
    return [*splits, Split(lesson.first, count - reach, count, count)]


def _fit(learner: Learner, lesson: Lesson, split: Split, training: Training, seed: int) -> dict[str, Any]:
    rows, labels = (column[split.train_first : split.train_last] for column in (lesson.rows, lesson.labels))
    if len(np.unique(labels)) < 2:
        raise RunFailed("all bars of a fold have the same label: there is nothing to tell apart; change least_return")
    return learner.fit(rows, labels=labels, training=training, seed=seed)


def _score(labels: Floats, foretold: Floats) -> Score | None:
    """Judge what was foretold of labels that are known; None when there are none."""
    judged = ~np.isnan(foretold) & ~np.isnan(labels)
    return score_of(labels[judged], foretold[judged]) if judged.any() else None


def _fold(prepared: Prepared, split: Split, training: Training, booster: dict[str, Any], score: Score | None) -> Fold:
    opens_ns = prepared.bars.ts_ns
    is_last = split.use_first == len(opens_ns)
    return Fold(
        from_ns=_end_ns(prepared) if is_last else int(opens_ns[split.use_first]),
        trained_from_ns=int(opens_ns[split.train_first]),
        trained_to_ns=int(opens_ns[split.train_last - 1 + label_reach(training.horizon)]),
        rows=split.train_last - split.train_first,
        score=score,
        booster=booster,
    )


def _model(prepared: Prepared, training: Training, folds: list[Fold], score: Score, learner: str) -> Model:
    request, dataset = prepared.request, prepared.dataset
    return Model(
        model_id="",
        name=training.name or "model",
        training=training,
        seed=request.seed,
        dataset_id=dataset.dataset_id,
        data_digest=dataset.digest,
        symbol=request.symbol,
        timeframe=request.timeframe,
        start_ns=int(prepared.bars.ts_ns[0]),
        end_ns=_end_ns(prepared),
        bars=len(prepared.bars.ts_ns),
        score=score,
        importance=importance_of(folds[-1].booster, names=training.features),
        folds=tuple(folds),
        learner=f"{learner}, openbell {__version__}",
    )


def _end_ns(prepared: Prepared) -> int:
    return int(prepared.bars.ts_ns[-1]) + prepared.request.timeframe.length_ns


def _floats(bars: BarColumns) -> Columns:
    columns = (bars.high, bars.low, bars.close, bars.volume)
    return Columns(*(column.astype(np.float64) / SCALE for column in columns))
