"""The same crossover in other backtest libraries: `backtests.py NAME COLUMNS FAST SLOW UNITS REPEATS`.

COLUMNS is a NumPy archive of bars. Each library is given the averages, so that only its engine is timed; what a
decision at a close leads to happens at the next open. Written to the output: the fills, as bar and signed units, and
the seconds of each repeat, imports and preparation left out.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

Bars = dict[str, np.ndarray]
Fills = list[tuple[int, int]]
Play = Callable[[], Fills]
CASH, FEE = 10_000_000, 0.001
LATER_NS = 1_600_000_000 * 10**9
"""Bars that begin with the epoch itself end some of the libraries."""


def signs(bars: Bars, fast: int, slow: int) -> np.ndarray:
    """Tell at each close whether the fast average is above (1) or below (-1) the slow one; 0 before both are known."""
    sums = np.concatenate(([0.0], np.cumsum(np.round(bars["close"] * 100))))
    spread = (sums[slow:] - sums[slow - fast : -fast]) * slow - (sums[slow:] - sums[:-slow]) * fast
    return np.concatenate((np.zeros(slow - 1), np.sign(spread)))


def table(bars: Bars):
    """Give the bars as most libraries want them."""
    import pandas as pd

    columns = {name.capitalize(): bars[name] for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame(columns, index=pd.to_datetime(bars["ts_ns"] + LATER_NS, utc=True).tz_localize(None))


def backtesting_py(bars: Bars, spread: np.ndarray, slow: int, units: int) -> Play:
    from backtesting import Backtest, Strategy

    class Crossover(Strategy):
        def init(self):
            self.spread = self.I(lambda: spread, name="spread")

        def next(self):
            place = len(self.data) - 1
            if place < slow:
                return
            before, now = self.spread[-2], self.spread[-1]
            if before <= 0 < now and not self.position:
                self.buy(size=units)
            elif before >= 0 > now and self.position:
                self.position.close()

    data = table(bars)

    def play() -> Fills:
        stats = Backtest(data, Crossover, cash=CASH, commission=FEE).run()
        rows = [(trade.EntryBar, units) for trade in stats["_trades"].itertuples()]
        rows += [(trade.ExitBar, -units) for trade in stats["_trades"].itertuples()]
        return sorted(rows + [(trade.entry_bar, units) for trade in stats["_strategy"].trades])

    return play


def backtrader(bars: Bars, spread: np.ndarray, slow: int, units: int) -> Play:
    import backtrader as bt

    signed, data, rows = spread.tolist(), table(bars), []

    class Crossover(bt.Strategy):
        def next(self):
            place = len(self) - 1
            if place < slow:
                return
            before, now = signed[place - 1], signed[place]
            if before <= 0 < now and not self.position.size:
                self.buy(size=units)
            elif before >= 0 > now and self.position.size:
                self.sell(size=units)

        def notify_order(self, order):
            if order.status == order.Completed:
                rows.append((len(self) - 1, int(order.executed.size)))

    def play() -> Fills:
        rows.clear()
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.addstrategy(Crossover)
        cerebro.adddata(bt.feeds.PandasData(dataname=data))
        cerebro.broker.setcash(CASH)
        cerebro.broker.setcommission(commission=FEE)
        cerebro.run()
        return list(rows)

    return play


def vectorbt(bars: Bars, spread: np.ndarray, slow: int, units: int) -> Play:
    import vectorbt as vbt

    before, now = spread[:-1], spread[1:]
    up, down = np.zeros(len(spread), dtype=bool), np.zeros(len(spread), dtype=bool)
    # What is decided at a close is filled at the next open when the columns are moved by one.
    up[slow + 1 :] = ((before <= 0) & (now > 0))[slow - 1 : -1]
    down[slow + 1 :] = ((before >= 0) & (now < 0))[slow - 1 : -1]

    def play() -> Fills:
        portfolio = vbt.Portfolio.from_signals(
            bars["close"], up, down, price=bars["open"], size=units, fees=FEE, init_cash=CASH
        )
        records = portfolio.orders.records
        sizes = np.where(records["side"] == 0, units, -units)
        return list(zip(records["idx"].tolist(), sizes.tolist(), strict=True))

    return play


def numba_loop(bars: Bars, spread: np.ndarray, slow: int, units: int) -> Play:
    """A compiled loop over the bars that does the averages as well, and nothing that a ledger or a gate would."""
    import numba

    close = np.round(bars["close"] * 100).astype(np.int64)
    opens, fast = bars["open"], int(sys.argv[3])

    @numba.njit
    def loop(close, opens, fast, slow, units):
        places, signed = np.empty(len(close), np.int64), np.empty(len(close), np.int64)
        count, held, cash, before = 0, 0, 10_000_000.0, 0
        quick, long = close[:fast].sum(), close[:slow].sum()
        quick = close[slow - fast : slow].sum()
        for place in range(slow - 1, len(close) - 1):
            if place >= slow:
                quick += close[place] - close[place - fast]
                long += close[place] - close[place - slow]
            now = quick * slow - long * fast
            if place >= slow:
                wanted = units if before <= 0 < now and not held else -units if before >= 0 > now and held else 0
                if wanted:
                    held += wanted
                    cash -= wanted * opens[place + 1] * (1 + 0.001 * (1 if wanted > 0 else -1))
                    places[count], signed[count] = place + 1, wanted
                    count += 1
            before = now
        return places[:count], signed[:count], cash

    def play() -> Fills:
        places, signed, _cash = loop(close, opens, fast, slow, units)
        return list(zip(places.tolist(), signed.tolist(), strict=True))

    return play


def nautilus_trader(bars: Bars, spread: np.ndarray, slow: int, units: int) -> Play:
    from backtest_nautilus import prepared

    return prepared(table(bars), spread, slow=slow, units=units, cash=CASH)


PLAYS = {
    "numba": numba_loop,
    "backtesting": backtesting_py,
    "backtrader": backtrader,
    "vectorbt": vectorbt,
    "nautilus_trader": nautilus_trader,
}
COMPILED = ("numba", "vectorbt")
"""These compile when they first run: that run is left out."""


def main() -> None:
    name, path, fast, slow, units, repeats = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:7])
    warnings.simplefilter("ignore")
    with np.load(path) as archive:
        bars = {column: archive[column] for column in archive.files}
    play = PLAYS[name](bars, signs(bars, fast, slow), slow, units)
    fills = play() if name in COMPILED else []
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        fills = play()
        seconds.append(time.process_time() - begin)
    sys.stdout.write(json.dumps({"fills": fills, "seconds": seconds}))


main()
