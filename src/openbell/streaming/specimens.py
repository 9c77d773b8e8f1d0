"""A small account and market with something to say for every message: what the documents of the sockets show."""

from collections.abc import Sequence

from openbell.domain.account import Account, Ledger, Mode
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.market import Bar, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.domain.position import Position
from openbell.domain.values import SCALE, parse

NOW = 1_769_380_200_250_000_000
SYMBOL = "BTC/USD"
_ENTRY, _MARK, _HALF = parse("50000.10"), parse("50120.50"), parse("0.5")


class Books:
    """One account that bought half a bitcoin: enough for every message to have something to say."""

    def __init__(self) -> None:
        self._account = Account(
            account_id="acc_1", owner_id="usr_1", mode=Mode.PAPER, base_currency="USD", opened_ns=NOW, event_count=42
        )
        self._ledger = Ledger(
            account_id="acc_1", strategy_id="manual", allocated=parse("100000"), fees={"USD": parse("25.5")}
        )

    def account(self, account_id: str) -> Account | None:
        """Give the account."""
        return self._account if account_id == "acc_1" else None

    def ledgers(self, account_id: str) -> Sequence[Ledger]:
        """List its one ledger."""
        return [self._ledger] if account_id == "acc_1" else []

    def order(self, order_id: str) -> Order | None:
        """Give the order that is half filled, or the one that waits for its stop."""
        return {"ord_1": order(), "ord_2": order(limit=None, stop=_MARK)}.get(order_id)

    def open_orders(self, account_id: str) -> Sequence[Order]:
        """List the order."""
        return [order()] if account_id == "acc_1" else []

    def positions(self, account_id: str, strategy_id: str | None = None) -> Sequence[Position]:
        """List the position."""
        return [position()] if account_id == "acc_1" and strategy_id in {None, "manual"} else []

    def equity(self, account_id: str, strategy_id: str | None = None) -> int:
        """Give what the account is worth at the mark."""
        return parse("100034.70") if self.ledgers(account_id) and strategy_id in {None, "manual"} else 0

    def cash(self, account_id: str, strategy_id: str | None = None) -> int:
        """Give what the purchase left."""
        return parse("74974.45") if self.ledgers(account_id) and strategy_id in {None, "manual"} else 0

    def rate(self, currency: str, base_currency: str) -> int:
        """Give one: everything is in dollars."""
        return SCALE if currency == base_currency else 0


class Board:
    """One instrument with its mark, its last print, a book of one level and a candle."""

    def __init__(self) -> None:
        self._instrument = Instrument(
            symbol=SYMBOL,
            name="Bitcoin",
            asset_class=AssetClass.CRYPTO,
            currency="USD",
            tick_size=parse("0.01"),
            lot_size=parse("0.0001"),
            quantity_min=parse("0.0001"),
            quantity_max=parse("1000"),
        )

    def instrument(self, symbol: str) -> Instrument | None:
        """Give the instrument."""
        return self._instrument if symbol == SYMBOL else None

    def mark(self, symbol: str) -> int | None:
        """Give the price it is valued at."""
        return _MARK if symbol == SYMBOL else None

    def quote(self, symbol: str) -> Quote | None:
        """Give the best bid and offer."""
        return quote() if symbol == SYMBOL else None

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the print that made the mark."""
        return trade() if symbol == SYMBOL else None

    def book(self, symbol: str, *, depth: int) -> BookSnapshot | None:
        """Give one level a side."""
        return book() if symbol == SYMBOL and depth else None

    def candles(self, symbol: str, timeframe: Timeframe, *, limit: int) -> Sequence[Bar]:
        """Give one candle."""
        return [bar()] if symbol == SYMBOL and timeframe is Timeframe.M1 and limit else []


def order(*, limit: int | None = _ENTRY, stop: int | None = None) -> Order:
    """Make an order that is half filled."""
    return Order(
        order_id="ord_1",
        client_order_id="my-1",
        account_id="acc_1",
        strategy_id="manual",
        symbol=SYMBOL,
        side=Side.BUY,
        quantity=parse("1.25"),
        order_type=OrderType.LIMIT if limit else OrderType.STOP,
        limit_price=limit,
        stop_price=stop,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        status=OrderStatus.PARTIALLY_FILLED,
        created_ns=NOW,
        updated_ns=NOW,
        filled_quantity=_HALF if limit else 0,
        filled_value=_HALF * _ENTRY if limit else 0,
        fees=parse("25.5"),
    )


def position() -> Position:
    """Make the position that the fill left."""
    cost = _ENTRY // 2
    return Position(
        position_id="pos_1", account_id="acc_1", strategy_id="manual", symbol=SYMBOL, quantity=_HALF, cost=cost
    )


def fill() -> Fill:
    """Make a fill."""
    return Fill(
        fill_id="fil_1",
        venue_fill_id="v_1",
        order_id="ord_1",
        account_id="acc_1",
        strategy_id="manual",
        symbol=SYMBOL,
        side=Side.BUY,
        quantity=_HALF,
        price=_ENTRY,
        fee=parse("25.5"),
        currency="USD",
        liquidity=Liquidity.TAKER,
        model="realistic",
        ts_ns=NOW,
        realized_pnl=parse("0.5"),
    )


def trade() -> Trade:
    """Make a public print."""
    return Trade(SYMBOL, NOW, _MARK, parse("0.25"), 1, "t_1")


def bar() -> Bar:
    """Make a candle of one minute."""
    prices = (_ENTRY, parse("50130.25"), parse("49990.75"), _MARK)
    return Bar(SYMBOL, Timeframe.M1, NOW, *prices, parse("12.5"), parse("50060.45"), is_final=False)


def book() -> BookSnapshot:
    """Make the top of a book."""
    return BookSnapshot(SYMBOL, NOW, 1_207, ((parse("50120.40"), parse("0.75")),), ((parse("50120.60"), parse("1.5")),))


def quote() -> Quote:
    """Make the best bid and offer."""
    return Quote(SYMBOL, NOW, parse("50120.40"), parse("0.75"), parse("50120.60"), parse("1.5"))
