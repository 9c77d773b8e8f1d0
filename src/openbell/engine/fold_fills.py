"""How fills, handed-over positions and the cost of short ones change state."""

from collections.abc import Callable
from typing import Any

from openbell.domain import events as e
from openbell.domain.order import TERMINAL, Order, OrderStatus
from openbell.domain.position import Position
from openbell.domain.values import Money, Nanos, Quantity
from openbell.engine.exposure import left_and_price
from openbell.engine.fold import add_cash, end, exposure_of, ledger_of
from openbell.engine.state import AccountBook, LedgerBook, State

ENTRY_ORDERS_MAX = 100
"""Orders remembered as having built a position."""

_PENDING = (OrderStatus.PENDING_MODIFY, OrderStatus.PENDING_CANCEL)
_FILLED, _REJECTED, _PARTIALLY_FILLED = OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.PARTIALLY_FILLED


def fold_fill(state: State, event: e.OrderFilled, ts_ns: Nanos) -> None:
    """Change state as a fill does."""
    fill, order_id = event.fill, event.order_id
    order, quantity, symbol, book = state.orders[order_id], fill.quantity, fill.symbol, state.accounts[fill.account_id]
    one = book.ledgers[fill.strategy_id]
    whole = book.exposures.get(symbol) or exposure_of(book.exposures, symbol)
    own = one.exposures.get(symbol) or exposure_of(one.exposures, symbol)
    if order.status not in TERMINAL:
        # What is left of it shrinks by the fill, but not below nothing; the price it counts at stays.
        left, price = left_and_price(order, state.changes.get(order_id) if state.changes else None)
        if left:
            gone = -quantity if quantity < left else -left
            whole.count(order, gone, price)
            own.count(order, gone, price)
    order.filled_quantity += quantity
    order.filled_value += quantity * fill.price
    order.fees += fill.fee
    order.filled_ns = order.updated_ns = ts_ns
    order.in_doubt = False
    if order.filled_quantity < order.quantity:
        _stay_open(order)
    elif order.status is not _REJECTED:
        end(state, order, _FILLED, ts_ns)
    state.fill_count += 1
    known = state.venue_fills.get(order_id)
    if known is None:
        state.venue_fills[order_id] = {fill.venue_fill_id: fill.fill_id}
    else:
        known[fill.venue_fill_id] = fill.fill_id
    _book_cash(book, one, event)
    quantity, cost = _book_position(state, one, event)
    whole.quantity += quantity
    whole.cost += cost
    own.quantity += quantity
    own.cost += cost


def _stay_open(order: Order) -> None:
    if order.status in _PENDING:
        order.resume_status = _PARTIALLY_FILLED
    elif order.status not in TERMINAL:
        order.status = _PARTIALLY_FILLED


def _book_cash(book: AccountBook, one: LedgerBook, event: e.OrderFilled) -> None:
    fill, ledger = event.fill, one.ledger
    currency, whole, own, fees, realized = (
        fill.currency,
        book.account.cash,
        ledger.cash,
        ledger.fees,
        ledger.realized_pnl,
    )
    whole[currency] = whole.get(currency, 0) + event.cash_flow
    own[currency] = own.get(currency, 0) + event.cash_flow
    fees[currency] = fees.get(currency, 0) + fill.fee
    realized[currency] = realized.get(currency, 0) + fill.realized_pnl


def _book_position(state: State, one: LedgerBook, event: e.OrderFilled) -> tuple[Quantity, Money]:
    """Change the position and give what its quantity and its cost have changed by."""
    fill, quantity, cost = event.fill, event.position_quantity, event.position_cost
    before = one.positions.get(fill.symbol)
    held, held_cost = (before.quantity, before.cost) if before is not None else (0, 0)
    if event.is_new_position:
        position = _opened(state, one, event)
        _remember_entry(position, fill.order_id)
    else:
        position = one.positions[fill.symbol]
        position.realized_pnl += fill.realized_pnl
        if abs(quantity) > abs(held):
            _remember_entry(position, fill.order_id)
    position.fees += fill.fee
    position.quantity, position.cost, position.updated_ns = quantity, cost, fill.ts_ns
    return quantity - held, cost - held_cost


def _opened(state: State, one: LedgerBook, event: e.OrderFilled) -> Position:
    fill = event.fill
    state.position_count += 1
    # A position that crossed zero is a new one; the profit of the old one stays with the ledger and the fill.
    position = one.positions[fill.symbol] = Position(
        position_id=event.position_id,
        account_id=fill.account_id,
        strategy_id=fill.strategy_id,
        symbol=fill.symbol,
        opened_ns=fill.ts_ns,
    )
    return position


def _held(one: LedgerBook, symbol: str) -> tuple[Quantity, Money]:
    position = one.positions.get(symbol)
    return (position.quantity, position.cost) if position else (0, 0)


def _remember_entry(position: Position, order_id: str) -> None:
    entries = position.entry_order_ids
    if not entries or entries[-1] != order_id:
        entries.append(order_id)
        del entries[:-ENTRY_ORDERS_MAX]


def _shift(book: AccountBook, one: LedgerBook, symbol: str, quantity: Quantity, cost: Money) -> None:
    whole, own = book.exposures, one.exposures
    exposure = exposure_of(whole, symbol)
    exposure.quantity += quantity
    exposure.cost += cost
    exposure = exposure_of(own, symbol)
    exposure.quantity += quantity
    exposure.cost += cost


def _position_moved(state: State, event: e.PositionMoved, ts_ns: Nanos) -> None:
    book = state.accounts[event.account_id]
    source, target = book.ledgers[event.from_strategy_id], ledger_of(book, event.to_strategy_id)
    moved = source.positions.pop(event.symbol)
    _shift(book, source, event.symbol, -moved.quantity, -moved.cost)
    held, held_cost = _held(target, event.symbol)
    position = target.positions.get(event.symbol)
    if position is None or position.position_id != event.position_id:
        position = target.positions[event.symbol] = moved
        position.strategy_id = event.to_strategy_id
    else:
        position.fees += moved.fees
        position.entry_order_ids = (position.entry_order_ids + moved.entry_order_ids)[-ENTRY_ORDERS_MAX:]
    position.quantity, position.cost, position.updated_ns = event.quantity, event.cost, ts_ns
    position.realized_pnl += event.realized_pnl
    realized = target.ledger.realized_pnl
    realized[event.currency] = realized.get(event.currency, 0) + event.realized_pnl
    add_cash(book.account, target.ledger, event.currency, event.cash_flow)
    _shift(book, target, event.symbol, event.quantity - held, event.cost - held_cost)


def _borrow_charged(state: State, event: e.BorrowCharged, ts_ns: Nanos) -> None:
    book = state.accounts[event.account_id]
    one = book.ledgers[event.strategy_id]
    add_cash(book.account, one.ledger, event.currency, -event.amount)
    one.ledger.fees[event.currency] = one.ledger.fees.get(event.currency, 0) + event.amount
    position = one.positions[event.symbol]
    position.fees += event.amount
    position.updated_ns = ts_ns


FILL_APPLIERS: dict[type[e.Event], Callable[[State, Any, Nanos], None]] = {
    e.OrderFilled: fold_fill,
    e.PositionMoved: _position_moved,
    e.BorrowCharged: _borrow_charged,
}
