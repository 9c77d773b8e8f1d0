"""`openbell model`: train models on recorded bars, list them, look at one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.asked import Data, End, Length, Seed, Start
from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of

if TYPE_CHECKING:
    from openbell.adapters.models import FileModels
    from openbell.domain.model import Model, Score
    from openbell.domain.study import Training

NANOS_PER_SECOND = 1_000_000_000

app = typer.Typer(name="model", help="Trained models.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def train(
    *,
    data: Data,
    timeframe: Length = None,
    name: Annotated[str, typer.Option(help="What to call it.")] = "model",
    features: Annotated[str, typer.Option(help="Names separated by commas.")] = "rsi_14,macd,volume_sma_20",
    horizon: Annotated[int, typer.Option(help="Bars ahead that are foretold.", min=1)] = 5,
    least_return: Annotated[float, typer.Option(help="Return that counts as a rise: 0.01 is 1 %.")] = 0.0,
    folds: Annotated[int, typer.Option(help="Models trained one after the other.", min=1, max=50)] = 5,
    embargo: Annotated[int, typer.Option(help="Bars left out between training and use.", min=0)] = 5,
    trees: Annotated[int, typer.Option(help="Trees of a booster.", min=1, max=2000)] = 100,
    depth: Annotated[int, typer.Option(help="Depth of a tree.", min=1, max=10)] = 3,
    learning_rate: Annotated[float, typer.Option(help="Weight of each further tree.", min=0.001, max=1)] = 0.1,
    start: Start = None,
    end: End = None,
    seed: Seed = 0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Train a model of whether the price will be higher some bars on, walk-forward, and keep it.

    It is used by strategies of kind xgboost_momentum: --model takes the id that is printed. Needs the extra `ml`.
    """
    from openbell.domain.model import NAME  # noqa: PLC0415
    from openbell.domain.study import Training  # noqa: PLC0415

    if not NAME.fullmatch(name):
        fail("--name takes 1 to 40 letters, digits, - and _, and begins with a letter or digit", ExitCode.USAGE)
    training = Training(
        name=name,
        features=tuple(part.strip() for part in features.split(",") if part.strip()),
        horizon=horizon,
        least_return=least_return,
        folds=folds,
        embargo=embargo,
        trees=trees,
        depth=depth,
        learning_rate=learning_rate,
    )
    model = _trained(training, data, data_dir_of(data_dir), period=(start, end), timeframe=timeframe, seed=seed)
    if as_json:
        show_json(_document(model))
    else:
        _tell(model)


@app.command("list")
def list_(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List models, newest first."""
    models = _models(data_dir).models()
    if as_json:
        show_json([_document(model) for model in models])
        return
    rows = [
        [
            one.model_id,
            one.dataset_id,
            ", ".join(one.features),
            str(one.training.horizon),
            *_figures(one.score),
            _when(one.created_ns),
        ]
        for one in models
    ]
    columns = ["model", "data", "features", "horizon", "accuracy", "base rate", "AUC", "trained"]
    show_table(columns, rows, right=["horizon", "accuracy", "base rate", "AUC"], empty="There are no models yet.")


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(help="Id of a model.")],
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show how a model was trained, what it looks at, and how well each part foretold what it had not seen."""
    model = _models(data_dir).model(model_id)
    if model is None:
        fail(f"there is no model {model_id}; `openbell model list` shows what there is")
    if as_json:
        show_json(_document(model))
    else:
        _tell(model)


def _trained(
    training: "Training",
    data: str,
    directory: Path,
    *,
    period: tuple[str | None, str | None],
    timeframe: str | None,
    seed: int,
) -> "Model":
    from openbell.adapters.learning.xgboost import XGBoostLearner  # noqa: PLC0415
    from openbell.adapters.models import FileModels  # noqa: PLC0415
    from openbell.cli.instants import instant_option, timeframe_option  # noqa: PLC0415
    from openbell.cli.progress import filling  # noqa: PLC0415
    from openbell.cli.research import job_in, request_on  # noqa: PLC0415
    from openbell.ports import RunFailed  # noqa: PLC0415
    from openbell.runtime.training import train as train_model  # noqa: PLC0415

    job = job_in(directory)
    start, end = (instant_option(name, text) for name, text in zip(("--start", "--end"), period, strict=True))
    request = request_on(
        job,
        data,
        kind="xgboost_momentum",
        start_ns=start,
        end_ns=end,
        timeframe=timeframe_option(timeframe),
        seed=seed,
    )
    models = FileModels(directory)
    try:
        with filling("Training") as on_part:
            model = train_model(job.prepared(request), training, learner=XGBoostLearner(), on_part=on_part)
    except RunFailed as problem:
        fail(str(problem))
    models.save(model)
    return models.model(model.model_id) or model


def _models(data_dir: Path | None) -> "FileModels":
    from openbell.adapters.models import FileModels  # noqa: PLC0415

    return FileModels(data_dir_of(data_dir))


def _document(model: "Model") -> dict[str, Any]:
    from openbell.runtime.training import model_document  # noqa: PLC0415

    return {name: value for name, value in model_document(model).items() if name != "type"}


def _tell(model: "Model") -> None:
    training = model.training
    say(f"Model {model.model_id}: {model.learner}, {training.trees} trees of depth {training.depth} a fold")
    rows = [
        [_when(fold.from_ns), _when(fold.trained_from_ns), _when(fold.trained_to_ns), f"{fold.rows:,}"]
        + (["-", "-", "-"] if fold.score is None else _figures(fold.score))
        for fold in model.folds
    ]
    rows.append(["all unseen", "", "", f"{model.score.rows:,}", *_figures(model.score)])
    columns = ["used from", "trained from", "to", "bars", "accuracy", "base rate", "AUC"]
    show_table(columns, rows, right=columns[3:], empty="")
    parts = [[name, f"{100 * part:.1f} %"] for name, part in sorted(model.importance.items(), key=lambda one: -one[1])]
    show_table(["feature", "importance"], parts, right=["importance"], empty="")


def _figures(score: "Score") -> list[str]:
    auc = "-" if score.auc is None else f"{score.auc:.3f}"
    return [f"{score.accuracy:.3f}", f"{score.base_rate:.3f}", auc]


def _when(ts_ns: int) -> str:
    return datetime.fromtimestamp(ts_ns / NANOS_PER_SECOND, UTC).strftime("%Y-%m-%d")
