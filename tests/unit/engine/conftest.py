"""A core on a bench: short ways to open, place and report, with a clock of its own and a fold kept beside it."""

from collections.abc import Callable

import pytest

from openbell.domain import commands as c
from openbell.domain import venue as v
from openbell.domain.account import Mode
from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass, Contract, Instrument
from openbell.domain.market import Bar, Quote, Timeframe
from openbell.domain.order import Instruction, Order, OrderType, Side
from openbell.domain.risk import KillScope, RiskLimits
from openbell.domain.strategy import Parameter, RunState, StrategyConfig
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.engine.core import Core, CoreSettings, Step
from openbell.engine.strategy import Strategy
from openbell.strategies import SHIPPED

START_NS = 1_767_970_800 * NANOS_PER_SECOND  # Friday 2026-01-09, 15:00 UTC, 10:00 in New York


def _instrument(symbol: str, asset_class: AssetClass, **more) -> Instrument:
    values = {
        "currency": "USD",
        "tick_size": parse("0.01"),
        "lot_size": parse("0.001") if asset_class is AssetClass.CRYPTO else parse(1),
        "quantity_min": parse("0.001") if asset_class is AssetClass.CRYPTO else parse(1),
        "quantity_max": parse(1_000_000),
    }
    return Instrument(symbol=symbol, name=symbol, asset_class=asset_class, **{**values, **more})


INSTRUMENTS = {
    "AAPL": _instrument("AAPL", AssetClass.EQUITY),
    "MSFT": _instrument("MSFT", AssetClass.EQUITY, calendar_name="XNYS"),
    "BTC/USD": _instrument("BTC/USD", AssetClass.CRYPTO),
    "NIFTY": _instrument("NIFTY", AssetClass.INDEX, currency="INR", initial_margin=parse("0.2")),
    "BTC-PERP": _instrument(
        "BTC-PERP",
        AssetClass.PERPETUAL,
        initial_margin=parse("0.1"),
        lot_size=parse("0.001"),
        quantity_min=parse("0.001"),
    ),
    "XBTUSD": _instrument(
        "XBTUSD", AssetClass.PERPETUAL, currency="BTC", contract=Contract.INVERSE, initial_margin=parse("0.1")
    ),
}
PRICES = {"AAPL": 150, "MSFT": 400, "BTC/USD": 40_000, "NIFTY": 24_000, "BTC-PERP": 40_000, "XBTUSD": 40_000}


