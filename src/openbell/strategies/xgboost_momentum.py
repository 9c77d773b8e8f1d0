"""Momentum with a trained model: long while boosted trees give a rise a high enough probability."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from openbell.analytics.learning import BoostedTrees, FeatureSet
from openbell.domain.market import Bar
from openbell.domain.model import Model
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import SCALE
from openbell.engine.strategy import Context, Strategy


class Shelf(Protocol):
    """Where models are found by id. A model is named by its contents, so that the same id always is the same model."""

    def model(self, model_id: str) -> Model | None:
        """Give a model, None where there is none of that name."""
        ...


class _Empty:
    def model(self, model_id: str) -> Model | None:
        """There is none."""
        del model_id
        return None


class XGBoostMomentum(Strategy):
    """Buys when the probability reaches `signal_threshold`, leaves when it falls below `exit_threshold`.

    On each bar the booster is asked that was trained on what was before it (see `domain.model.Fold`); before the
    first of them it does not trade. After an exit it waits for a fresh signal. Stop and target are common settings.
    """

    kind = "xgboost_momentum"
    description = "Long while a trained model finds a rise probable."
    unlike_columns = "it spends the cash of the moment, and asks its model bar by bar"
    shelf: ClassVar[Shelf] = _Empty()
    parameters = (
        Parameter(name="model", kind="str", default="", description="Id of a trained model."),
        Parameter(
            name="model_type", kind="str", default="xgboost", choices=("xgboost",), description="What the model is."
        ),
        Parameter(
            name="features",
            kind="names",
            default="",
            description="What the model looks at; left empty, whatever it was trained on.",
        ),
        Parameter(
            name="signal_threshold",
            kind="float",
            default=0.6,
            minimum=0.01,
            maximum=0.99,
            description="Probability of a rise from which it buys.",
        ),
        Parameter(
            name="exit_threshold",
            kind="float",
            default=0.5,
            minimum=0,
            maximum=0.99,
            description="Probability below which it leaves.",
        ),
        Parameter(
            name="quantity", kind="decimal", default="0", minimum=0, description="Units to buy; 0 is by part_of_cash."
        ),
        Parameter(
            name="part_of_cash",
            kind="decimal",
            default="0.95",
            minimum=0,
            maximum=1,
            description="Part of the cash to spend, shared evenly among the symbols.",
        ),
    )

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        super().__init__(parameters)
        model = self.shelf.model(str(self.p["model"]))
        if model is None:
            raise LookupError(f"there is no model {self.p['model']}")
        self._names = model.features
        self._boosters = [(fold.from_ns, BoostedTrees(fold.booster)) for fold in reversed(model.folds)]
        self._features: dict[str, FeatureSet] = {}
        self._is_waiting: set[str] = set()
        self._enter, self._exit = self.number("signal_threshold"), self.number("exit_threshold")

    @classmethod
    def problems(cls, parameters: Mapping[str, ParameterValue]) -> list[tuple[str, str]]:
        """Refuse a model that is not there, other features than it was trained on, and an exit above the entry."""
        model = cls.shelf.model(str(parameters["model"]))
        if model is None:
            return [("model", "name a trained model; `openbell model list` and /v1/models show what there is")]
        features = str(parameters["features"])
        if features and features != ",".join(model.features):
            return [("features", f"the model was trained on {', '.join(model.features)}")]
        is_above = float(parameters["exit_threshold"]) > float(parameters["signal_threshold"])
        return [("exit_threshold", "must not be above signal_threshold")] if is_above else []

    def on_parameters(self, parameters: Mapping[str, ParameterValue]) -> None:
        """Take over changed thresholds."""
        super().on_parameters(parameters)
        self._enter, self._exit = self.number("signal_threshold"), self.number("exit_threshold")

    def warm_up_bars(self) -> int:
        """Give the bars after which every feature has a value."""
        return FeatureSet(self._names).warm_up_bars

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Ask the model; enter or leave."""
        chance = self.probability(bar)
        if chance is None or ctx.is_warming_up or ctx.open_orders(bar.symbol):
            return
        held = ctx.position(bar.symbol)
        if chance < self._enter:
            self._is_waiting.discard(bar.symbol)
        if held > 0 and chance < self._exit:
            ctx.sell(bar.symbol, held, reduce_only=True)
        elif not held and chance >= self._enter and bar.symbol not in self._is_waiting:
            self._buy(ctx, bar)

    def probability(self, bar: Bar) -> float | None:
        """Take in a bar; give the probability of a rise, None while there is no history or no booster yet."""
        features = self._features.get(bar.symbol)
        if features is None:
            features = self._features[bar.symbol] = FeatureSet(self._names)
        high, low, close, volume = (value / SCALE for value in (bar.high, bar.low, bar.close, bar.volume))
        values = features.update(high=high, low=low, close=close, volume=volume)
        if values is None:
            return None
        booster = next((trees for from_ns, trees in self._boosters if bar.ts_ns >= from_ns), None)
        return None if booster is None else booster.probability(values)

    def _buy(self, ctx: Context, bar: Bar) -> None:
        instrument = ctx.instrument(bar.symbol)
        quantity = self.amount("quantity")
        if not quantity:
            budget = ctx.cash() * self.amount("part_of_cash") // SCALE // len(ctx.symbols)
            worth = instrument.notional(instrument.lot_size, bar.close)
            lots = min(budget // worth, instrument.quantity_max // instrument.lot_size) if worth else 0
            quantity = lots * instrument.lot_size
        if quantity >= instrument.quantity_min:
            self._is_waiting.add(bar.symbol)
            ctx.buy(bar.symbol, quantity)
