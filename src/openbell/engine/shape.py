"""The shape of an order: what can be said against it without looking at money or the market. Leaves no event."""

from openbell.domain.commands import PlaceOrder
from openbell.domain.instrument import AssetClass, Contract, Instrument
from openbell.domain.order import CLIENT_ORDER_ID, Instruction, OrderStatus, OrderType, TimeInForce
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.values import SCALE, Price, Quantity, text_of
from openbell.engine.ledger import MONEY_MAX
from openbell.engine.state import State
from openbell.engine.turn import Turn

_OURS = "ord-"
_PRODUCT_MAX = MONEY_MAX * SCALE
_LINEAR = Contract.LINEAR
_IMMEDIATE = (TimeInForce.IOC, TimeInForce.FOK)
_MARKET, _DAY, _GTC, _EQUITY = OrderType.MARKET, TimeInForce.DAY, TimeInForce.GTC, AssetClass.EQUITY


def refuse_shape(turn: Turn, command: PlaceOrder) -> Refusal | None:
    """Check names, then quantity, prices, flags and ids of a new order; None when there is nothing wrong."""
    given = command.instruction
    book = turn.state.accounts.get(command.account_id)
    if book is None:
        return Refusal(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    if command.strategy_id not in book.ledgers:
        return Refusal(RefusalCode.UNKNOWN_STRATEGY, "there is no such strategy in this account", "strategy_id")
    instrument = turn.settings.instruments.get(given.symbol)
    if instrument is None:
        return Refusal(RefusalCode.UNKNOWN_SYMBOL, "there is no such instrument", "symbol")
    limit, stop = given.limit_price, given.stop_price
    has_prices = given.order_type is not _MARKET or limit is not None or stop is not None
    return (
        refuse_quantity(instrument, given.quantity)
        or (has_prices and refuse_prices(instrument, given.order_type, limit, stop))
        or (has_prices and refuse_worth(instrument, given.quantity, limit or stop))
        or (_refuse_flags(given) if has_prices or given.post_only or given.oco_group is not None else None)
        or (_refuse_client_id(given.client_order_id) if given.client_order_id is not None else None)
        or (_refuse_exit(turn.state, command) if given.parent_order_id is not None else None)
    )


def default_time_in_force(instrument: Instrument) -> TimeInForce:
    """Give the time in force of an order that names none: DAY for equities, GTC for everything else."""
    return _DAY if instrument.asset_class is _EQUITY else _GTC


def refuse_quantity(instrument: Instrument, quantity: Quantity) -> Refusal | None:
    """Check a quantity against lot size and limits of its instrument."""
    if instrument.quantity_min <= quantity <= instrument.quantity_max and not quantity % instrument.lot_size:
        return None
    message = (
        f"quantity {text_of(quantity, 0)} must be a multiple of {text_of(instrument.lot_size, 0)}"
        f" from {text_of(instrument.quantity_min, 0)} to {text_of(instrument.quantity_max, 0)}"
    )
    return Refusal(RefusalCode.INVALID_QUANTITY, message, "quantity")


def refuse_prices(instrument: Instrument, kind: OrderType, limit: Price | None, stop: Price | None) -> Refusal | None:
    """Check that the prices an order type needs are there, lie on a tick, and that no other price is."""
    return _refuse_price(instrument, kind, "limit_price", limit, is_needed=kind.has_limit) or _refuse_price(
        instrument, kind, "stop_price", stop, is_needed=kind.has_stop
    )


def _refuse_price(
    instrument: Instrument, kind: OrderType, field: str, price: Price | None, *, is_needed: bool
) -> Refusal | None:
    if price is None:
        if not is_needed:
            return None
        return Refusal(RefusalCode.INVALID_PRICE, f"a {kind} order needs a {field}", field)
    if not is_needed:
        return Refusal(RefusalCode.INVALID_PRICE, f"a {kind} order takes no {field}: leave it out", field)
    if 0 < price <= MONEY_MAX and not price % instrument.tick_size:
        return None
    message = f"{field} {text_of(price)} must be a positive multiple of {text_of(instrument.tick_size)}"
    return Refusal(RefusalCode.INVALID_PRICE, message, field)


def refuse_worth(instrument: Instrument, quantity: Quantity, price: Price | None) -> Refusal | None:
    """Check that an order is not worth more than the books can hold."""
    if price is None:
        return None
    # The plain product settles nearly all of them, at a tenth of the cost.
    is_plain = instrument.contract is _LINEAR and instrument.multiplier == SCALE
    if (is_plain and quantity * price <= _PRODUCT_MAX) or instrument.notional(quantity, price) <= MONEY_MAX:
        return None
    message = f"quantity × price must not exceed {text_of(MONEY_MAX, 0)} {instrument.currency}"
    return Refusal(RefusalCode.INVALID_QUANTITY, message, "quantity")


def _refuse_flags(given: Instruction) -> Refusal | None:
    if given.post_only and given.order_type is not OrderType.LIMIT:
        return Refusal(RefusalCode.INVALID_ORDER, "only a LIMIT order can be post-only", "post_only")
    if given.post_only and given.time_in_force in _IMMEDIATE:
        return Refusal(
            RefusalCode.INVALID_ORDER,
            f"a post-only order waits and cannot be {given.time_in_force}: use DAY or GTC",
            "time_in_force",
        )
    if given.order_type.has_stop and given.time_in_force in _IMMEDIATE:
        return Refusal(
            RefusalCode.INVALID_ORDER,
            f"a stop order waits for its price and cannot be {given.time_in_force}: use DAY or GTC",
            "time_in_force",
        )
    if given.oco_group is not None and not CLIENT_ORDER_ID.fullmatch(given.oco_group):
        return Refusal(RefusalCode.INVALID_ORDER, "an oco_group is 1 to 64 of A-Z a-z 0-9 . _ : -", "oco_group")
    return None


def _refuse_client_id(client_order_id: str) -> Refusal | None:
    if not CLIENT_ORDER_ID.fullmatch(client_order_id):
        message = "a client_order_id is 1 to 64 of A-Z a-z 0-9 . _ : -"
        return Refusal(RefusalCode.INVALID_ORDER, message, "client_order_id")
    if client_order_id.startswith(_OURS) and len(client_order_id) == len(_OURS) + 12:
        message = "ids such as ord-000000000001 are given by the server: choose another form"
        return Refusal(RefusalCode.INVALID_ORDER, message, "client_order_id")
    return None


def _refuse_exit(state: State, command: PlaceOrder) -> Refusal | None:
    """Check an exit against the entry it belongs to: same ledger and symbol, other side, not larger."""
    given = command.instruction
    parent = state.orders.get(given.parent_order_id or "")
    if parent is None or (parent.account_id, parent.strategy_id) != (command.account_id, command.strategy_id):
        return Refusal(RefusalCode.UNKNOWN_ORDER, "there is no such order to wait for", "parent_order_id")
    if parent.symbol != given.symbol or parent.side is given.side or given.quantity > parent.quantity:
        message = (
            f"an exit of {parent.order_id} trades {parent.symbol} on the other side,"
            f" at most {text_of(parent.quantity, 0)}"
        )
        return Refusal(RefusalCode.INVALID_ORDER, message, "parent_order_id")
    if not parent.is_open and parent.status is not OrderStatus.FILLED:
        message = f"{parent.order_id} is {parent.status}: place the order without parent_order_id"
        return Refusal(RefusalCode.INVALID_ORDER, message, "parent_order_id")
    return None
