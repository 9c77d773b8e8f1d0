"""Backtests: bars a second of the 10/30 crossover, by events and by columns, beside plain NumPy and other libraries."""

import time
from collections.abc import Callable
from functools import partial

import msgspec
import numpy as np
from figures import Figure, Size, absent, cpu_seconds, figure, main
from peers_backtest import peers, swept
from peers_inside import EVENT_DRIVEN, installed
from surroundings import has_module

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.packaged import packaged_bars
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.ports import BarColumns
from openbell.runtime.backtest import Driver, Played, perform, play
from openbell.runtime.scene import ACCOUNT, Scene, scene_of
from openbell.runtime.vector import PlayedColumns, play_columns, sweep
from openbell.strategies import SHIPPED

FAST, SLOW = 10, 30
QUANTITY = 100
FEE_RATE = SCALE // 1_000
CENT = SCALE // 100
PLAIN_BARS_MAX = 100_000
FEWEST_PAIRS = 10
KNOWN_FILLS, KNOWN_EQUITY = 65, parse("174289.814")
"""What the packaged GOOG file gives with 100,000 in cash."""


class Traded(msgspec.Struct, frozen=True):
    """What a run did: bar, signed quantity in steps and price of each fill, and the equity at the end."""

    fills: list[tuple[int, int, int]]
    equity: int


def random_bars(count: int, seed: int = 7) -> BarColumns:
    """Make minute bars on a random walk in whole cents; each opens where the last one closed, give or take a cent."""
    chance = np.random.default_rng(seed)
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


def by_events(bars: BarColumns, request: BacktestRequest, driver: Driver = Driver.WAKE) -> Played:
    """Run it through the core and the simulated venue."""
    return play(request, instrument=instrument_of(request.symbol, bars), bars=bars, kinds=SHIPPED, driver=driver)


def compiled(bars: BarColumns, request: BacktestRequest) -> PlayedColumns:
    """Run it by compiled columns."""
    return play_columns(request, instrument=instrument_of(request.symbol, bars), bars=bars, kinds=SHIPPED)


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


def faster(
    name: str, values: list[float], *, target: float | None = None, role: str = "figure", note: str = "", who: str = ""
) -> Figure:
    """Make a figure in bars a second."""
    return figure(name, values, unit="bars/s", is_less_better=False, target=target, role=role, note=note, who=who)


def on_random_bars(count: int, repeats: int) -> list[Figure]:
    """Measure every way on made-up bars, and see that all of them trade alike."""
    bars = random_bars(count)
    cash = 10_000_000 * SCALE
    request = request_for("SYNTHETIC", Timeframe.M1, cash)
    expected = by_columns(bars, cash)
    played, columns = by_events(bars, request), compiled(bars, request)
    assert traded(played, bars) == expected, "the core and plain NumPy disagree"
    assert played.equity == columns.equity.tolist(), "the core and the compiled columns disagree"
    note, title = f"{len(expected.fills):,} fills, the same from all", f"{count:,} bars"
    targets = {Driver.PLAIN: None, Driver.EVERY_BAR: 1e6, Driver.WAKE: 3e6}
    names = {Driver.PLAIN: "stepped one by one, as on paper", Driver.EVERY_BAR: "every bar", Driver.WAKE: "woken"}
    figures = []
    # Step by step a million bars would take longer than all the rest, and say what the fewer bars say.
    for driver in Driver if count <= PLAIN_BARS_MAX else (Driver.EVERY_BAR, Driver.WAKE):
        values = bars_a_second(partial(by_events, bars, request, driver), count, repeats)
        figures.append(faster(title, values, target=targets[driver], note=note, who=f"Openbell, {names[driver]}"))
    values = bars_a_second(partial(compiled, bars, request), count, max(3, repeats))
    figures.append(faster(title, values, target=50e6, who="Openbell, compiled columns"))
    values = bars_a_second(partial(by_columns, bars, cash), count, max(3, repeats))
    return [*figures, faster(title, values, role="limit", who="NumPy")]


def on_rare_orders(count: int, repeats: int) -> list[Figure]:
    """Measure what bars cost where there is hardly an order: windows a hundred times as long."""
    bars, request = random_bars(count), request_for("SYNTHETIC", Timeframe.M1, 10_000_000 * SCALE)
    request = msgspec.structs.replace(request, parameters={**request.parameters, "fast": 1_000, "slow": 3_000})
    figures = []
    for driver, name, target in ((Driver.EVERY_BAR, "every bar", 1e6), (Driver.WAKE, "woken", 3e6)):
        fills = len(by_events(bars, request, driver).fills)
        values = bars_a_second(partial(by_events, bars, request, driver), count, repeats)
        figures.append(faster(f"{count:,} bars, {fills} fills, {name}", values, target=target))
    return figures


def on_many_instruments(instruments: int, count: int, repeats: int) -> Figure:
    """Measure one strategy on many instruments with bars at the same times."""
    bars = random_bars(count)
    symbols = tuple(f"S{number:02}" for number in range(instruments))
    cash = instruments * 1_000_000 * SCALE
    one = scene_of(request_for("S00", Timeframe.M1, cash), instrument=instrument_of("S00", bars), kinds=SHIPPED)
    config = msgspec.structs.replace(one.strategies[0], symbols=symbols, account_id=ACCOUNT)
    scene: Scene = msgspec.structs.replace(
        one, instruments={symbol: instrument_of(symbol, bars) for symbol in symbols}, strategies=(config,)
    )
    series = {symbol: random_bars(count, seed) for seed, symbol in enumerate(symbols)}
    values = bars_a_second(lambda: perform(scene, series=series, kinds=SHIPPED), instruments * count, repeats)
    return faster(f"{instruments} instruments of {count:,} bars, woken", values, target=0.8e6)


