"""Models: /v1/models. What was trained, on what, and how well it foretold what it had not seen.

A model is trained by a run: POST /v1/runs with a study of type training.
"""

from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from openbell.api.deps import Deps, Reader
from openbell.api.errors import not_found
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer, CountMeta, figure_text
from openbell.api.values import DecimalText, timestamp
from openbell.domain.model import Fold, Model, Score

router: APIRouter = Router(prefix="/v1/models", tag="models")


class ScoreData(Answer):
    """How well probabilities foretold labels that were not trained on."""

    rows: int
    base_rate: DecimalText = Field(description="Part of the labels that was true.")
    accuracy: DecimalText
    auc: DecimalText | None = Field(description="0.5 is chance; null when all labels are alike.")
    log_loss: DecimalText


class FoldData(Answer):
    """One booster, and when it is used."""

    used_from: str
    trained_from: str
    trained_to: str
    rows: int
    score: ScoreData | None = Field(description="Null for the last one, whose bars are yet to come.")


class ModelRow(Answer):
    """A model in a list."""

    model_id: str = Field(description="Names the contents: the same id is the same model.")
    name: str
    model_type: str = Field(examples=["xgboost"])
    features: list[str]
    symbol: str
    dataset_id: str
    timeframe: str
    start_date: str
    end_date: str
    score: ScoreData
    created_at: str


class ModelData(ModelRow):
    """A model with how it was trained."""

    horizon: int = Field(description="Bars ahead that are foretold.")
    least_return: DecimalText
    embargo: int
    trees: int
    depth: int
    learning_rate: DecimalText
    seed: int
    bars: int
    data_digest: str
    learner: str
    importance: dict[str, DecimalText] = Field(description="Each feature's part of the gain of all splits.")
    folds: list[FoldData]


class ModelsAnswer(Answer):
    """All models, newest first."""

    data: list[ModelRow]
    meta: CountMeta


class ModelAnswer(Answer):
    """One model."""

    data: ModelData


@router.get("")
async def list_models(services: Deps, _: Reader) -> ModelsAnswer:
    """List trained models, newest first."""
    models = await run_in_threadpool(services.models.list)
    return ModelsAnswer(
        data=[ModelRow.model_validate(_row(model)) for model in models], meta=CountMeta(total_count=len(models))
    )


@router.get("/{model_id}")
async def get_model(model_id: str, services: Deps, _: Reader) -> ModelAnswer:
    """Give a model with how it was trained and how well each part of it did."""
    model = await run_in_threadpool(services.models.get, model_id)
    if model is None:
        raise not_found("model", model_id)
    return ModelAnswer(data=_model(model))


def _row(model: Model) -> dict[str, Any]:
    return {
        "model_id": model.model_id,
        "name": model.name,
        "model_type": "xgboost",
        "features": list(model.features),
        "symbol": model.symbol,
        "dataset_id": model.dataset_id,
        "timeframe": model.timeframe.value,
        "start_date": timestamp(model.start_ns),
        "end_date": timestamp(model.end_ns),
        "score": _score(model.score),
        "created_at": timestamp(model.created_ns),
    }


def _model(model: Model) -> ModelData:
    training = model.training
    return ModelData(
        **_row(model),
        horizon=training.horizon,
        least_return=figure_text(training.least_return, places=6),
        embargo=training.embargo,
        trees=training.trees,
        depth=training.depth,
        learning_rate=figure_text(training.learning_rate, places=6),
        seed=model.seed,
        bars=model.bars,
        data_digest=model.data_digest,
        learner=model.learner,
        importance={name: figure_text(part, places=4) for name, part in model.importance.items()},
        folds=[_fold(fold) for fold in model.folds],
    )


def _fold(fold: Fold) -> FoldData:
    return FoldData(
        used_from=timestamp(fold.from_ns),
        trained_from=timestamp(fold.trained_from_ns),
        trained_to=timestamp(fold.trained_to_ns),
        rows=fold.rows,
        score=None if fold.score is None else _score(fold.score),
    )


def _score(score: Score) -> ScoreData:
    return ScoreData(
        rows=score.rows,
        base_rate=figure_text(score.base_rate, places=4),
        accuracy=figure_text(score.accuracy, places=4),
        auc=None if score.auc is None else figure_text(score.auc, places=4),
        log_loss=figure_text(score.log_loss, places=4),
    )
