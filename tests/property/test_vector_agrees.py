"""Compiled columns trade as the core does: the same fills, fees, denials and equity, to the last step."""

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.packaged import packaged_bars
from openbell.adapters.instruments import instrument_for_data
from openbell.domain.calendar import ALWAYS
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import Parameter
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.engine.signals import Signals, targets
from openbell.engine.strategy import Strategy
from openbell.ports import BarColumns
from openbell.runtime import vector
from openbell.runtime.backtest import Driver, play
from openbell.runtime.vector import Unfit, play_columns, sweep
from openbell.strategies import SHIPPED

pytest.importorskip("numba", reason="compiled backtests need the extra `fast`")
CENT = SCALE // 100


class Steps(Strategy):
    """Buys low and sells high by the level of the close alone; what it wants depends on what it holds."""

    kind = "steps"
    parameters = (Parameter(name="quantity", kind="decimal", default="2", description="Units."),)
    keeps_bars = False

    def on_bar(self, ctx, bar):
        held, low, high = ctx.position(bar.symbol), bar.close % (4 * CENT) == 0, bar.close % (5 * CENT) == 0
        if not held and low:
            ctx.buy(bar.symbol, self.amount("quantity"))
        elif not held and high:
            ctx.sell(bar.symbol, self.amount("quantity"))
        elif (held > 0 and high) or (held < 0 and low):
            (ctx.sell if held > 0 else ctx.buy)(bar.symbol, abs(held))

    def signals(self, *, before, now, bars):
        quantity, count = self.amount("quantity"), len(bars.close)
        low, high = bars.close % (4 * CENT) == 0, bars.close % (5 * CENT) == 0
        return Signals(
            when_flat=targets(count, (low, quantity), (high, -quantity)),
            when_long=targets(count, (high, 0)),
            when_short=targets(count, (low, 0)),
        )


class Ladder(Strategy):
    """Wants another quantity on every bar: more of them than are looked through one by one."""

    kind = "ladder"
    keeps_bars = False

    def __init__(self, parameters):
        super().__init__(parameters)
        self.seen = 0

    def on_bar(self, ctx, bar):
        self.seen += 1
        missing = self.seen % 150 * SCALE - ctx.position(bar.symbol)
        if missing:
            (ctx.buy if missing > 0 else ctx.sell)(bar.symbol, abs(missing))

    def signals(self, *, before, now, bars):
        wanted = np.arange(1, len(bars.close) + 1) % 150 * SCALE
        return Signals(wanted, wanted, wanted)


KINDS = {**SHIPPED, "steps": Steps, "ladder": Ladder}


def random_bars(seed, count, scale):
    chance = np.random.default_rng(seed)
    closes = np.maximum(20, scale * 10 + np.cumsum(chance.integers(-scale, scale + 1, count)))
    opens = np.maximum(20, closes + chance.integers(-3, 4, count))
    highs, lows = np.maximum(opens, closes) + 2, np.minimum(opens, closes) - 2
    times = (np.arange(count) + chance.integers(0, 3, count).cumsum()) * 60 * NANOS_PER_SECOND
    return BarColumns(times, *(column * CENT for column in (opens, highs, lows, closes)), np.full(count, SCALE))


runs = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["sma_cross", "mean_reversion", "mean_reversion", "buy_and_hold", "steps"]),
        "windows": st.sampled_from([(1, 2), (2, 5), (3, 4), (10, 30)]),
        "entry": st.sampled_from([0.3, 1.0, 1.5]),
        "exit": st.sampled_from([0.0, 0.2]),
        "stop": st.sampled_from(["0", "0.001", "0.02", "0.3"]),
        "part": st.sampled_from(["0", "0.3", "1"]),
        "quantity": st.sampled_from(["1", "3", "0.123", "7.00000001"]),
        "long_only": st.booleans(),
        "cash": st.sampled_from(["1000", "30", "9.5", "100000"]),
        "fee": st.sampled_from(["0", "0.001", "0.00012345"]),
        "seed": st.integers(0, 10_000),
        "count": st.integers(1, 400),
        "scale": st.sampled_from([3, 50, 4_000]),
    }
)


def case_of(run):
    fast, slow = run["windows"]
    reverting = {"entry_z": run["entry"], "exit_z": run["exit"], "stop": run["stop"]}
    more = {
        "sma_cross": {"fast": fast, "slow": slow, "long_only": run["long_only"]},
        "mean_reversion": {"window": slow, "long_only": run["long_only"], **reverting},
        "buy_and_hold": {"part_of_cash": run["part"]},
        "steps": {},
    }[run["kind"]]
    if run["kind"] != "buy_and_hold" or run["part"] == "0":
        more["quantity"] = run["quantity"]
    bars = random_bars(run["seed"], run["count"], run["scale"])
    request = BacktestRequest(
        kind=run["kind"],
        parameters=more,
        dataset_id="made up",
        symbol="RANDOM",
        timeframe=Timeframe.M1,
        initial_cash=parse(run["cash"]),
        fee_rate=parse(run["fee"]),
    )
    instrument = instrument_for_data("RANDOM", tick_size=CENT)
    return request, msgspec.structs.replace(instrument, lot_size=1, quantity_min=1, calendar_name=ALWAYS.name), bars


