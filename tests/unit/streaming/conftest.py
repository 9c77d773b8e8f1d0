"""A desk small enough to hold in the head: one account, BTC/USD, prices set by hand."""

import json

import pytest
from tests.unit.streaming.wires import connect, fan, way  # noqa: F401 - fixtures

from openbell.domain.account import Account, Ledger, Mode
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import BookSnapshot, Trade
from openbell.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.domain.values import SCALE, parse
from openbell.streaming.hub import Hub
from openbell.streaming.listener import Listener
from openbell.streaming.outbox import Outbox
from openbell.streaming.topics import Channel, Topic

NOW = 1_769_380_200_000_000_000
BTC = Instrument(
    symbol="BTC/USD",
    name="Bitcoin",
    asset_class=AssetClass.CRYPTO,
    currency="USD",
    tick_size=parse("0.01"),
    lot_size=parse("0.0001"),
    quantity_min=parse("0.0001"),
    quantity_max=parse("1000"),
)


class Desk:
    """Accounts and Prices in one, as plain attributes."""

    def __init__(self):
        self.the_account = Account(
            account_id="a1",
            owner_id="u1",
            mode=Mode.PAPER,
            base_currency="USD",
            opened_ns=NOW,
            event_count=7,
            deposited=parse("100000"),
        )
        self.orders: dict[str, Order] = {}
        self.held = []
        self.marks = {"BTC/USD": parse("50000")}
        self.trade: Trade | None = None
        self.top: BookSnapshot | None = None
        self.bars: list = []

    def account(self, account_id):
        return self.the_account if account_id == "a1" else None

    def ledgers(self, account_id):
        return [Ledger(account_id="a1", strategy_id="manual")]

    def order(self, order_id):
        return self.orders.get(order_id)

    def open_orders(self, account_id):
        return [order for order in self.orders.values() if order.is_open]

    def positions(self, account_id, strategy_id=None):
        return list(self.held)

    def equity(self, account_id, strategy_id=None):
        return parse("100100")

    def cash(self, account_id, strategy_id=None):
        return parse("50000")

    def rate(self, currency, base_currency):
        return SCALE

    def instrument(self, symbol):
        return BTC if symbol in ("BTC/USD", "BTC-USD") else None

    def mark(self, symbol):
        return self.marks.get(symbol)

    def last_trade(self, symbol):
        return self.trade

    def book(self, symbol, *, depth):
        if self.top is None:
            return None
        top = self.top
        return BookSnapshot(top.symbol, top.ts_ns, top.sequence, top.bids[:depth], top.asks[:depth])

    def candles(self, symbol, timeframe, *, limit):
        return self.bars[-limit:]


class Ear:
    """A listener with its outbox, and a way to read what reached it."""

    def __init__(self, *, account_id="a1", private_max=1_000):
        self.outbox = Outbox(wake=lambda: None, private_max=private_max)
        self.listener = Listener(account_id=account_id, user_id="u1", outbox=self.outbox)

    def heard(self):
        messages = []
        while taken := self.outbox.take():
            messages += [json.loads(one) for one in taken]
        return messages


def an_order(**changes):
    fields = {
        "order_id": "o1",
        "client_order_id": "c1",
        "account_id": "a1",
        "strategy_id": "manual",
        "symbol": "BTC/USD",
        "side": Side.BUY,
        "quantity": parse("2"),
        "order_type": OrderType.LIMIT,
        "limit_price": parse("50000.10"),
        "stop_price": None,
        "time_in_force": TimeInForce.GTC,
        "post_only": False,
        "reduce_only": False,
        "status": OrderStatus.ACCEPTED,
        "created_ns": NOW,
        "updated_ns": NOW,
    }
    return Order(**(fields | changes))


def a_fill(**changes):
    fields = {
        "fill_id": "f1",
        "venue_fill_id": "v1",
        "order_id": "o1",
        "account_id": "a1",
        "strategy_id": "manual",
        "symbol": "BTC/USD",
        "side": Side.BUY,
        "quantity": parse("1"),
        "price": parse("50000.10"),
        "fee": parse("5"),
        "currency": "USD",
        "liquidity": Liquidity.TAKER,
        "model": "ideal",
        "ts_ns": NOW,
        "realized_pnl": 0,
    }
    return Fill(**(fields | changes))


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def hub(desk):
    return Hub(accounts=desk, prices=desk)


@pytest.fixture
def new_ear():
    return Ear


@pytest.fixture
def order():
    return an_order


@pytest.fixture
def fill():
    return a_fill


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def listen(hub, now):
    """Join an ear to the hub and to market topics, and forget what it heard until then."""

    def join(ear, *topics, from_seq=None):
        hub.join(ear.listener, from_seq=from_seq, now_ns=now)
        for topic in topics:
            hub.subscribe(ear.listener, [topic], from_seq=None, reply_to=None, now_ns=now)
        return ear

    return join


@pytest.fixture
def topic():
    return lambda channel, parameter="": Topic(Channel(channel), "BTC/USD", parameter)
