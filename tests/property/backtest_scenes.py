"""Backtests made by chance, for tests that hold one way of running them to another: strategies, bars and scenes."""

import numpy as np
from hypothesis import strategies as st

from openbell.domain.account import Mode
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import Timeframe
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.risk import BACKTEST_LIMITS, RiskLimits
from openbell.domain.schedule import Schedule
from openbell.domain.strategy import Parameter, StrategyConfig
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.engine.matching.profile import PROFILES, Depth, FillProfile, Queue
from openbell.engine.state import state_hash
from openbell.engine.strategy import Strategy, validate_parameters
from openbell.ports import BarColumns
from openbell.runtime import parts
from openbell.runtime.backtest import perform
from openbell.runtime.scene import ACCOUNT, Scene
from openbell.strategies import SHIPPED

CENT = SCALE // 100
ASSETS = {"AAA": AssetClass.EQUITY, "BBB": AssetClass.CRYPTO, "CCC": AssetClass.PERPETUAL}


class Ladder(Strategy):
    """Rests limit and stop orders, takes some back, and answers fills: what a venue has to be asked about often."""

    kind = "ladder"
    keeps_bars = False

    def on_bar(self, ctx, bar):
        if bar.close % (7 * CENT) == 0:
            ctx.cancel_all(bar.symbol)
        if bar.close % (3 * CENT) == 0 and len(ctx.open_orders()) < 5:
            ctx.buy(bar.symbol, SCALE, limit=bar.low - CENT)
        if bar.close % (5 * CENT) == 0:
            ctx.sell(bar.symbol, SCALE, stop=max(CENT, bar.low - 3 * CENT))

    def on_order(self, ctx, order):
        if order.filled_quantity and order.side == "BUY" and not ctx.open_orders(order.symbol):
            ctx.sell(order.symbol, order.quantity, limit=(ctx.mark(order.symbol) or CENT) + 2 * CENT)


class Keeper(Strategy):
    """Keeps its bars, looks at other symbols, and trades on what it remembers."""

    kind = "keeper"

    def on_start(self, ctx):
        self.bars = []

    def on_bar(self, ctx, bar):
        self.bars.append(bar)
        if len(self.bars) > 6 and bar.close > self.bars[-6].high and ctx.position(bar.symbol) <= 0:
            marks = [ctx.mark(symbol) for symbol in ctx.symbols if ctx.mark(symbol)]
            ctx.buy(bar.symbol, SCALE * (1 + len(marks)))
        elif len(self.bars) > 6 and bar.close < self.bars[-6].low and ctx.position(bar.symbol) >= 0:
            ctx.sell(bar.symbol, SCALE)


