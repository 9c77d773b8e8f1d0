"""The strategies that ship, by kind."""

from openbell.engine.strategy import Strategy
from openbell.strategies.buy_and_hold import BuyAndHold
from openbell.strategies.market_maker import MarketMaker
from openbell.strategies.mean_reversion import MeanReversion
from openbell.strategies.sma_cross import SmaCross

SHIPPED: dict[str, type[Strategy]] = {cls.kind: cls for cls in (SmaCross, MeanReversion, MarketMaker, BuyAndHold)}
"""Kind → class."""
