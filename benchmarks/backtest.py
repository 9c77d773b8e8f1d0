"""Backtests: bars a second of the 10/30 crossover with every order, risk and ledger rule, beside plain NumPy."""

from collections.abc import Callable

import msgspec
import numpy as np
from figures import Figure, Size, cpu_seconds, figure, main

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.packaged import packaged_bars
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.ports import BarColumns
from openbell.runtime.backtest import Played, play
from openbell.strategies import SHIPPED

FAST, SLOW = 10, 30
QUANTITY = 100
FEE_RATE = SCALE // 1_000
CENT = SCALE // 100
KNOWN_FILLS, KNOWN_EQUITY = 65, parse("174289.814")
"""What the packaged GOOG file gives with 100,000 in cash."""


class Traded(msgspec.Struct, frozen=True):
    """What a run did: bar, signed quantity in steps and price of each fill, and the equity at the end."""

    fills: list[tuple[int, int, int]]
    equity: int


def random_bars(count: int) -> BarColumns:
    """Make minute bars on a random walk in whole cents; each opens where the last one closed, give or take a cent."""
    chance = np.random.default_rng(7)
    closes = 10_000 + np.cumsum(chance.integers(-5, 6, count))
    closes = closes - min(0, int(closes.min()) - 1_000)
    opens = np.concatenate(([10_000], closes[:-1])) + chance.integers(-1, 2, count)
    highs = np.maximum(opens, closes) + chance.integers(0, 4, count)
    lows = np.minimum(opens, closes) - chance.integers(0, 4, count)
    volumes = chance.integers(10_000, 1_000_000, count) * SCALE
    times = np.arange(count, dtype=np.int64) * 60 * NANOS_PER_SECOND
    return BarColumns(times, opens * CENT, highs * CENT, lows * CENT, closes * CENT, volumes)


def request_for(symbol: str, timeframe: Timeframe, cash: int) -> BacktestRequest:
    """Ask for the crossover."""
    return BacktestRequest(
        kind="sma_cross",
        parameters={"fast": FAST, "slow": SLOW, "quantity": str(QUANTITY)},
        dataset_id=symbol,
        symbol=symbol,
        timeframe=timeframe,
        initial_cash=cash,
        fee_rate=FEE_RATE,
    )


def by_events(bars: BarColumns, request: BacktestRequest) -> Played:
    """Run it through the core and the simulated venue, bar by bar."""
    return play(request, instrument=instrument_of(request.symbol, bars), bars=bars, kinds=SHIPPED)


def by_columns(bars: BarColumns, cash: int) -> Traded:
    """Compute the same trades and the same equity from whole columns: nothing but the arithmetic."""
    sums = np.concatenate(([0], np.cumsum(bars.close)))
    fast, slow = sums[SLOW:] - sums[SLOW - FAST : -FAST], sums[SLOW:] - sums[:-SLOW]
    spread = fast * SLOW - slow * FAST
    before, now = spread[:-1], spread[1:]
    crossings = np.where((before <= 0) & (now > 0), 1, 0) - np.where((before >= 0) & (now < 0), 1, 0)
    places = np.flatnonzero(crossings)
    sides = crossings[places]
    # Only a change of mind trades, and the first trade has to be a buy.
    changed = sides != np.concatenate(([-1], sides[:-1]))
    places, sides = places[changed] + SLOW + 1, sides[changed]
    happened = places < len(bars.close)
    places, sides = places[happened], sides[happened]
    prices = bars.open[places]
    fees = (prices * QUANTITY * FEE_RATE + SCALE // 2) // SCALE
    flows = -sides * prices * QUANTITY - fees
    held = int(sides.sum()) * QUANTITY
    fills = list(zip(places.tolist(), (sides * QUANTITY * SCALE).tolist(), prices.tolist(), strict=True))
    return Traded(fills, cash + int(flows.sum()) + held * int(bars.close[-1]))


def traded(played: Played, bars: BarColumns) -> Traded:
    """Bring a run to the form it is compared in."""
    fills = [event.fill for event in played.fills]
    places = np.searchsorted(bars.ts_ns, [fill.ts_ns for fill in fills])
    rows = zip(places.tolist(), fills, strict=True)
    return Traded([(place, fill.side.sign * fill.quantity, fill.price) for place, fill in rows], played.equity[-1])


def bars_a_second(work: Callable[[], object], count: int, repeats: int) -> list[float]:
    """Give the bars a second of each repeat."""
    return [count / max(cpu_seconds(work), 1e-9) for _ in range(repeats)]


def on_random_bars(count: int, repeats: int) -> list[Figure]:
    """Measure both ways on made-up bars, and see that they trade alike."""
    bars = random_bars(count)
    cash = 10_000_000 * SCALE
    request = request_for("SYNTHETIC", Timeframe.M1, cash)
    expected = by_columns(bars, cash)
    assert traded(by_events(bars, request), bars) == expected, "the core and plain NumPy disagree"
    note = f"{len(expected.fills):,} fills, the same from both"
    events = bars_a_second(lambda: by_events(bars, request), count, repeats)
    columns = bars_a_second(lambda: by_columns(bars, cash), count, max(3, repeats))
    return [
        figure(f"{count:,} bars", events, unit="bars/s", is_less_better=False, target=1e6, note=note),
        figure(f"{count:,} bars, NumPy", columns, unit="bars/s", is_less_better=False, role="limit"),
    ]


def on_packaged_bars(repeats: int) -> Figure:
    """Measure on the daily file that ships, and see that the known answer comes out."""
    bars, request = packaged_bars("GOOG-1d"), request_for("GOOG", Timeframe.D1, 100_000 * SCALE)
    played = by_events(bars, request)
    assert (len(played.fills), played.equity[-1]) == (KNOWN_FILLS, KNOWN_EQUITY), "GOOG gives another answer"
    count = len(bars.ts_ns)
    values = bars_a_second(lambda: by_events(bars, request), count, repeats)
    note = f"{len(played.fills)} fills"
    return figure(f"GOOG daily, {count:,} bars", values, unit="bars/s", is_less_better=False, target=1e6, note=note)


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    repeats = size.pick(1, 3, 5)
    counts: tuple[int, ...] = size.pick((5_000,), (100_000,), (100_000, 1_000_000))
    return [on_packaged_bars(repeats), *(one for count in counts for one in on_random_bars(count, repeats))]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
