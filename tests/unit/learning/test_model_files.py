"""Models as files: an id from outside finds a model or nothing, and a list holds no trees in memory."""

import tracemalloc

import msgspec
import pytest

from openbell.adapters.models import WITH_TREES_MAX, FileModels
from openbell.domain.market import Timeframe
from openbell.domain.model import Fold, Model, Score, named
from openbell.domain.study import Training

SCORE = Score(rows=1, base_rate=0.5, accuracy=0.5, auc=None, log_loss=0.7)


def model(number, *, name="m", leaves=1):
    trees = {"leaves": [number + part / 7 for part in range(leaves)]}
    fold = Fold(from_ns=1, trained_from_ns=0, trained_to_ns=0, rows=1, score=None, booster=trees)
    return named(
        Model(
            model_id="",
            name=name,
            training=Training(name=name),
            seed=number,
            dataset_id="d",
            data_digest="0",
            symbol="S",
            timeframe=Timeframe.D1,
            start_ns=0,
            end_ns=1,
            bars=1,
            score=SCORE,
            importance={},
            folds=(fold,),
            learner="none",
        )
    )


@pytest.mark.parametrize("extra", [".", "/", "é", " ", "\0", "x" * 5_000])
def test_an_id_that_is_only_like_one_finds_nothing(tmp_path, extra):
    models, one = FileModels(tmp_path), model(1)
    models.save(one)
    assert models.model(one.model_id + extra) is None
    assert models.model(one.model_id) is not None


def test_a_list_of_models_keeps_no_trees(tmp_path):
    models = FileModels(tmp_path)
    for number in range(3 * WITH_TREES_MAX):
        models.save(model(number, leaves=2_000))
    tracemalloc.start()
    try:
        assert len(models.models()) == 3 * WITH_TREES_MAX
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 3 * WITH_TREES_MAX * 2_000 * 8


def test_only_the_models_used_last_are_kept_with_their_trees(tmp_path):
    models = FileModels(tmp_path)
    first, *others = [model(number) for number in range(WITH_TREES_MAX + 1)]
    for one in (first, *others):
        models.save(one)
    kept = models.model(first.model_id)
    assert models.model(first.model_id) is kept
    for one in others:
        models.model(one.model_id)
    again = models.model(first.model_id)
    assert again is not kept
    assert again == kept


def test_a_changed_file_hides_no_other_model(tmp_path):
    models, good, bad = FileModels(tmp_path), model(1), model(2)
    for one in (good, bad):
        models.save(one)
    path = tmp_path / "models" / f"{bad.model_id}.json"
    path.write_bytes(path.read_bytes().replace(b'"bars":1', b'"bars":2'))
    (tmp_path / "models" / "m-half.json").write_bytes(b'{"model_id":')
    assert [one.model_id for one in models.models()] == [good.model_id]
    with pytest.raises(ValueError, match="was changed"):
        models.model(bad.model_id)


def test_a_name_that_is_no_name_of_a_file_is_not_kept(tmp_path):
    odd = model(1, name="two words")
    with pytest.raises(ValueError, match="two words"):
        FileModels(tmp_path).save(odd)
    assert msgspec.structs.replace(odd, name="m") not in FileModels(tmp_path).models()
