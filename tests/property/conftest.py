"""A bench that generated steps move about, and that says what must hold after each and at the end."""

import runpy
from pathlib import Path

import msgspec
import pytest

from money_by_definition import Books
from openbell.domain import commands as c
from openbell.domain import venue as v
from openbell.domain.fill import Liquidity
from openbell.domain.order import TRANSITIONS, Side
from openbell.domain.risk import KillScope
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import parse, text_of
from openbell.engine.apply import apply
from openbell.engine.exposure import Exposure, left_and_price
from openbell.engine.ledger import account_equity, free_funds, ledger_equity, running_equity
from openbell.engine.question import Question
from openbell.engine.sides import opposed
from openbell.engine.state import State, decode, encode, state_hash
from openbell.engine.worth import margin_in_base, worth_in_base

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "unit" / "engine" / "conftest.py"))["Bench"]
SYMBOLS = ("AAPL", "BTC/USD", "BTC-PERP", "XBTUSD", "NIFTY")
LEDGERS = ("manual", "s1", "s2")
UNITS = {"BTC/USD": "0.01", "BTC-PERP": "0.01", "XBTUSD": "100"}
PRICES = {"AAPL": 150, "BTC/USD": 40_000, "BTC-PERP": 40_000, "XBTUSD": 40_000, "NIFTY": 24_000}


