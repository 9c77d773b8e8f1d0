"""Studies as the platform reads them: what is asked of a strategy beyond one backtest."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.errors import invalid
from openbell.domain.strategy import ParameterValue
from openbell.domain.study import (
    AXIS_VALUES_MAX,
    Axis,
    Checks,
    MonteCarlo,
    Search,
    SearchMethod,
    Study,
    Sweep,
    Training,
    WalkForward,
)

Value = bool | int | float | str
_USUAL = Training()


class RangeAsk(Ask):
    """Evenly spaced values."""

    first: float = Field(alias="from")
    last: float = Field(alias="to", description="Included, when a step ends on it.")
    step: float = Field(gt=0)

    def values(self, name: str) -> tuple[ParameterValue, ...]:
        """Give the values, whole numbers as such. Raises ApiError."""
        first, last, step = (Decimal(str(number)) for number in (self.first, self.last, self.step))
        count = (last - first) // step + 1
        if not 1 <= count <= AXIS_VALUES_MAX:
            raise invalid(f"study.parameters.{name}", f"expected 1 to {AXIS_VALUES_MAX} values from from to to")
        values = [first + step * place for place in range(int(count))]
        whole = all(value == value.to_integral_value() for value in values)
        return tuple(int(value) if whole else float(value) for value in values)


class SearchAsk(Ask):
    """Which parameter sets are tried."""

    parameters: dict[str, list[Value] | RangeAsk] = Field(
        description="Each parameter with the values to try: a list, or from, to and step.",
        examples=[{"fast": [5, 10, 15], "slow": {"from": 20, "to": 60, "step": 10}}],
    )
    method: SearchMethod = Field(SearchMethod.GRID, description="bayesian needs the extra `search` on the server.")
    trials: int = Field(100, description="Sets that random and bayesian try; a grid is tried whole.")
    objective: str = Field("sharpe_ratio", max_length=64, description="Metric that should be large.")

    def search(self) -> Search:
        """Give it in the words of the domain. Raises ApiError."""
        axes = tuple(
            Axis(name, tuple(asked) if isinstance(asked, list) else asked.values(name))
            for name, asked in self.parameters.items()
        )
        return Search(axes=axes, method=self.method, trials=self.trials, objective=self.objective)


class SweepAsk(SearchAsk):
    """A backtest of every parameter set."""

    type: Literal["sweep"]

    def study(self) -> Study:
        """Give it in the words of the domain. Raises ApiError."""
        return Sweep(search=self.search())


class WalkForwardAsk(SearchAsk):
    """Parameters chosen on one stretch of time and judged on the next, again and again."""

    type: Literal["walk_forward"]
    windows: int = Field(5)
    in_sample: float = Field(0.7, description="Part of each window that parameters are chosen on.")
    anchored: bool = Field(default=False, description="Choose on everything before.")

    def study(self) -> Study:
        """Give it in the words of the domain. Raises ApiError."""
        return WalkForward(search=self.search(), windows=self.windows, in_sample=self.in_sample, anchored=self.anchored)


class MonteCarloAsk(Ask):
    """The trades of the backtest, drawn and ordered anew."""

    type: Literal["monte_carlo"]
    samples: int = Field(1_000)
    confidence: float = Field(0.95, description="Part of the samples that lies within the bands.")

    def study(self) -> Study:
        """Give it in the words of the domain."""
        return MonteCarlo(samples=self.samples, confidence=self.confidence)


class ChecksAsk(Ask):
    """Whether the strategy sees the future, and whether it decides otherwise when given more history."""

    type: Literal["checks"]
    cuts: int = Field(10, description="Places at which the future is cut off, and the past.")

    def study(self) -> Study:
        """Give it in the words of the domain."""
        return Checks(cuts=self.cuts)


class TrainingAsk(Ask):
    """A model for the strategies of kind xgboost_momentum; needs the extra `ml` on the server."""

    type: Literal["training"]
    name: str = Field("model", max_length=40, pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")
    features: list[str] = Field(default=list(_USUAL.features), min_length=1, max_length=50)
    horizon: int = Field(_USUAL.horizon, description="Bars ahead that are foretold.")
    least_return: float = Field(_USUAL.least_return, description="Return that counts as a rise; 0.01 is 1 %.")
    folds: int = Field(_USUAL.folds, description="Models, each trained on what comes before what it is used on.")
    embargo: int = Field(_USUAL.embargo, description="Bars left out between training and use, past the horizon.")
    trees: int = Field(_USUAL.trees)
    depth: int = Field(_USUAL.depth)
    learning_rate: float = Field(_USUAL.learning_rate)

    def study(self) -> Study:
        """Give it in the words of the domain."""
        return Training(
            name=self.name,
            features=tuple(self.features),
            horizon=self.horizon,
            least_return=self.least_return,
            folds=self.folds,
            embargo=self.embargo,
            trees=self.trees,
            depth=self.depth,
            learning_rate=self.learning_rate,
        )


StudyAsk = Annotated[SweepAsk | WalkForwardAsk | MonteCarloAsk | ChecksAsk | TrainingAsk, Field(discriminator="type")]
