"""A trained model: what it was trained on and how, how well it did on what it had not seen, and its trees."""

import hashlib
import re
from typing import Any

import msgspec

from openbell.domain.market import Timeframe
from openbell.domain.study import Training
from openbell.domain.values import Nanos

ID_DIGITS = 12
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
"""What a model may be called: its id, made of that, is the name of a file."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well probabilities foretold labels that were not trained on."""

    rows: int
    base_rate: float
    """Part of the labels that was true: what always saying yes would have hit."""
    accuracy: float
    """Part that was right at a threshold of a half."""
    auc: float | None
    """Probability that a true one got more than a false one; None when all labels are alike."""
    log_loss: float


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """One booster and when it may be used: its training ended, labels and embargo included, before `from_ns`."""

    from_ns: Nanos
    """First bar it is used on, by opening time; it is used until the next fold's."""
    trained_from_ns: Nanos
    trained_to_ns: Nanos
    """Opening time of the last bar that a label of its training reaches."""
    rows: int
    score: Score | None
    """On the bars it is used on; None for the last fold, whose bars are yet to come."""
    booster: dict[str, Any]
    """XGBoost's own JSON."""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Boosters trained walk-forward. The id names the contents: the same id is the same model."""

    model_id: str
    name: str
    training: Training
    seed: int
    dataset_id: str
    data_digest: str
    symbol: str
    timeframe: Timeframe
    start_ns: Nanos
    end_ns: Nanos
    """End of the last bar."""
    bars: int
    score: Score
    """Over all bars that were foretold by a booster that had not seen them."""
    importance: dict[str, float]
    """Gain of each feature's splits in the last fold, as a part of the gain of all."""
    folds: tuple[Fold, ...]
    learner: str
    """Library and version that trained it."""
    created_ns: Nanos = 0
    """When it was kept; no part of its contents."""

    @property
    def features(self) -> tuple[str, ...]:
        """What it looks at."""
        return self.training.features


def named(model: Model) -> Model:
    """Give a model its id: who trains the same on the same data comes to the same one, whenever that is."""
    bare = msgspec.structs.replace(model, model_id="", created_ns=0)
    digest = hashlib.sha256(msgspec.json.encode(bare, order="deterministic")).hexdigest()
    return msgspec.structs.replace(model, model_id=f"{model.name}-{digest[:ID_DIGITS]}")