class World:
    """A bench, moved by generated steps, that checks the state after each."""

    def __init__(self, bench) -> None:
        self.bench = bench
        self.fills = 0
        self.last_fill = None

    def do(self, move) -> None:
        kind, given = move
        getattr(self, kind)(given)
        self.check()

    def order(self, n):
        """Pick one of the latest orders; mostly one that is open."""
        orders = list(self.bench.state.orders.values())
        if n:
            orders = [order for order in orders if order.is_open] or orders
        return orders[-1 - n % min(len(orders), 8)] if orders else None

    def unit(self, symbol):
        return parse(UNITS.get(symbol, "1"))

    def trade(self, given) -> None:
        """Place an order and, if it was let out, fill some of it: without this, little would ever be held."""
        self.place(given | {"away": None, "is_stop": False, "is_exit": False, "reduce_only": False})
        order = self.order(0)  # the latest of all
        if order is not None and order.is_open:
            self.fill(order, int(given["quantity"]))

    def place(self, given) -> None:
        away, is_exit, is_stop = given["away"], given["is_exit"], given["is_stop"]
        more = {key: given[key] for key in ("side", "strategy_id", "reduce_only", "oco_group")}
        more["quantity"] = text_of(int(given["quantity"]) * self.unit(given["symbol"]))
        if away is not None:
            more["limit"] = (PRICES[given["symbol"]] * parse(away)) // parse(1)
        if is_stop:
            more["stop"] = PRICES[given["symbol"]]
        entry = self.order(0)
        if is_exit and entry is not None:
            more["parent_order_id"] = entry.order_id
        self.bench.place(given["symbol"], **more)

    def report(self, given) -> None:
        name, n, size = given
        order = self.order(n)
        if order is None:
            return
        bench = self.bench
        values = {"limit_price": order.limit_price, "stop_price": order.stop_price}
        acts = {
            "accept": lambda: bench.accept(order),
            "reject": lambda: bench.report(v.VenueRejected, order, reason="no"),
            "trigger": lambda: bench.report(v.VenueTriggered, order),
            "fill": lambda: self.fill(order, size),
            "again": lambda: self.last_fill and bench.step(self.last_fill),
            "cancel": lambda: bench.report_canceled(order),
            "expire": lambda: bench.report(v.VenueExpired, order),
            "modified": lambda: bench.report(v.VenueModified, order, quantity=size * self.unit(order.symbol), **values),
            "refuse": lambda: bench.report(v.VenueRefusedChange, order, reason="no"),
            "silent": lambda: bench.report(v.VenueSilent, order, reason="timeout"),
        }
        acts[name]()

    def fill(self, order, size) -> None:
        self.fills += 1
        price = parse(PRICES[order.symbol]) + parse("0.01") * (size * 7919 % 5000 - 2500) * (order.symbol != "AAPL")
        unit = self.unit(order.symbol)
        quantity = min(size * unit, max(order.remaining, unit))
        self.last_fill = v.VenueFilled(
            order_id=order.order_id,
            venue_fill_id=f"v{self.fills}",
            ts_ns=self.bench.now_ns,
            quantity=quantity,
            price=price,
            fee=size * 12_345,
            liquidity=Liquidity.MAKER,
            model="test",
        )
        self.bench.step(self.last_fill)

    def cancel(self, n) -> None:
        if (order := self.order(n)) is not None:
            self.bench.cancel(order)

    def modify(self, given) -> None:
        if (order := self.order(given[0])) is not None:
            self.bench.modify(order, quantity=text_of(int(given[1]) * self.unit(order.symbol)))

    def price(self, given) -> None:
        # Not a whole number of cents: what is rounded has to show.
        self.bench.quote(given[0], text_of(PRICES[given[0]] * parse(given[1]) + 1_234_567))

    def kill(self, given) -> None:
        scope, target = given[0].split(":")
        if KillScope(scope) is KillScope.STRATEGY and "s1" not in self.bench.book.ledgers:
            return
        self.bench.kill(scope, target, is_active=given[1])

    def run(self, given) -> None:
        self.bench.run(given[1], given[0])

    def delete(self, strategy_id) -> None:
        self.bench.step(c.DeleteStrategy(ts_ns=self.bench.now_ns, account_id="acc", strategy_id=strategy_id))

    def create(self, strategy_id) -> None:
        config = StrategyConfig(
            strategy_id=strategy_id,
            account_id="acc",
            owner_id="owner",
            name=strategy_id,
            kind="sma_cross",
            symbols=SYMBOLS,
            allocated=parse(20_000),
        )
        self.bench.step(c.CreateStrategy(ts_ns=self.bench.now_ns, config=config))
        self.run((strategy_id, RunState.RUNNING))

    def pay(self, amount) -> None:
        command = c.MoveCash(ts_ns=self.bench.now_ns, account_id="acc", currency="USD", amount=parse(amount))
        self.bench.step(command)

    def time(self, seconds) -> None:
        self.bench.wait(seconds)
        for switch in list(self.bench.state.kill_switches.values()):
            self.bench.kill(switch.scope, switch.target, is_active=False)
        for symbol, price in PRICES.items():
            self.bench.quote(symbol, price)

    # what must hold after every step

    def check(self) -> None:
        state, book = self.bench.state, self.bench.book
        for order in state.orders.values():
            assert order.filled_quantity <= order.quantity or {"OVERFILL", "REJECTED_ORDER_FILLED"} & set(
                self.bench.alerts()
            )
        ledgers = [one.ledger for one in book.ledgers.values()]
        for currency, amount in book.account.cash.items():
            assert amount == sum(ledger.cash.get(currency, 0) for ledger in ledgers)
        working = {order_id for one in book.ledgers.values() for order_id in one.working}
        assert working == {order.order_id for order in state.orders.values() if order.is_open}
        for owner in (None, *book.ledgers.values()):
            self.check_standing(owner)
        self.check_funds()

    def check_funds(self) -> None:
        """What an order would leave free, and whether it only closes, are what the definitions say."""
        bench, orders = self.bench, list(self.bench.state.orders.values())
        if not orders:
            return
        turn, book, number = bench.core._turn, bench.book, len(bench.records)
        like = orders[number % len(orders)]
        if like.strategy_id not in book.ledgers:
            return
        price = (None, like.limit_price, PRICES[like.symbol] * parse("0.5") + 765_433)[number % 3]
        order = msgspec.structs.replace(
            like,
            order_id="asked",
            side=(Side.BUY, Side.SELL)[number // 3 % 2],
            quantity=max(like.quantity, like.filled_quantity) + number % 7 * 1_234_567,
            limit_price=price,
            stop_price=None,
            oco_group=None,
        )
        # Every other time it is asked as a change of a working order, whose place it is to take.
        is_change = like.is_open and like.status != "NEW" and like.order_id not in bench.state.changes and number % 2
        replaced = like if is_change and like.side is order.side else None
        for one in (None, book.ledgers[like.strategy_id]):
            books = Books(bench, one and like.strategy_id, without=replaced)
            equity = ledger_equity(turn.marks, book, one) if one else account_equity(turn.marks, book)
            assert running_equity(turn, book, one) == books.equity() == equity
            assert free_funds(turn, book, one, order, replaced) == books.free_with(order)
        self.check_closing(Books(bench, like.strategy_id, without=replaced), order, replaced)

    def check_closing(self, books, order, replaced) -> None:
        """An order closes up to what the definition leaves for it to close, and not a step more."""
        most = books.closable(order)
        for quantity in (most, most + 1, order.remaining):
            asked = msgspec.structs.replace(order, quantity=order.filled_quantity + quantity)
            is_closing = Question(self.bench.core._turn, asked, replaced).is_closing
            assert is_closing == (quantity <= most), f"{quantity} of {most}"

    def check_standing(self, one) -> None:
        """The worth and margin kept from step to step are what a count from scratch gives."""
        core, book = self.bench.core, self.bench.book
        marks, base, standings = core.marks, book.account.base_currency, core._turn.standings
        exposures = (one or book).exposures
        worths = {symbol: worth_in_base(marks, symbol, exposure, base) for symbol, exposure in exposures.items()}
        spares = {
            symbol: worths[symbol] - margin_in_base(marks, symbol, exposure, base, () if one else opposed(book, symbol))
            for symbol, exposure in exposures.items()
        }
        for symbol in SYMBOLS:
            assert standings.spare_beside(symbol, book, one) == sum(spares.values()) - spares.get(symbol, 0)
        assert standings.worth(book, one) == sum(worths.values())

    def check_sums(self) -> None:
        """The running sums are what a count from scratch gives."""
        state, book = self.bench.state, self.bench.book
        fresh: dict[str, Exposure] = {}
        for one in book.ledgers.values():
            for position in one.positions.values():
                exposure = fresh.setdefault(position.symbol, Exposure())
                exposure.quantity += position.quantity
                exposure.cost += position.cost
        for order in state.orders.values():
            if order.is_open and order.status != "NEW":
                left, price = left_and_price(order, state.changes.get(order.order_id))
                fresh.setdefault(order.symbol, Exposure()).count(order, left, price)
        for symbol, exposure in book.exposures.items():
            assert exposure == fresh.get(symbol, Exposure())

    def check_money(self) -> None:
        """Cash is what was paid in, less what is held at cost, plus profit taken, less fees; to the last step."""
        book, marks = self.bench.book, self.bench.core.marks
        instruments = marks.instruments
        paid = sum(e.amount for e in self.events("CashMoved") if e.kind != "ALLOCATION")
        for currency, cash in book.account.cash.items():
            realized = sum(one.ledger.realized_pnl.get(currency, 0) for one in book.ledgers.values())
            fees = sum(one.ledger.fees.get(currency, 0) for one in book.ledgers.values())
            cost = sum(
                exposure.cost
                for symbol, exposure in book.exposures.items()
                if instruments[symbol].currency == currency and not instruments[symbol].is_margined
            )
            assert cash == (paid if currency == "USD" else 0) + realized - fees - cost

    def check_replay(self) -> None:
        """Records folded anew, at once or from a snapshot on, give the very same state."""
        state, records = self.bench.state, self.bench.records
        whole = State(terminal_orders_max=state.terminal_orders_max)
        middle = None
        for n, record in enumerate(records):
            if n == len(records) // 2:
                middle = decode(encode(whole))
            order = whole.orders.get(getattr(record.event, "order_id", ""))
            before = order and order.status
            apply(whole, record)
            assert order is None or order.status is before or order.status in TRANSITIONS[before]
        assert state_hash(whole) == state_hash(state)
        for record in records[len(records) // 2 :]:
            apply(middle, record)
        assert state_hash(middle) == state_hash(state) == state_hash(decode(encode(state)))

    def events(self, name):
        return [record.event for record in self.bench.records if type(record.event).__name__ == name]


@pytest.fixture(scope="session")
def new_bench():
    return BENCH


@pytest.fixture(scope="session")
def new_world():
    return lambda **settings: World(BENCH(**settings))
