"""The strategies that ship, by kind."""

from openbell.engine.strategy import Strategy
from openbell.strategies.buy_and_hold import BuyAndHold
from openbell.strategies.market_maker import MarketMaker
from openbell.strategies.mean_reversion import MeanReversion
from openbell.strategies.sma_cross import SmaCross
from openbell.strategies.xgboost_momentum import Shelf, XGBoostMomentum

SHIPPED: dict[str, type[Strategy]] = {
    cls.kind: cls for cls in (SmaCross, MeanReversion, MarketMaker, BuyAndHold, XGBoostMomentum)
}
"""Kind → class. Those that need a model find none: `with_models` gives them a shelf."""


def with_models(models: Shelf) -> dict[str, type[Strategy]]:
    """Give the strategies that ship, able to find trained models."""

    class Stocked(XGBoostMomentum):
        shelf = models

    return SHIPPED | {XGBoostMomentum.kind: Stocked}