def on_pairs(pairs: int, count: int, repeats: int) -> list[Figure]:
    """Measure a sweep over pairs of windows, by the clock: it runs on two threads."""
    bars, request = random_bars(count), request_for("SYNTHETIC", Timeframe.M1, 10_000_000 * SCALE)
    windows = [(2 + number % 25, 30 + number // 25) for number in range(pairs)]
    instrument, seconds, busy = instrument_of("SYNTHETIC", bars), [], []
    for _ in range(repeats + 1):
        begin, used = time.perf_counter(), time.process_time()
        sweep(request, instrument=instrument, bars=bars, pairs=windows, kinds=SHIPPED)
        seconds.append(time.perf_counter() - begin)
        busy.append(time.process_time() - used)
    title = f"sweep of {pairs:,} pairs on {count:,} bars"
    return [
        figure(title, seconds[1:], unit="s", target=0.3),
        figure(f"{title}, processor time of both threads", busy[1:], unit="s"),
    ]


def of_others(count: int, repeats: int) -> list[Figure]:
    """Measure other libraries on the same bars, once they have made the same trades."""
    bars = random_bars(count)
    expected = [(place, signed // SCALE) for place, signed, _ in by_columns(bars, 10_000_000 * SCALE).fills]
    return peers(f"{count:,} bars", bars, expected, fast=FAST, slow=SLOW, units=QUANTITY, repeats=repeats)


def in_turns(count: int, repeats: int) -> list[Figure]:
    """Measure ways of ours in turns with libraries of this very environment, where there are any."""
    bars, found, cost = random_bars(count), installed(), {}
    expected = [(place, signed // SCALE) for place, signed, _ in by_columns(bars, 10_000_000 * SCALE).fills]
    for name, peer in found.items():
        assert peer(bars, FAST, SLOW, QUANTITY) == expected, f"{name} trades otherwise"
        cost[name] = cpu_seconds(partial(peer, bars, FAST, SLOW, QUANTITY))
    request = request_for("SYNTHETIC", Timeframe.M1, 10_000_000 * SCALE)
    # The fastest of those that go bar by bar is the one to be measured by.
    by_bar = min((name for name in EVENT_DRIVEN if name in found), key=cost.__getitem__, default=None)
    ways: list[tuple[str, Callable[[], object], str | None]] = [
        ("woken", partial(by_events, bars, request), by_bar),
        ("every bar", partial(by_events, bars, request, Driver.EVERY_BAR), by_bar),
        ("compiled columns", partial(compiled, bars, request), "vectorbt" if "vectorbt" in found else None),
    ]
    figures = []
    for way, ours, name in ways:
        if name is not None:
            theirs = partial(found[name], bars, FAST, SLOW, QUANTITY)
            figures.append(times_as_fast(f"{count:,} bars, {way}, beside {name}", ours, theirs, repeats))
    return figures


def times_as_fast(name: str, ours: Callable[[], object], theirs: Callable[[], object], repeats: int) -> Figure:
    """Measure two ways in turns: how many times the processor time of ours theirs takes."""
    ours()
    values = []
    for _ in range(max(3, repeats)):
        mine = min(cpu_seconds(ours) for _ in range(3))
        values.append(cpu_seconds(theirs) / max(mine, 1e-9))
    return figure(name, values, unit="times", is_less_better=False, target=5)


def sweep_beside_vectorbt(pairs: int, count: int) -> list[Figure]:
    """Measure a sweep before and after the same in vectorbt: of as many pairs as it has the memory for."""
    bars, request = random_bars(count), request_for("SYNTHETIC", Timeframe.M1, 10_000_000 * SCALE)
    windows = [(2 + number % 25, 30 + number // 25) for number in range(pairs)]
    instrument = instrument_of("SYNTHETIC", bars)
    ours = partial(sweep, request, instrument=instrument, bars=bars, pairs=windows, kinds=SHIPPED)
    fills, before = ours().fills.tolist(), cpu_seconds(ours)
    title, theirs = f"sweep of {pairs:,} pairs on {count:,} bars", swept(bars, windows, units=QUANTITY)
    if theirs is None and pairs > FEWEST_PAIRS and has_module("vectorbt"):
        return sweep_beside_vectorbt(pairs // 2, count)
    if theirs is None:
        return [absent(title, unit="s", who="vectorbt")]
    assert theirs.fills == fills, "vectorbt trades otherwise"
    ratios = [theirs.seconds / max(mine, 1e-9) for mine in (before, cpu_seconds(ours))]
    memory = f"it holds {theirs.memory / 2**30:.1f} GiB"
    return [
        figure(f"{title}, processor time", [theirs.seconds], unit="s", role="peer", note=memory, who="vectorbt"),
        figure(f"{title}, beside vectorbt", ratios, unit="times", is_less_better=False, target=5),
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
    repeats = size.pick(1, 3, 3)
    counts: tuple[int, ...] = size.pick((5_000,), (20_000,), (100_000, 1_000_000))
    return [
        on_packaged_bars(repeats),
        *(one for count in counts for one in on_random_bars(count, repeats)),
        *on_rare_orders(size.pick(5_000, 300_000, 1_000_000), repeats),
        on_many_instruments(size.pick(3, 50, 50), size.pick(500, 2_000, 20_000), min(repeats, 3)),
        *on_pairs(size.pick(20, 1_000, 1_000), size.pick(5_000, 100_000, 100_000), repeats),
        *sweep_beside_vectorbt(size.pick(5, 50, 1_000), size.pick(2_000, 20_000, 100_000)),
        *in_turns(size.pick(2_000, 20_000, 50_000), 1),
        *(one for count in size.pick((), counts, counts[:1]) for one in of_others(count, size.pick(1, 1, 2))),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
