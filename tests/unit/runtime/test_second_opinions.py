"""Two other backtest libraries, written by others on floats, trade as we do: fill by fill, on all the data there is.

Of the shared recordings, which do not ship, everything that bars can be made of is played: see `recorded_bars`. Books
and quotes are not, since neither library knows them.
"""

import itertools
from importlib import import_module

import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.values import SCALE, parse
from openbell.runtime.backtest import play
from openbell.runtime.trials import sliced
from openbell.strategies import SHIPPED
from recorded_bars import PACKAGED, SHARED, recorded_bars

CASH, FEE, UNITS = 10_000_000, 0.001, 100
BARS_AN_ORDER = 60
"""Every dataset has at least one order in so many bars, from both strategies that go in and out."""
PARAMETERS = {
    "sma_cross": {"fast": 10, "slow": 30, "long_only": False, "quantity": str(UNITS)},
    "mean_reversion": {"window": 20, "entry_z": 2.0, "exit_z": 0.5, "stop": "0", "quantity": str(UNITS)},
    "buy_and_hold": {"quantity": str(UNITS)},
}
cases = pytest.mark.parametrize(("kind", "dataset"), list(itertools.product(PARAMETERS, (*PACKAGED, *SHARED))))


@pytest.fixture
def bars(dataset, request):
    """The bars of a dataset; one of the shared recordings skips where these are not at hand."""
    return recorded_bars(dataset, None if dataset in PACKAGED else request.getfixturevalue("shared_data"))


def wanted(kind, closes, held):
    """The position a strategy wants at a close, told anew from floats; None to leave things as they are."""
    if kind == "buy_and_hold":
        return UNITS
    if kind == "sma_cross":
        if len(closes) < 31:
            return None
        # Averages of prices in fractions of a cent that are equal must not differ by the way they were summed up.
        before, now = (
            round(float(part[-10:].mean() - part[-30:].mean()), 9) for part in (closes[-31:-1], closes[-30:])
        )
        return UNITS if before <= 0 < now else -UNITS if before >= 0 > now else None
    if len(closes) < 20:
        return None
    window = closes[-20:]
    z = (window[-1] - window.mean()) / window.std() if window.std() else None
    if z is None:
        return None
    if held:
        return 0 if z * np.sign(held) >= -0.5 else None
    return UNITS if z <= -2 else -UNITS if z >= 2 else None


def ours(kind, bars, first):
    """Our fills from a first bar on as (bar, signed units, price), and the final equity."""
    bars = sliced(bars, first, None)
    request = BacktestRequest(
        kind=kind,
        parameters=PARAMETERS[kind],
        dataset_id="DATA",
        symbol="DATA",
        timeframe=_timeframe(bars),
        initial_cash=parse(CASH),
        fee_rate=parse(FEE),
    )
    played = play(request, instrument=instrument_of("DATA", bars), bars=bars, kinds=SHIPPED)
    fills = [event.fill for event in played.fills]
    places = np.searchsorted(bars.ts_ns, [fill.ts_ns for fill in fills]).tolist()
    rows = [(i + first, f.side.sign * f.quantity / SCALE, f.price / SCALE) for i, f in zip(places, fills, strict=True)]
    return rows, played.equity[-1] / SCALE


def _timeframe(bars):
    """The length of the bars: the shortest time between two."""
    shortest = int(np.diff(bars.ts_ns).min())
    return next(one for one in Timeframe if one.length_ns == shortest)


def table(bars):
    pandas = pytest.importorskip("pandas")
    columns = {name.capitalize(): getattr(bars, name) / SCALE for name in ("open", "high", "low", "close", "volume")}
    return pandas.DataFrame(columns, index=pandas.to_datetime(bars.ts_ns))


def netted(rows):
    """Fills of one bar as one: a library may turn a position round in two steps."""
    merged = {}
    for bar, units, price in rows:
        merged[bar, price] = merged.get((bar, price), 0) + units
    return sorted((bar, units, price) for (bar, price), units in merged.items())


def agree(rows, equity, kind, bars, *, first=0):
    known, known_equity = ours(kind, bars, first)
    assert len(known) >= (1 if kind == "buy_and_hold" else len(bars.close) // BARS_AN_ORDER)
    theirs = netted(rows)
    assert [row[:2] for row in theirs] == [row[:2] for row in known]
    assert [row[2] for row in theirs] == pytest.approx([row[2] for row in known], rel=1e-12)
    assert equity == pytest.approx(known_equity, rel=1e-11)


@cases
@pytest.mark.filterwarnings("ignore")
def test_backtesting_py_trades_as_we_do(kind, bars):
    library = pytest.importorskip("backtesting", reason="the test group has it")

    class Theirs(library.Strategy):
        def init(self):
            pass

        def next(self):
            target = wanted(kind, np.asarray(self.data.Close), self.position.size)
            missing = 0 if target is None else target - self.position.size
            if missing:
                (self.buy if missing > 0 else self.sell)(size=abs(missing))

    backtest = library.Backtest(table(bars), Theirs, cash=CASH, commission=FEE, margin=0.5, exclusive_orders=False)
    stats = backtest.run()
    strategy = stats["_strategy"]
    rows = [(trade.EntryBar, trade.Size, trade.EntryPrice) for trade in stats["_trades"].itertuples()]
    rows += [(trade.ExitBar, -trade.Size, trade.ExitPrice) for trade in stats["_trades"].itertuples()]
    rows += [(trade.entry_bar, trade.size, trade.entry_price) for trade in strategy.trades]
    # It shows a strategy nothing before the second bar.
    agree(rows, stats["Equity Final [$]"], kind, bars, first=int(kind == "buy_and_hold"))


@cases
@pytest.mark.filterwarnings("ignore")
def test_backtrader_trades_as_we_do(kind, bars):
    pytest.importorskip("backtrader", reason="the test group has it")
    library = import_module("backtrader")
    rows, closes = [], []

    class Theirs(library.Strategy):
        def next(self):
            closes.append(self.data.close[0])
            target = wanted(kind, np.array(closes[-40:]), self.position.size)
            missing = 0 if target is None else target - self.position.size
            if missing:
                (self.buy if missing > 0 else self.sell)(size=abs(missing))

        def notify_order(self, order):
            if order.status == order.Completed:
                rows.append((len(self) - 1, order.executed.size, order.executed.price))

    cerebro = library.Cerebro(stdstats=False)
    cerebro.addstrategy(Theirs)
    cerebro.adddata(library.feeds.PandasData(dataname=table(bars)))
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=FEE)
    cerebro.run()
    agree(rows, cerebro.broker.getvalue(), kind, bars)
