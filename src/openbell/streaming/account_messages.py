"""Messages about one account: its orders, positions, trades and worth, in the two documents' shapes."""

from typing import Any

from openbell.domain.account import Account
from openbell.domain.fill import Fill
from openbell.domain.instants import instant_text
from openbell.domain.order import Order, OrderStatus
from openbell.domain.position import Position
from openbell.domain.values import Nanos, multiply, text_of
from openbell.streaming.desk import Accounts, Marks, Prices
from openbell.streaming.wire import number, present

_S = OrderStatus
_WIRE_STATUS = {
    _S.NEW: "PENDING",
    _S.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    _S.FILLED: "FILLED",
    _S.CANCELED: "CANCELLED",
    _S.EXPIRED: "CANCELLED",
    _S.REJECTED: "REJECTED",
    _S.DENIED: "REJECTED",
}


def wire_status(order: Order) -> str:
    """Give the terminal's word for an order's status."""
    unfilled = "PARTIALLY_FILLED" if order.filled_quantity else "SUBMITTED"
    return _WIRE_STATUS.get(order.status, unfilled)


def order_data(order: Order) -> dict[str, Any]:
    """Say how an order stands."""
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "strategy_id": order.strategy_id,
        "instrument": order.symbol,
        "side": order.side,
        "order_kind": "STOP_LOSS" if order.order_type == "STOP" else order.order_type,
        "status": wire_status(order),
        "status_detail": order.status,
        "quantity": number(order.quantity),
        "filled_quantity": number(order.filled_quantity),
        "remaining_quantity": number(order.remaining),
        **present(
            {"average_price": order.average_fill_price, "price": order.limit_price, "stop_price": order.stop_price}
        ),
        "time_in_force": order.time_in_force,
        "reason": order.reason,
        "in_doubt": order.in_doubt,
        "revision": order.revision,
        "timestamp": instant_text(order.updated_ns),
    }


def position_data(position: Position, prices: Marks, *, now_ns: Nanos) -> dict[str, Any]:
    """Say how a position stands at the mark; one without a mark, or flat, has nothing unrealised."""
    instrument = prices.instrument(position.symbol)
    mark = prices.mark(position.symbol)
    entry = None if instrument is None else position.average_entry_price(instrument)
    profit = 0 if instrument is None or mark is None else position.unrealized_pnl(instrument, mark)
    return {
        "position_id": position.position_id,
        "strategy_id": position.strategy_id,
        "instrument": position.symbol,
        "quantity": number(position.quantity),
        **present({"average_entry_price": entry}),
        "unrealized_pnl": number(profit),
        "realized_pnl": number(position.realized_pnl),
        "current_price": number(mark if mark is not None else entry or 0),
        "timestamp": instant_text(now_ns),
    }


def trade_data(fill: Fill, account: Account | None) -> dict[str, Any]:
    """Say that a piece of an order traded: the terminal's numbers."""
    return {
        "trade_id": fill.fill_id,
        "order_id": fill.order_id,
        "strategy_id": fill.strategy_id,
        "instrument": fill.symbol,
        "side": fill.side,
        "quantity": number(fill.quantity),
        "price": number(fill.price),
        "fee": number(fill.fee),
        "currency": fill.currency,
        "realized_pnl": number(fill.realized_pnl),
        "liquidity": fill.liquidity,
        "fill_model": fill.model,
        "timestamp": instant_text(fill.ts_ns),
        "execution_mode": "PAPER" if account is None else account.mode,
    }


def trade_notification_data(fill: Fill, account: Account | None) -> dict[str, Any]:
    """Say that a piece of an order traded: the monitoring document's decimal text."""
    return {
        "trade_id": fill.fill_id,
        "order_id": fill.order_id,
        "strategy_id": fill.strategy_id,
        "symbol": fill.symbol,
        "side": fill.side,
        "quantity": text_of(fill.quantity),
        "price": text_of(fill.price),
        "fee": text_of(fill.fee),
        "currency": fill.currency,
        "realized_pnl": text_of(fill.realized_pnl),
        "liquidity": fill.liquidity,
        "fill_model": fill.model,
        "timestamp": instant_text(fill.ts_ns),
        "execution_mode": "PAPER" if account is None else account.mode,
    }


def order_fill_data(fill: Fill, order: Order | None) -> dict[str, Any]:
    """Confirm a fill from the side of its order, in decimal text."""
    after: dict[str, Any] = {}
    if order is not None:
        average = order.average_fill_price
        after = {
            "client_order_id": order.client_order_id,
            "status": wire_status(order),
            "quantity": text_of(order.quantity),
            "filled_quantity": text_of(order.filled_quantity),
            "remaining_quantity": text_of(order.remaining),
            "average_fill_price": None if average is None else text_of(average),
        }
    return {
        "order_id": fill.order_id,
        "strategy_id": fill.strategy_id,
        "symbol": fill.symbol,
        "side": fill.side,
        "last_quantity": text_of(fill.quantity),
        "last_price": text_of(fill.price),
        "fee": text_of(fill.fee),
        **after,
        "timestamp": instant_text(fill.ts_ns),
    }


def portfolio_data(account: Account, accounts: Accounts, prices: Prices, *, now_ns: Nanos) -> dict[str, Any]:
    """Say what an account is worth at current marks, in decimal text of its base currency."""
    account_id, base = account.account_id, account.base_currency
    positions = accounts.positions(account_id)
    ledgers = accounts.ledgers(account_id)
    equity = accounts.equity(account_id)
    unrealized = 0
    for position in positions:
        instrument, mark = prices.instrument(position.symbol), prices.mark(position.symbol)
        if instrument is not None and mark is not None:
            unrealized += multiply(position.unrealized_pnl(instrument, mark), accounts.rate(instrument.currency, base))
    realized = sum(
        multiply(amount, accounts.rate(currency, base)) * sign
        for ledger in ledgers
        for sign, amounts in ((1, ledger.realized_pnl), (-1, ledger.fees))
        for currency, amount in amounts.items()
    )
    return {
        "account_id": account_id,
        "currency": base,
        "total_value": text_of(equity),
        "cash": text_of(accounts.cash(account_id)),
        "total_pnl": text_of(equity - account.deposited),
        "unrealized_pnl": text_of(unrealized),
        "realized_pnl": text_of(realized),
        "positions_count": len(positions),
        "timestamp": instant_text(now_ns),
    }
