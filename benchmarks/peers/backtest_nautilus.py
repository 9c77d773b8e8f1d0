"""The crossover in NautilusTrader: market orders arrive a nanosecond later, which is at the next open."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import LatencyModel
from nautilus_trader.config import BacktestEngineConfig, LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

INSTRUMENT = TestInstrumentProvider.equity(symbol="SYNTH", venue="SIM")
BARS = BarType.from_str(f"{INSTRUMENT.id}-1-MINUTE-LAST-EXTERNAL")
VOLUME = 1_000_000.0
"""Enough for every order; those of the bars are past what its numbers hold."""


class Crossover(Strategy):
    def __init__(self, signed: list[float], slow: int, units: int):
        super().__init__()
        self.signed, self.slow, self.size = signed, slow, Quantity.from_int(units)
        self.place, self.is_held, self.rows = -1, False, []

    def on_start(self):
        self.subscribe_bars(BARS)

    def on_bar(self, bar):
        self.place += 1
        if self.place < self.slow:
            return
        before, now = self.signed[self.place - 1], self.signed[self.place]
        if before <= 0 < now and not self.is_held:
            self.is_held = True
            self.submit_order(self.order_factory.market(INSTRUMENT.id, OrderSide.BUY, self.size))
        elif before >= 0 > now and self.is_held:
            self.is_held = False
            self.submit_order(self.order_factory.market(INSTRUMENT.id, OrderSide.SELL, self.size))

    def on_order_filled(self, event):
        sign = 1 if event.order_side == OrderSide.BUY else -1
        self.rows.append((event.ts_event, sign * int(event.last_qty)))


def prepared(table: pd.DataFrame, spread: np.ndarray, *, slow: int, units: int, cash: int) -> Callable:
    """Give what plays the bars, everything loaded."""
    frame = table.tz_localize("UTC").rename(columns=str.lower).assign(volume=VOLUME)
    data = BarDataWrangler(BARS, INSTRUMENT).process(frame)
    times, signed = np.array([bar.ts_init for bar in data]), spread.tolist()

    def play() -> list[tuple[int, int]]:
        engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
        engine.add_venue(
            Venue("SIM"),
            oms_type=OmsType.NETTING,
            account_type=AccountType.CASH,
            base_currency=USD,
            starting_balances=[Money(Decimal(cash), USD)],
            latency_model=LatencyModel(base_latency_nanos=1),
        )
        engine.add_instrument(INSTRUMENT)
        engine.add_data(data)
        strategy = Crossover(signed, slow, units)
        engine.add_strategy(strategy)
        engine.run()
        rows = [(int(np.searchsorted(times, ts)), sized) for ts, sized in strategy.rows]
        engine.dispose()
        return rows

    return play
