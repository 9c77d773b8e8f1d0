"""Monte-Carlo on the trades of a backtest: the same trades in other orders, and other selections of them."""

from typing import Any

from openbell.analytics.robustness import Drawn, bootstrapped, shuffled
from openbell.domain.study import MonteCarlo
from openbell.domain.values import SCALE
from openbell.ports import RunFailed
from openbell.runtime.backtest import Played
from openbell.runtime.result import trades_of


def chance_document(played: Played, study: MonteCarlo, *, initial_cash: int, seed: int) -> dict[str, Any]:
    """Describe how much of a result could have been otherwise. Raises RunFailed when there are no closed trades."""
    profits = [trip.net_pnl / SCALE for trip in trades_of(played).closed]
    cash = initial_cash / SCALE
    drawn, mixed = (
        draw(profits, cash=cash, samples=study.samples, confidence=study.confidence, seed=seed)
        for draw in (bootstrapped, shuffled)
    )
    if drawn is None or mixed is None:
        raise RunFailed("there are no closed trades to draw from")
    return {
        "type": "monte_carlo",
        "trades": len(profits),
        "samples": study.samples,
        "confidence": study.confidence,
        "bootstrap": _document(drawn),
        "shuffle": _document(mixed),
    }


def _document(drawn: Drawn) -> dict[str, Any]:
    return {
        "final_equity": drawn.final_equity._asdict(),
        "max_drawdown_percent": {name: 100 * value for name, value in drawn.max_drawdown._asdict().items()},
        "loss_probability": drawn.loss_probability,
        "ruin_probability": drawn.ruin_probability,
        "bands": [band._asdict() for band in drawn.bands],
    }