class Mixer(Strategy):
    """Asks for all there is, by chance, and hears of nothing: most of it goes the short way, and much cannot."""

    kind = "mixer"
    parameters = (Parameter(name="seed", kind="int", default=1, minimum=0, maximum=10_000, description="Seed."),)
    keeps_bars = False
    wakes_while_holding = True

    def on_start(self, ctx):
        self.chance = np.random.default_rng(self.integer("seed"))
        self.seen = 0

    def wakes(self, *, before, now, bars):
        return bars.close % (4 * CENT) == 0

    def on_bar(self, ctx, bar):
        if bar.close % (4 * CENT) and not ctx.position(bar.symbol):
            return
        # What it finds has a say in what it does: all ways have to show it the same.
        self.seen += sum(order.status == "ACCEPTED" for order in ctx.open_orders()) + ctx.equity() // SCALE
        what, other = self.chance.integers(0, 13), ctx.symbols[self.chance.integers(0, len(ctx.symbols))]
        quantity = SCALE * int(1 + self.seen % 3)
        if what < 5:
            self._trade(ctx, bar.symbol, quantity)
        elif what == 5:
            # What both together cost is about what there is.
            part = ctx.equity() * int(self.chance.integers(3, 8)) // 10
            ctx.buy(other, max(1, part // (ctx.mark(other) or bar.close)) * SCALE)
            ctx.buy(bar.symbol, max(1, part // bar.close) * SCALE)
        elif what == 6:
            ctx.buy(bar.symbol, max(1, ctx.cash() // bar.close) * SCALE)
        elif what == 7:
            ctx.buy(other, quantity, limit=max(CENT, bar.low - CENT))
        elif what == 8:
            ctx.cancel_all(other)
        elif what == 9 and ctx.position(bar.symbol):
            ctx.sell(bar.symbol, quantity, reduce_only=True)
            self._trade(ctx, bar.symbol, quantity)
        else:
            self._go_on(ctx, what, bar.symbol, other, quantity)

    def _go_on(self, ctx, what, symbol, other, quantity):
        """Do more with an order at once, as it is placed."""
        if what == 10:
            order_id = ctx.buy(symbol, quantity)
            self.seen += len(ctx.open_orders(symbol))
            ctx.cancel(order_id)
        elif what == 11:
            order_id = ctx.sell(other, quantity)
            ctx.modify(order_id, quantity=2 * quantity)
        elif what == 12:
            buy_with_exit(ctx, other, quantity, ctx.mark(symbol))

    def _trade(self, ctx, symbol, quantity):
        trade = ctx.sell if ctx.position(symbol) > self.seen % 4 * SCALE else ctx.buy
        trade(symbol, quantity)


class Bracketed(Strategy):
    """Buys with an exit that waits for the entry."""

    kind = "bracketed"
    keeps_bars = False

    def wakes(self, *, before, now, bars):
        return bars.close % (4 * CENT) == 0

    def on_bar(self, ctx, bar):
        if bar.close % (4 * CENT) == 0:
            buy_with_exit(ctx, bar.symbol, SCALE, bar.close)


class Hasty(Strategy):
    """Orders twice at once in the last of its symbols, or takes back what it has just ordered."""

    kind = "hasty"
    keeps_bars = False

    def on_bar(self, ctx, bar):
        order_id = ctx.buy(ctx.symbols[-1], SCALE) if bar.close % (4 * CENT) == 0 else ""
        if bar.close % (8 * CENT) == 0:
            ctx.cancel(order_id)
        elif order_id:
            ctx.buy(ctx.symbols[-1], 2 * SCALE)


def buy_with_exit(ctx, symbol, quantity, price):
    """Buy, with an exit that waits until the entry is filled; without one where the gate denies the entry."""
    entry_id = ctx.buy(symbol, quantity)
    if any(order.order_id == entry_id for order in ctx.open_orders(symbol)):
        sold = {"side": Side.SELL, "quantity": quantity, "order_type": OrderType.LIMIT, "limit_price": price + 3 * CENT}
        ctx.submit(Instruction(symbol=symbol, parent_order_id=entry_id, **sold))


KINDS = {**SHIPPED, "ladder": Ladder, "keeper": Keeper, "mixer": Mixer, "bracketed": Bracketed, "hasty": Hasty}
SLIPPING = FillProfile(name="slipping", slippage=SCALE // 1_000, depth=Depth.UNLIMITED, queue=Queue.NONE)
ALL_PROFILES = {**PROFILES, SLIPPING.name: SLIPPING}
CHOICES = [
    ("sma_cross", {"fast": 2, "slow": 5, "quantity": "3"}),
    ("sma_cross", {"fast": 3, "slow": 4, "quantity": "2", "long_only": False}),
    ("mean_reversion", {"window": 5, "entry_z": 1.0, "exit_z": 0.2, "stop": "0.01"}),
    ("mean_reversion", {"window": 4, "entry_z": 1.2, "stop": "0"}),
    ("buy_and_hold", {"part_of_cash": "0.3"}),
    ("market_maker", {}),
    ("ladder", {}),
    ("keeper", {}),
    ("mixer", {"seed": 1}),
    ("mixer", {"seed": 2}),
]


def instrument(symbol):
    return Instrument(
        symbol=symbol,
        name=symbol,
        asset_class=ASSETS[symbol],
        currency="USD",
        tick_size=CENT,
        lot_size=SCALE,
        quantity_min=SCALE,
        quantity_max=10**6 * SCALE,
        initial_margin=SCALE // 10 if ASSETS[symbol] is AssetClass.PERPETUAL else SCALE,
    )


def random_bars(seed, count):
    """A walk in cents, with bars missing here and there."""
    chance = np.random.default_rng(seed)
    closes = np.maximum(50, 400 + np.cumsum(chance.integers(-6, 7, count)))
    opens = np.maximum(50, closes + chance.integers(-4, 5, count))
    highs, lows = np.maximum(opens, closes) + chance.integers(0, 4, count), np.minimum(opens, closes) - 3
    times = np.flatnonzero(chance.random(3 * count) < 0.4)[:count] * 60 * NANOS_PER_SECOND * 11
    prices = [column[: len(times)] * CENT for column in (opens, highs, lows, closes)]
    return BarColumns(times + 1_600_000_000 * NANOS_PER_SECOND, *prices, np.full(len(times), 120 * SCALE))


def config(number, kind, parameters, symbols, more):
    return StrategyConfig(
        strategy_id=f"s{number}",
        account_id=ACCOUNT,
        owner_id=ACCOUNT,
        name=kind,
        kind=kind,
        symbols=symbols,
        parameters=validate_parameters(KINDS[kind], parameters),
        mode=Mode.BACKTEST,
        allocated=parse("900"),
        **more,
    )


OPTIONS = [
    {},
    {},
    {"stop_loss_percent": parse("1"), "take_profit_percent": parse("2")},
    {"schedule": Schedule(start_minute=60, end_minute=900, weekdays=(1, 2, 3, 4))},
    {"limits": RiskLimits(daily_loss_max=parse("3"), order_quantity_max=2 * SCALE, price_age_max_ns=None)},
]
scenes = st.fixed_dictionaries(
    {
        "symbols": st.sampled_from([("AAA",), ("BBB",), ("CCC",), ("AAA", "BBB"), ("CCC", "AAA", "BBB")]),
        # Bars are skipped only where one strategy listens, and says which matter to it.
        "chosen": st.one_of(
            st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3),
            st.sampled_from([[CHOICES[0]], [CHOICES[1]], [CHOICES[2]], [CHOICES[3]]]),
        ),
        "more": st.sampled_from(OPTIONS),
        "profile": st.sampled_from(sorted(ALL_PROFILES)),
        "fee": st.sampled_from(["0", "0.001"]),
        "drawdown": st.sampled_from([None, "0.05"]),
        "borrow": st.sampled_from(["0", "0.3"]),
        "warm_up": st.sampled_from([0, 7]),
        "seed": st.integers(0, 10_000),
        "count": st.integers(30, 260),
    }
)


WATCHED = {"stop_loss_percent": parse("1")}


def strategies_of(chosen):
    """Those that were chosen; where one is watched, it is another's on the first symbol alone."""
    configs = [config(n, *one, chosen["symbols"], chosen["more"]) for n, one in enumerate(chosen["chosen"])]
    if chosen.get("is_watched"):
        configs.append(config(len(configs), "keeper", {}, chosen["symbols"][:1], WATCHED))
    return tuple(configs)


def scene_of(chosen):
    limit = chosen["drawdown"] and parse(chosen["drawdown"])
    return Scene(
        instruments={symbol: instrument(symbol) for symbol in chosen["symbols"]},
        strategies=strategies_of(chosen),
        timeframe=Timeframe.M1,
        initial_cash=parse("3000"),
        fee_rate=parse(chosen["fee"]),
        profile=ALL_PROFILES[chosen["profile"]],
        limits=BACKTEST_LIMITS if limit is None else RiskLimits(drawdown_max=limit, price_age_max_ns=None),
        borrow_rate=parse(chosen["borrow"]),
    )


def outcome(chosen, driver):
    """Everything that came of it: all records in order, the equity, and the state they lead to."""
    records = []
    return records, *unrecorded(chosen, driver, on_records=records.extend)


def unrecorded(chosen, driver, on_records=None):
    """What is left of it where nobody records the events: all fills and denials, the equity and the state."""
    series = {symbol: random_bars(chosen["seed"] + n, chosen["count"]) for n, symbol in enumerate(chosen["symbols"])}
    cut = chosen["warm_up"]
    history = {symbol: parts.sliced(bars, 0, cut) for symbol, bars in series.items()} if cut else {}
    series = {symbol: parts.sliced(bars, cut, len(bars.ts_ns)) for symbol, bars in series.items()}
    played = perform(
        scene_of(chosen), series=series, kinds=KINDS, history=history, driver=driver, on_records=on_records
    )
    return played.fills, played.ts_ns, played.equity, played.denials, state_hash(played.state)