def same(request, instrument, bars):
    """Play both ways; give the fills both have."""
    by_events = play(request, instrument=instrument, bars=bars, kinds=KINDS, driver=Driver.PLAIN)
    by_columns = play_columns(request, instrument=instrument, bars=bars, kinds=KINDS)
    fills = [event.fill for event in by_events.fills]
    places = np.searchsorted(bars.ts_ns, [fill.ts_ns for fill in fills]).tolist()
    rows = [[i, f.side.sign * f.quantity, f.price, f.fee] for i, f in zip(places, fills, strict=True)]
    assert by_columns.fills.tolist() == rows
    assert by_columns.equity.tolist() == by_events.equity
    assert (by_columns.orders, by_columns.denied) == (by_events.orders, sum(by_events.denials.values()))
    return rows


@settings(
    max_examples=max(150, settings().max_examples),
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(runs)
def test_columns_trade_as_the_core_does(run):
    same(*case_of(run))


@pytest.mark.parametrize("dataset", ["GOOG-1d", "AAPL-1d", "MSFT-1d"])
@pytest.mark.parametrize(
    ("kind", "parameters", "fills"),
    [
        ("sma_cross", {"fast": 10, "slow": 30}, 60),
        ("sma_cross", {"fast": 10, "slow": 30, "long_only": False}, 60),
        ("mean_reversion", {}, 150),
        ("mean_reversion", {"stop": "0", "long_only": True, "quantity": "50"}, 60),
        ("buy_and_hold", {}, 0),
    ],
)
def test_columns_trade_as_the_core_does_on_the_packaged_data(dataset, kind, parameters, fills):
    bars = packaged_bars(dataset)
    request = BacktestRequest(
        kind=kind,
        parameters=parameters,
        dataset_id=dataset,
        symbol="DATA",
        initial_cash=parse(100_000),
        fee_rate=parse("0.001"),
    )
    assert len(same(request, instrument_of("DATA", bars), bars)) > fills


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(runs, st.integers(1, 50))
def test_however_long_the_parts_are_columns_trade_as_the_core_does(run, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector, "PART_BARS", size)
        patch.setattr(vector, "PARTS_PER_WARM_UP", 1)
        same(*case_of(run))


def test_many_sizes_of_targets_are_played_and_each_is_held_against_the_lots():
    bars = random_bars(3, 400, 3)
    request = BacktestRequest(
        kind="ladder", dataset_id="x", symbol="X", timeframe=Timeframe.M1, initial_cash=parse(100_000)
    )
    fits = msgspec.structs.replace(instrument_of("X", bars), quantity_min=SCALE, lot_size=SCALE)
    assert len(same(request, fits, bars)) > 300
    with pytest.raises(Unfit, match="lots"):
        play_columns(request, instrument=msgspec.structs.replace(fits, lot_size=149 * SCALE), bars=bars, kinds=KINDS)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(runs.filter(lambda run: run["kind"] == "sma_cross" and run["count"] > 5))
def test_a_sweep_is_many_runs_by_columns(run):
    request, instrument, bars = case_of(run)
    pairs = [(1, 2), (2, 7), (3, 5), (5, 390)]
    swept = sweep(request, instrument=instrument, bars=bars, pairs=pairs, kinds=KINDS)
    for n, (fast, slow) in enumerate(pairs):
        one = msgspec.structs.replace(request, parameters={**request.parameters, "fast": fast, "slow": slow})
        alone = play_columns(one, instrument=instrument, bars=bars, kinds=KINDS)
        assert (swept.final_equity[n], swept.fills[n]) == (alone.equity[-1], len(alone.fills))
        assert (swept.fees[n], swept.denied[n]) == (alone.fills[:, 3].sum(), alone.denied)
        equity = np.concatenate(([request.initial_cash], alone.equity)).astype(float)
        deepest = (1 - equity / np.maximum.accumulate(equity)).max()
        assert swept.drawdown[n] == pytest.approx(deepest, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fill_model": "realistic"}, "ideal fill model"),
        ({"stop_loss_percent": SCALE}, "exits are watched"),
        ({"borrow_rate": SCALE}, "day by day"),
        ({"kind": "market_maker", "parameters": {}}, "bars have none"),
        ({"parameters": {"fast": 2, "slow": 3, "quantity": "90000000"}}, "lots"),
    ],
)
def test_what_cannot_be_said_as_columns_is_refused(change, reason):
    bars = random_bars(1, 50, 3)
    request = BacktestRequest(
        kind="sma_cross", dataset_id="x", symbol="X", timeframe=Timeframe.M1, initial_cash=parse(1_000)
    )
    instrument = instrument_of("X", bars)
    with pytest.raises(Unfit, match=reason):
        play_columns(msgspec.structs.replace(request, **change), instrument=instrument, bars=bars, kinds=KINDS)