class Bench:
    """A core with one account `acc` of 100,000 dollars and a price for everything."""

    def __init__(self, *, limits: RiskLimits | None = None, kinds=None, **settings) -> None:
        self.settings = CoreSettings(
            instruments=INSTRUMENTS,
            strategy_kinds={**SHIPPED, **(kinds or {})},
            fx_rates={"INR": parse("0.0125"), "BTC": parse(40_000)},
            default_limits=limits or RiskLimits(),
            **settings,
        )
        self.core = Core(self.settings)
        self.now_ns = START_NS
        self.records = []
        self.requests = []
        self._fills = 0
        self.open_account("acc")
        for symbol, price in PRICES.items():
            self.quote(symbol, price)

    @property
    def state(self):
        return self.core.state

    @property
    def book(self):
        return self.state.accounts["acc"]

    def step(self, given) -> Step:
        step = self.core.step(given)
        self.records += step.records
        self.requests += step.requests
        return step

    def wait(self, seconds: float) -> Step:
        self.now_ns += int(seconds * NANOS_PER_SECOND)
        return self.step(c.AdvanceTime(ts_ns=self.now_ns))

    def open_account(self, account_id: str, cash: str = "100000") -> Step:
        command = c.OpenAccount(
            ts_ns=self.now_ns,
            account_id=account_id,
            owner_id="owner",
            mode=Mode.PAPER,
            base_currency="USD",
            deposits={"USD": parse(cash)},
        )
        return self.step(command)

    def quote(self, symbol: str, price: float | str) -> Step:
        middle, tick = parse(str(price)), parse("0.01")
        return self.step(Quote(symbol, self.now_ns, middle - tick, SCALE, middle + tick, SCALE))

    def bar(self, symbol: str, close: float | str, timeframe: Timeframe = Timeframe.M1) -> Step:
        price = parse(str(close))
        start_ns = self.now_ns
        self.now_ns += timeframe.length_ns
        return self.step(Bar(symbol, timeframe, start_ns, price, price, price, price, SCALE))

    def place(
        self, symbol="AAPL", side="BUY", quantity="10", *, strategy_id="manual", account_id="acc", **more
    ) -> Step:
        """Place an order; the type follows from `limit` and `stop`."""
        mode = more.pop("mode", None)
        limit, stop = more.pop("limit", None), more.pop("stop", None)
        kinds = [[OrderType.MARKET, OrderType.STOP], [OrderType.LIMIT, OrderType.STOP_LIMIT]]
        instruction = Instruction(
            symbol=symbol,
            side=Side(side),
            quantity=parse(quantity),
            order_type=more.pop("order_type", kinds[limit is not None][stop is not None]),
            limit_price=None if limit is None else parse(str(limit)),
            stop_price=None if stop is None else parse(str(stop)),
            **more,
        )
        command = c.PlaceOrder(
            ts_ns=self.now_ns, account_id=account_id, strategy_id=strategy_id, instruction=instruction, mode=mode
        )
        return self.step(command)

    def placed(self, *args, **more) -> Order:
        """Place an order that must be let out."""
        step = self.place(*args, **more)
        assert step.refusal is None
        return self.state.orders[step.subject_id]

    def modify(self, order: Order, **more) -> Step:
        steps = {k: parse(str(v)) if k != "expected_revision" else v for k, v in more.items()}
        return self.step(c.ModifyOrder(ts_ns=self.now_ns, account_id="acc", order_id=order.order_id, **steps))

    def cancel(self, order: Order) -> Step:
        return self.step(c.CancelOrder(ts_ns=self.now_ns, account_id="acc", order_id=order.order_id))

    def report(self, kind: type, order: Order | str, **more) -> Step:
        order_id = order if isinstance(order, str) else order.order_id
        return self.step(kind(order_id=order_id, ts_ns=self.now_ns, **more))

    def accept(self, order: Order) -> Step:
        return self.report(v.VenueAccepted, order)

    def fill(self, order: Order | str, quantity="10", price="150", fee="0", fill_id: str | None = None) -> Step:
        self._fills += 1
        return self.report(
            v.VenueFilled,
            order,
            venue_fill_id=fill_id or f"v{self._fills}",
            quantity=parse(quantity),
            price=parse(str(price)),
            fee=parse(fee),
            liquidity=Liquidity.TAKER,
            model="test",
        )

    def report_canceled(self, order: Order) -> Step:
        return self.report(v.VenueCanceled, order)

    def trade(self, symbol="AAPL", side="BUY", quantity="10", price="150", *, fee="0", **more) -> Order:
        """Place a market order and fill it whole."""
        order = self.placed(symbol, side, quantity, **more)
        self.fill(order, quantity, price, fee)
        return order

    def limits(self, **limits) -> Step:
        return self.step(c.SetLimits(ts_ns=self.now_ns, account_id="acc", limits=RiskLimits(**limits)))

    def kill(self, scope="ACCOUNT", target="acc", *, is_active: bool = True) -> Step:
        return self.step(
            c.SetKillSwitch(
                ts_ns=self.now_ns, scope=KillScope(scope), target=target, is_active=is_active, reason="test", actor="me"
            )
        )

    def create(self, kind="sma_cross", strategy_id="s1", *, symbols=("AAPL",), allocated="0", **more) -> Step:
        config = StrategyConfig(
            strategy_id=strategy_id,
            account_id="acc",
            owner_id="owner",
            name=strategy_id,
            kind=kind,
            symbols=symbols,
            allocated=parse(allocated),
            **more,
        )
        return self.step(c.CreateStrategy(ts_ns=self.now_ns, config=config))

    def run(self, state="running", strategy_id="s1") -> Step:
        return self.step(
            c.RunStrategy(ts_ns=self.now_ns, account_id="acc", strategy_id=strategy_id, state=RunState(state))
        )

    def start(self, kind: str, strategy_id="s1", **more) -> None:
        """Create a strategy and start it."""
        assert self.create(kind, strategy_id, **more).refusal is None
        assert self.run("running", strategy_id).refusal is None

    def configure(self, **more) -> Step:
        return self.step(c.ConfigureStrategy(ts_ns=self.now_ns, account_id="acc", strategy_id="s1", **more))

    def position(self, symbol="AAPL", strategy_id="manual") -> int:
        position = self.book.ledgers[strategy_id].positions.get(symbol)
        return position.quantity if position else 0

    def events(self, kind: type) -> list:
        return [record.event for record in self.records if type(record.event) is kind]

    def alerts(self) -> list[str]:
        return [record.event.code for record in self.records if type(record.event).__name__ == "AlertRaised"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def new_bench() -> Callable[..., Bench]:
    return Bench


class Probe(Strategy):
    """Writes down what it is told and does what the test says."""

    kind = "probe"
    parameters = (
        Parameter(name="size", kind="decimal", default="1", minimum=0, maximum=10, description="x", is_runtime=True),
        Parameter(name="window", kind="int", default=5, minimum=1, maximum=9, description="x"),
    )
    act = staticmethod(lambda _ctx: None)
    react = staticmethod(lambda _ctx, _order: None)
    seen: list

    def on_start(self, ctx):
        self.seen.append(("start", ctx.is_warming_up, ctx.buy("AAPL", SCALE)))

    def on_bar(self, ctx, bar):
        self.seen.append(("bar", bar.close))
        self.act(ctx)

    def on_tick(self, ctx, tick):
        self.seen.append(("tick", tick.symbol))

    def on_order(self, ctx, order):
        self.seen.append(("order", order.status.value, order.filled_quantity))
        self.react(ctx, order)

    def on_stop(self, ctx):
        self.seen.append(("stop", ctx.buy("AAPL", SCALE)))

    def on_parameters(self, parameters):
        super().on_parameters(parameters)
        self.seen.append(("parameters", self.amount("size")))


@pytest.fixture
def probe():
    return type("FreshProbe", (Probe,), {"seen": []})
