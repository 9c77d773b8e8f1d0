"""Promise 22: limits hold with every open order counted, by sums made anew; what runs away is stopped and stays so."""

import os
import random
from collections import defaultdict

import pytest

from openbell.domain import events as e
from openbell.domain.order import OrderStatus
from openbell.domain.strategy import RunState
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.engine.strategy import Strategy

SEQUENCES = int(os.environ.get("OPENBELL_TEST_SEQUENCES", "500"))
GROUPS = 10
MOVES = 30
PRICES = {"AAPL": 150, "BTC/USD": 40_000}
LIMITS = {
    "order_notional_max": parse(30_000),
    "position_notional_max": parse(60_000),
    "open_orders_max": 8,
    "orders_per_second_max": 5,
}


class Runaway(Strategy):
    """Never has enough."""

    kind = "runaway"

    def on_bar(self, ctx, bar):
        for _ in range(500):
            ctx.buy("AAPL", SCALE, limit=parse("140"))


class Trading:
    """One account under limits, moved by chance. Its own sums are made from the records alone."""

    def __init__(self, bench, seed: int) -> None:
        self.bench, self.seed = bench, seed
        self.chance = random.Random(seed)  # noqa: S311 - one seed repeats a failure
        bench.limits(**LIMITS)
        self.is_stale = False
        self.let_out: list[int] = []

    def move(self) -> None:
        what = self.chance.random()
        if what < 0.6:
            self.place()
        elif what < 0.8:
            self.touch()
        elif what < 0.9:
            self.bench.wait(self.chance.choice((0.3, 1.0)))
        else:
            self.is_stale = self.chance.random() < 0.5
            self.bench.wait(61)
            for symbol, price in PRICES.items() if not self.is_stale else ():
                self.bench.quote(symbol, price)
        self.check()

    def place(self) -> None:
        symbol = self.chance.choice(list(PRICES))
        worth = self.chance.randint(1, 40) * 1_000
        quantity = worth // PRICES[symbol] if symbol == "AAPL" else worth / PRICES[symbol]
        away = self.chance.choice((None, 1.0, 1.0, 1.02, 0.98))
        limit = {} if away is None else {"limit": round(PRICES[symbol] * away, 2)}
        step = self.bench.place(symbol, self.chance.choice(("BUY", "SELL")), f"{quantity:.3f}", **limit)
        if step.refusal is None:
            assert not self.is_stale, f"seed {self.seed}: let out on a price that is a minute old"
            self.let_out.append(self.bench.now_ns)
            assert len(step.requests) == 1, f"seed {self.seed}: one order in, one order out"

    def touch(self) -> None:
        open_orders = [order for order in self.bench.state.orders.values() if order.is_open]
        if not open_orders:
            return
        order = self.chance.choice(open_orders)
        what = self.chance.choice(("fill", "part", "cancel", "modify", "reject"))
        if what in ("fill", "part"):
            quantity = order.remaining if what == "fill" else max(order.remaining // 2 // SCALE * SCALE, 0)
            if quantity:
                self.bench.fill(order, f"{quantity / SCALE:.8f}", PRICES[order.symbol])
        elif what == "cancel":
            self.bench.cancel(order)
        elif what == "modify":
            before = len(self.bench.requests)
            self.bench.modify(order, quantity=f"{order.quantity * self.chance.choice((1, 2, 3)) / SCALE:.8f}")
            if len(self.bench.requests) > before:
                self.let_out.append(self.bench.now_ns)
        elif order.status is OrderStatus.SUBMITTED:
            self.bench.report_canceled(order)

    def check(self) -> None:
        state = self.bench.state
        working = [order for order in state.orders.values() if order.is_open]
        assert len(working) <= LIMITS["open_orders_max"], f"seed {self.seed}: too many open orders"
        recent = [ts for ts in self.let_out if ts > self.bench.now_ns - NANOS_PER_SECOND]
        assert len(recent) <= LIMITS["orders_per_second_max"], f"seed {self.seed}: too fast"
        for symbol, worst in self.worst_cases(working).items():
            assert worst <= LIMITS["position_notional_max"], f"seed {self.seed}: {symbol} could be worth {worst}"
        # What a market order would cost is known to the tick; every other order counts at its limit.
        funds = self.bench.book.account.cash["USD"] - sum(self.cost(order) for order in working if order.side == "BUY")
        assert funds >= 0, f"seed {self.seed}: open orders could not be paid for: {funds}"

    def worst_cases(self, working) -> dict[str, int]:
        held: dict[str, int] = defaultdict(int)
        for fill in self.bench.events(e.OrderFilled):
            held[fill.fill.symbol] += fill.fill.quantity * (1 if fill.fill.side == "BUY" else -1)
        worst = {}
        for symbol, price in PRICES.items():
            buys = sum(self.cost(one) for one in working if one.symbol == symbol and one.side == "BUY")
            sells = sum(self.cost(one) for one in working if one.symbol == symbol and one.side == "SELL")
            worst[symbol] = max(held[symbol] * price + buys, sells - held[symbol] * price)
        return worst

    def cost(self, order) -> int:
        change = self.bench.state.changes.get(order.order_id)
        quantity = max(order.quantity, change.quantity if change else 0) - order.filled_quantity
        return quantity * (order.limit_price or PRICES[order.symbol] * SCALE) // SCALE


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_limit_is_ever_passed_with_all_open_orders_counted(new_bench, group):
    for seed in range(group * SEQUENCES // GROUPS, (group + 1) * SEQUENCES // GROUPS):
        trading = Trading(new_bench(), seed)
        for _ in range(MOVES):
            trading.move()


def test_a_runaway_strategy_is_disabled_with_its_orders_and_stays_so(new_bench):
    bench = new_bench(kinds={Runaway.kind: Runaway})
    bench.limits(orders_per_second_max=20)
    bench.start(Runaway.kind)
    bench.bar("AAPL", 150)
    assert bench.book.strategies["s1"].state is RunState.ERROR
    assert len(bench.requests) == 20 + 20, "what was let out, and a cancel of each"
    for _ in range(50):
        bench.bar("AAPL", 150)
    assert len(bench.requests) == 40 and "STRATEGY_ERROR" in bench.alerts()
    assert bench.place(strategy_id="s1").refusal.code == "STRATEGY_NOT_RUNNING"
