"""A model is trained on what was before, and knows nothing of what comes after."""

import msgspec
import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.learning.xgboost import XGBoostLearner
from openbell.adapters.models import FileModels
from openbell.domain.model import named
from openbell.domain.run import BacktestRequest
from openbell.domain.study import Training
from openbell.domain.values import SCALE
from openbell.engine.strategy import InvalidParameters, validate_parameters
from openbell.ports import BarColumns, RunFailed
from openbell.runtime.backtest import play
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.training import train
from openbell.strategies import with_models

TRAINING = Training(name="m", folds=4, trees=15)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return FileModels(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, models):
    catalog = ParquetCatalog(str(tmp_path_factory.mktemp("catalog")))
    job = BacktestJob(lambda: catalog, lambda: with_models(models), instrument_of)
    return job.prepared(
        BacktestRequest(kind="xgboost_momentum", dataset_id="GOOG-1d", symbol="GOOG", initial_cash=100_000 * SCALE)
    )


@pytest.fixture(scope="module")
def model(prepared, models):
    one = train(prepared, TRAINING, learner=XGBoostLearner())
    models.save(one)
    return one


def with_another_future(bars, first):
    """The same bars up to one, and from there on others."""
    draws = np.random.default_rng(1)
    factor = np.exp(np.cumsum(draws.normal(0, 0.03, len(bars.ts_ns) - first)))

    def changed(prices):
        later = (prices[first:] * factor).astype(np.int64) // CENT * CENT
        return np.concatenate([prices[:first], later])

    return BarColumns(bars.ts_ns, *(changed(getattr(bars, name)) for name in PRICES), bars.volume)


CENT = SCALE // 100
PRICES = ("open", "high", "low", "close")


def played(prepared, models, model, bars):
    request = msgspec.structs.replace(
        prepared.request, parameters={"model": model.model_id, "signal_threshold": 0.55}, stop_loss_percent=2 * SCALE
    )
    return play(request, instrument=prepared.instrument, bars=bars, kinds=with_models(models))


def test_p16_each_booster_s_training_ends_before_it_is_used(model):
    for fold in model.folds[:-1]:
        assert fold.trained_to_ns < fold.from_ns
    assert [fold.from_ns for fold in model.folds] == sorted(fold.from_ns for fold in model.folds)
    assert model.folds[-1].from_ns == model.end_ns
    assert model.folds[-1].score is None


def test_p16_another_future_leaves_a_booster_as_it_is(prepared, model):
    place = prepared.bars.ts_ns.tolist().index(model.folds[2].from_ns)
    changed = msgspec.structs.replace(prepared, bars=with_another_future(prepared.bars, place))
    other = train(changed, TRAINING, learner=XGBoostLearner())
    assert [one.booster for one in other.folds[:3]] == [one.booster for one in model.folds[:3]]
    assert other.folds[3].booster != model.folds[3].booster
    assert other.model_id != model.model_id


def test_p16_another_future_leaves_the_orders_before_it_as_they_are(prepared, models, model):
    cut = 1_400
    past = played(prepared, models, model, prepared.bars).fills
    other = played(prepared, models, model, with_another_future(prepared.bars, cut)).fills
    until = int(prepared.bars.ts_ns[cut])
    before = [event.fill for event in past if event.fill.ts_ns < until]
    assert before == [event.fill for event in other if event.fill.ts_ns < until]
    assert len(before) > 20
    assert len(past) > len(before)


def test_p16_there_is_no_trade_before_the_first_booster(prepared, models, model):
    fills = played(prepared, models, model, prepared.bars).fills
    assert fills[0].fill.ts_ns > model.folds[0].from_ns


def test_p16_the_same_data_and_parameters_have_the_same_id_and_others_another(prepared, model):
    assert train(prepared, TRAINING, learner=XGBoostLearner()).model_id == model.model_id
    wider = msgspec.structs.replace(TRAINING, horizon=6)
    assert train(prepared, wider, learner=XGBoostLearner()).model_id != model.model_id


def test_p16_a_model_is_kept_as_json_and_a_changed_file_is_refused(tmp_path, model):
    FileModels(tmp_path).save(model)
    path = tmp_path / "models" / f"{model.model_id}.json"
    assert msgspec.json.decode(path.read_bytes())["data_digest"] == model.data_digest
    assert named(FileModels(tmp_path).model(model.model_id)).model_id == model.model_id
    path.write_bytes(path.read_bytes().replace(b'"bars":2148', b'"bars":2149'))
    with pytest.raises(ValueError, match="was changed"):
        FileModels(tmp_path).model(model.model_id)


def test_a_name_that_would_leave_the_folder_finds_nothing(models, model):
    assert models.model(f"../models/{model.model_id}") is None
    assert models.model("../../etc/passwd") is None


@pytest.mark.parametrize(
    ("training", "reason"),
    [
        (Training(features=("magic",)), "no feature"),
        (Training(horizon=500, folds=8), "bars to learn from"),
        (Training(least_return=50.0), "same label"),
    ],
)
def test_what_cannot_be_trained_says_why(prepared, training, reason):
    with pytest.raises(RunFailed, match=reason):
        train(prepared, training, learner=XGBoostLearner())


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"model": "none"}, "model"),
        ({"features": "rsi_14"}, "features"),
        ({"signal_threshold": 0.4, "exit_threshold": 0.5}, "exit_threshold"),
    ],
)
def test_a_configuration_that_does_not_fit_its_model_is_refused(models, model, given, name):
    kind = with_models(models)["xgboost_momentum"]
    with pytest.raises(InvalidParameters) as refused:
        validate_parameters(kind, {"model": model.model_id} | given)
    assert [one for one, _ in refused.value.problems] == [name]
