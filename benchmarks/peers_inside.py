"""Backtest libraries of this very environment: those that tests compare with, in turns with ours and in one process.

`peers_backtest.py` has all of them, in an environment of their own. Each is given the averages, so that only its engine
is timed.
"""

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from openbell.domain.values import SCALE
from openbell.ports import BarColumns

Fills = list[tuple[int, int]]
"""Bar and signed units of each fill."""
Peer = Callable[[BarColumns, int, int, int], Fills]


def signs(bars: BarColumns, fast: int, slow: int) -> np.ndarray:
    """Tell at each close whether the fast average is above (1) or below (-1) the slow one; 0 before both are known."""
    sums = np.concatenate(([0], np.cumsum(bars.close)))
    spread = (sums[slow:] - sums[slow - fast : -fast]) * slow - (sums[slow:] - sums[:-slow]) * fast
    return np.concatenate((np.zeros(slow - 1), np.sign(spread)))


def table(bars: BarColumns) -> Any:
    """Give the bars as both libraries want them."""
    pandas = importlib.import_module("pandas")
    columns = {name.capitalize(): getattr(bars, name) / SCALE for name in ("open", "high", "low", "close", "volume")}
    return pandas.DataFrame(columns, index=pandas.to_datetime(bars.ts_ns))


def backtesting_py(bars: BarColumns, fast: int, slow: int, units: int) -> Fills:
    """Run it in backtesting.py."""
    library = importlib.import_module("backtesting")
    spread = signs(bars, fast, slow)

    class Crossover(library.Strategy):  # type: ignore[misc, name-defined]
        def init(self) -> None:
            self.spread = self.I(lambda: spread, name="spread")

        def next(self) -> None:
            place = len(self.data) - 1
            if place < slow:
                return
            before, now = self.spread[-2], self.spread[-1]
            if before <= 0 < now and not self.position:
                self.buy(size=units)
            elif before >= 0 > now and self.position:
                self.position.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stats = library.Backtest(table(bars), Crossover, cash=10_000_000, commission=0.001).run()
    rows = [(trade.EntryBar, units) for trade in stats["_trades"].itertuples()]
    rows += [(trade.ExitBar, -units) for trade in stats["_trades"].itertuples()]
    return sorted(rows + [(trade.entry_bar, units) for trade in stats["_strategy"].trades])


def backtrader(bars: BarColumns, fast: int, slow: int, units: int) -> Fills:
    """Run it in backtrader."""
    library = importlib.import_module("backtrader")
    spread = signs(bars, fast, slow).tolist()
    rows: Fills = []

    class Crossover(library.Strategy):  # type: ignore[misc, name-defined]
        def next(self) -> None:
            place = len(self) - 1
            if place < slow:
                return
            before, now = spread[place - 1], spread[place]
            if before <= 0 < now and not self.position.size:
                self.buy(size=units)
            elif before >= 0 > now and self.position.size:
                self.sell(size=units)

        def notify_order(self, order: Any) -> None:
            if order.status == order.Completed:
                rows.append((len(self) - 1, int(order.executed.size)))

    cerebro = library.Cerebro(stdstats=False)
    cerebro.addstrategy(Crossover)
    cerebro.adddata(library.feeds.PandasData(dataname=table(bars)))
    cerebro.broker.setcash(10_000_000)
    cerebro.broker.setcommission(commission=0.001)
    cerebro.run()
    return rows


def vectorbt(bars: BarColumns, fast: int, slow: int, units: int) -> Fills:
    """Run it in vectorbt, which fills what is decided at a close at the next open when its columns are moved by one."""
    library = importlib.import_module("vectorbt")
    up, down = crossings(bars, fast, slow)
    portfolio = library.Portfolio.from_signals(
        bars.close / SCALE, up, down, price=bars.open / SCALE, size=units, fees=0.001, init_cash=10_000_000
    )
    records = portfolio.orders.records
    return list(zip(records["idx"].tolist(), np.where(records["side"] == 0, units, -units).tolist(), strict=True))


def crossings(bars: BarColumns, fast: int, slow: int) -> tuple[np.ndarray, np.ndarray]:
    """Mark the bars at whose open a cross up and a cross down are traded."""
    spread = signs(bars, fast, slow)
    before, now = spread[:-1], spread[1:]
    up, down = np.zeros(len(spread), dtype=bool), np.zeros(len(spread), dtype=bool)
    up[slow + 1 :] = ((before <= 0) & (now > 0))[slow - 1 : -1]
    down[slow + 1 :] = ((before >= 0) & (now < 0))[slow - 1 : -1]
    return up, down


EVENT_DRIVEN = ("backtesting.py", "backtrader")
"""The peers that go bar by bar."""
PEERS: dict[str, tuple[str, Peer]] = {
    "backtesting.py": ("backtesting", backtesting_py),
    "backtrader": ("backtrader", backtrader),
    "vectorbt": ("vectorbt", vectorbt),
}


def installed() -> dict[str, Peer]:
    """Give the peers that are here: each is in a group of its own, and none is needed."""
    found = {}
    for name, (module, peer) in PEERS.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        found[name] = peer
    return found
